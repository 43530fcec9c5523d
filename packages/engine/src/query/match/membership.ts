// $in, $nin, $all. Source: the manual's pages of the three operators.
import { canonicalKey } from '../../bson/canonical-key.js';
import type { Collation } from '../../bson/collation.js';
import type { RawValue } from '../../bson/raw-value.js';
import { arrayValues, ElementReader, getField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import type { Path } from '../path.js';
import { comparison, comparisonTest } from './comparison.js';
import type { ValueTest } from './path-values.js';
import { constantPredicate, fieldConjunction, leafPredicate, negate, type FieldOperator, type FieldPredicate, type MatchCompiler } from './predicate.js';
import { regexPredicate, regexTestOf } from './regex.js';

/** From this many values on, a set beats asking each value in turn. */
const setThreshold = 6;

/** The name of an object's first field where it begins with `$`. */
export function firstOperatorName(value: RawValue): string | undefined {
  if (value.type !== BsonType.object) return undefined;
  const reader = ElementReader.of(value);
  if (!reader.next() || reader.bytes[reader.nameStart] !== 0x24) return undefined;
  return reader.name();
}

/** The fields of a DBRef: names of fields where operators are looked for. */
export const dbRefNames: ReadonlySet<string> = new Set(['$ref', '$id', '$db']);

/** `{$ref: ..., $id: ...}` is a value, not operators. */
function isDatabaseReference(value: RawValue): boolean {
  return getField(value, '$ref') !== undefined && getField(value, '$id') !== undefined;
}

/** Whether an object is operators to be applied and not a value to be compared with. */
export function isOperatorDocument(value: RawValue): boolean {
  const name = firstOperatorName(value);
  return name !== undefined && !(dbRefNames.has(name) && isDatabaseReference(value));
}

function equalityTest(values: readonly RawValue[], collation: Collation | undefined): ValueTest {
  if (values.length < setThreshold) {
    const tests = values.map((value) => comparisonTest('$eq', value, collation));
    return (value) => tests.some((test) => test(value));
  }
  const keys = new Set(values.map((value) => canonicalKey(value, collation)));
  const matchesMissing = values.some((value) => value.type === BsonType.null);
  return (value) => (value === undefined ? matchesMissing : keys.has(canonicalKey(value, collation)));
}

function membership(name: string, path: Path, operand: RawValue, compiler: MatchCompiler): FieldPredicate {
  if (operand.type !== BsonType.array) throw new CommandError('BadValue', `${name} needs an array`);
  const operands = arrayValues(operand);
  for (const value of operands) {
    if (isOperatorDocument(value)) throw new CommandError('BadValue', 'cannot nest $ under $in');
    if (value.type === BsonType.undefined) throw new CommandError('BadValue', 'InMatchExpression equality cannot be undefined');
  }
  const regexes = operands.filter((value) => value.type === BsonType.regex);
  const values = operands.filter((value) => value.type !== BsonType.regex);
  const isEqual = equalityTest(values, compiler.environment.collation);
  const regexTests = regexes.map(regexTestOf);
  const test: ValueTest = regexTests.length === 0 ? isEqual : (value) => isEqual(value) || regexTests.some((matches) => matches(value));
  return leafPredicate(path, { kind: 'in', path: path.text, values, regexes }, test);
}

function isElemMatch(value: RawValue): boolean {
  return firstOperatorName(value) === '$elemMatch';
}

/** `$all` is an `$and` of its elements: equalities and regular expressions, or `$elemMatch`es. */
const all: FieldOperator = (path, operand, _siblings, compiler) => {
  if (operand.type !== BsonType.array) throw new CommandError('BadValue', '$all needs an array');
  const operands = arrayValues(operand);
  const [first] = operands;
  if (first === undefined) return constantPredicate(false);
  if (isElemMatch(first)) {
    if (!operands.every(isElemMatch)) throw new CommandError('BadValue', '$all/$elemMatch has to be consistent');
    return fieldConjunction(operands.flatMap((value) => compiler.compileOperators(path, value)));
  }
  return fieldConjunction(
    operands.map((value) => {
      if (isOperatorDocument(value)) throw new CommandError('BadValue', 'no $ expressions in $all');
      return value.type === BsonType.regex ? regexPredicate(path, value) : comparison('$eq', path, value, compiler);
    }),
  );
};

export const membershipOperators: Readonly<Record<string, FieldOperator>> = {
  $in: (path, operand, _siblings, compiler) => membership('$in', path, operand, compiler),
  $nin: (path, operand, _siblings, compiler) => negate(membership('$nin', path, operand, compiler)),
  $all: all,
};
