// $size and $elemMatch. Source: the manual's "Array Query Operators".
import { describeValue } from '../../aggregation/describe-value.js';
import { asDouble } from '../../bson/conversion.js';
import { wholeNumber } from '../../bson/integers.js';
import type { RawValue } from '../../bson/raw-value.js';
import { ElementReader } from '../../bson/reader.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import { parsePath, type Path } from '../path.js';
import { dbRefNames, firstOperatorName } from './membership.js';
import { anyElement, anyValueAt } from './path-values.js';
import { fieldConjunction, wholePredicate, type FieldOperator, type FieldPredicate, type MatchCompiler } from './predicate.js';

function arrayLength(array: RawValue): number {
  const reader = ElementReader.of(array);
  let length = 0;
  while (reader.next()) length += 1;
  return length;
}

const size: FieldOperator = (path, operand) => {
  const shown = (): string => `$size: ${describeValue(operand)}`;
  if (!isNumericType(operand.type)) throw new CommandError('BadValue', `Failed to parse $size. Expected a number in: ${shown()}`);
  const number = asDouble(operand);
  if (Number.isNaN(number)) throw new CommandError('BadValue', `Failed to parse $size. Expected an integer, but found NaN in: ${shown()}`);
  if (Math.abs(number) > 2 ** 63) throw new CommandError('BadValue', `Failed to parse $size. Cannot represent as a 64-bit integer: ${shown()}`);
  const expected = wholeNumber(operand);
  if (expected === undefined) throw new CommandError('BadValue', `Failed to parse $size. Expected an integer: ${shown()}`);
  if (expected < 0) throw new CommandError('BadValue', `Failed to parse $size. Expected a non-negative number in: ${shown()}`);
  const node = { kind: 'other', operator: '$size', path: path.text, value: operand } as const;
  return wholePredicate(path, node, (value) => value?.type === BsonType.array && arrayLength(value) === expected);
};

/** Operators that take whole filters: an `$elemMatch` that begins with one of them is about objects, not values. */
const documentOperators: ReadonlySet<string> = new Set([
  ...dbRefNames,
  ...['$and', '$or', '$nor', '$where', '$text', '$expr', '$jsonSchema', '$comment', '$sampleRate', '$alwaysTrue', '$alwaysFalse'],
]);

function elementTest(operand: RawValue, compiler: MatchCompiler): { child: FieldPredicate['node']; test: (element: RawValue) => boolean } {
  const first = firstOperatorName(operand);
  if (first !== undefined && !documentOperators.has(first)) {
    const predicate = fieldConjunction(compiler.compileOperators(parsePath(''), operand));
    return { child: predicate.node, test: predicate.matchesElement };
  }
  const predicate = compiler.compileDocument(operand, false);
  const test = (element: RawValue): boolean =>
    (element.type === BsonType.object || element.type === BsonType.array) && predicate.matches(element, undefined);
  return { child: predicate.node, test };
}

function elemMatch(path: Path, operand: RawValue, compiler: MatchCompiler): FieldPredicate {
  if (operand.type !== BsonType.object) throw new CommandError('BadValue', '$elemMatch needs an Object');
  const { child, test } = elementTest(operand, compiler);
  const testElement = (value: RawValue | undefined): boolean => value !== undefined && test(value);
  return {
    node: { kind: 'elemMatch', path: path.text, child },
    matches: (document, position) =>
      anyValueAt(document, path, false, (value) => value?.type === BsonType.array && anyElement(value, testElement, position), position),
    matchesElement: (element) => element.type === BsonType.array && anyElement(element, testElement, undefined),
  };
}

export const arrayOperators: Readonly<Record<string, FieldOperator>> = {
  $size: size,
  $elemMatch: (path, operand, _siblings, compiler) => elemMatch(path, operand, compiler),
};
