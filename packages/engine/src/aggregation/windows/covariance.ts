// $covariancePop and $covarianceSamp. Source: the manual's pages of the same names.
import { add, divide, multiply, subtract } from '../../bson/arithmetic.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues } from '../../bson/reader.js';
import { doubleValue, int32Value, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { Value } from '../expressions/compile-context.js';
import type { Expression } from '../expression.js';
import { parseBounds } from './bounds.js';
import type { Partition, WindowCompiler } from './partition.js';

/** `correction`: what is taken off the count, 1 for a sample. */
function covariance(correction: 0 | 1): WindowCompiler {
  return (argument, window, context, name) => {
    const operands = argument.type === BsonType.array ? arrayValues(argument) : [];
    const [x, y] = operands.map((operand) => context.expressions.compile(operand));
    if (x === undefined || y === undefined || operands.length !== 2) {
      throw new CommandError('FailedToParse', `${name} expects an array of exactly two expressions`);
    }
    const bounds = parseBounds(window, context);
    return (partition) => {
      const pairs = pairsOf(partition, x, y);
      return (index) => {
        const { start, end } = bounds.rangeOf(partition, index);
        return covarianceOf(pairs.slice(start, end).filter((pair) => pair !== undefined), correction);
      };
    };
  };
}

type Pair = readonly [x: RawValue, y: RawValue];

/** Pairs in which one is not a number do not count. */
function pairsOf(partition: Partition, x: Expression, y: Expression): readonly (Pair | undefined)[] {
  return partition.scopes.map((scope) => {
    const [left, right] = [x.evaluate(scope), y.evaluate(scope)];
    return isNumber(left) && isNumber(right) ? [left, right] : undefined;
  });
}

function isNumber(value: Value): value is RawValue {
  return value !== undefined && isNumericType(value.type);
}

/** By the online recurrence, which keeps its precision where the naive sums lose it. */
function covarianceOf(pairs: readonly Pair[], correction: 0 | 1): RawValue {
  if (pairs.length - correction <= 0) return nullValue;
  let [meanX, meanY, product]: RawValue[] = [doubleValue(0), doubleValue(0), doubleValue(0)];
  pairs.forEach(([x, y], index) => {
    const count = int32Value(index + 1);
    const deltaX = subtract(x, meanX!);
    meanX = add(meanX!, divide(deltaX, count));
    meanY = add(meanY!, divide(subtract(y, meanY!), count));
    product = add(product!, multiply(deltaX, subtract(y, meanY)));
  });
  return divide(product!, int32Value(pairs.length - correction));
}

export const covariancePop = covariance(0);
export const covarianceSamp = covariance(1);
