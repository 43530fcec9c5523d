// $sum, $avg and $count. Source: the manual's pages of the same names (aggregation).
import { BsonType } from '../../bson/types.js';
import { isEmptyDocument } from '../../bson/reader.js';
import { int32Value, int64Value, nullValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import type { AccumulatorCompiler, ValueAccumulator } from './accumulator.js';
import { NumericSum } from './numeric-sum.js';

/** What is not a number does not count. */
export function createSum(): ValueAccumulator {
  const sum = new NumericSum();
  return {
    add(value) {
      if (value !== undefined) sum.add(value);
    },
    result: () => sum.total(),
    heldBytes: 0,
  };
}

export function createAverage(): ValueAccumulator {
  const sum = new NumericSum();
  return {
    add(value) {
      if (value !== undefined) sum.add(value);
    },
    result: () => sum.mean() ?? nullValue,
    heldBytes: 0,
  };
}

/** `{$count: {}}`: the number of documents. */
export const compileCountAccumulator: AccumulatorCompiler = (argument) => {
  if (argument.type !== BsonType.object || !isEmptyDocument(argument)) {
    throw new CommandError('TypeMismatch', '$count takes no arguments, i.e. $count:{}');
  }
  return {
    operands: [],
    start: () => {
      let count = 0;
      return {
        add: () => {
          count += 1;
        },
        result: () => (count < 2 ** 31 ? int32Value(count) : int64Value(BigInt(count))),
        heldBytes: 0,
      };
    },
  };
};
