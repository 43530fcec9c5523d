// $eq, $ne, $gt, $gte, $lt, $lte, $cmp: comparison across types, a missing value below null.
// Source: the manual's page "Comparison Expression Operators".
import { compareValues } from '../../bson/compare.js';
import { booleanValue, int32Value, undefinedValue } from '../../bson/values.js';
import type { Collation } from '../../bson/collation.js';
import type { OperatorCompiler, Value } from './compile-context.js';
import { binary } from './operands.js';

/** MongoDB's order over values that may be missing: missing stands where undefined does, below null. */
export function compareOptional(left: Value, right: Value, collation: Collation | undefined): number {
  return compareValues(left ?? undefinedValue, right ?? undefinedValue, collation);
}

function comparison(holds: (order: number) => boolean): OperatorCompiler {
  return binary((left, right, environment) => booleanValue(holds(compareOptional(left, right, environment.collation))));
}

export const equal = comparison((order) => order === 0);
export const notEqual = comparison((order) => order !== 0);
export const greaterThan = comparison((order) => order > 0);
export const greaterThanOrEqual = comparison((order) => order >= 0);
export const lessThan = comparison((order) => order < 0);
export const lessThanOrEqual = comparison((order) => order <= 0);
export const compare = binary((left, right, environment) => int32Value(Math.sign(compareOptional(left, right, environment.collation))));
