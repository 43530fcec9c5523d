// $eq, $ne, $gt, $gte, $lt, $lte: values compare within their type class only.
// Source: the manual's "Comparison Query Operators"; special cases as in the server's ComparisonMatchExpression.
import type { Collation } from '../../bson/collation.js';
import { compareValues } from '../../bson/compare.js';
import { decimalOf } from '../../bson/decimal.js';
import type { RawValue } from '../../bson/raw-value.js';
import { typeClass } from '../../bson/type-order.js';
import { BsonType } from '../../bson/types.js';
import { CommandError } from '../../errors.js';
import type { ComparisonOperator } from '../filter-node.js';
import type { Path } from '../path.js';
import type { ValueTest } from './path-values.js';
import { leafPredicate, negate, type FieldOperator, type FieldPredicate, type MatchCompiler } from './predicate.js';

const accepts: Readonly<Record<ComparisonOperator, (order: number) => boolean>> = {
  $eq: (order) => order === 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** Whether a value of another type class passes against MinKey or MaxKey: every value lies between them. */
const acceptsOtherClass: Readonly<Record<ComparisonOperator, BsonType | undefined>> = {
  $eq: undefined,
  $gt: BsonType.minKey,
  $gte: BsonType.minKey,
  $lt: BsonType.maxKey,
  $lte: BsonType.maxKey,
};

export function isNaNValue(value: RawValue): boolean {
  if (value.type === BsonType.double) return Number.isNaN(value.double());
  return value.type === BsonType.decimal && decimalOf(value).kind === 'nan';
}

function allowsEquality(operator: ComparisonOperator): boolean {
  return operator === '$eq' || operator === '$gte' || operator === '$lte';
}

function nullTest(operator: ComparisonOperator): ValueTest {
  if (!allowsEquality(operator)) return () => false;
  return (value) => value === undefined || value.type === BsonType.null;
}

function nanTest(operator: ComparisonOperator): ValueTest {
  if (!allowsEquality(operator)) return () => false;
  return (value) => value !== undefined && isNaNValue(value);
}

function extremeTest(operator: ComparisonOperator, operand: RawValue): ValueTest {
  const isOtherAccepted = acceptsOtherClass[operator] === operand.type;
  const isEqualAccepted = allowsEquality(operator);
  return (value) => (value?.type === operand.type ? isEqualAccepted : isOtherAccepted);
}

/** Text and ids are equal exactly when their bytes are. */
function identityTest(operand: RawValue): ValueTest {
  const { type } = operand;
  const bytes = operand.slice();
  return (value) => {
    if (value?.type !== type || value.end - value.start !== bytes.length) return false;
    const { start } = value;
    for (let i = 0; i < bytes.length; i += 1) if (value.bytes[start + i] !== bytes[i]) return false;
    return true;
  };
}

/** The test of one value against the operand. */
export function comparisonTest(operator: ComparisonOperator, operand: RawValue, collation: Collation | undefined): ValueTest {
  if (operand.type === BsonType.null) return nullTest(operator);
  if (operand.type === BsonType.minKey || operand.type === BsonType.maxKey) return extremeTest(operator, operand);
  if (isNaNValue(operand)) return nanTest(operator);
  if (operator === '$eq' && operand.type === BsonType.objectId) return identityTest(operand);
  const isAccepted = accepts[operator];
  const operandClass = typeClass(operand.type);
  const isNumber = operandClass === typeClass(BsonType.int);
  return (value) => {
    if (value === undefined || typeClass(value.type) !== operandClass) return false;
    if (isNumber && isNaNValue(value)) return false;
    return isAccepted(compareValues(value, operand, collation));
  };
}

/** `{path: {$operator: operand}}` */
export function comparison(operator: ComparisonOperator, path: Path, operand: RawValue, compiler: MatchCompiler): FieldPredicate {
  if (operand.type === BsonType.undefined) throw new CommandError('BadValue', 'cannot compare to undefined');
  if (operand.type === BsonType.regex && operator !== '$eq') {
    throw new CommandError('BadValue', `Can't have RegEx as arg to predicate over field '${path.text}'.`);
  }
  const test = comparisonTest(operator, operand, compiler.environment.collation);
  return leafPredicate(path, { kind: 'comparison', path: path.text, operator, value: operand }, test);
}

const operatorNames: readonly ComparisonOperator[] = ['$eq', '$gt', '$gte', '$lt', '$lte'];

export const comparisonOperators: Readonly<Record<string, FieldOperator>> = {
  ...Object.fromEntries(
    operatorNames.map((name): [string, FieldOperator] => [name, (path, operand, _siblings, compiler) => comparison(name, path, operand, compiler)]),
  ),
  $ne: (path, operand, _siblings, compiler) => {
    if (operand.type === BsonType.regex) throw new CommandError('BadValue', `Can't have regex as arg to $ne.`);
    return negate(comparison('$eq', path, operand, compiler));
  },
};
