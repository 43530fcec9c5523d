// $expMovingAvg, $linearFill, $locf: each value from its neighbours. Source: the manual's pages of the same names.
import { add, divide, multiply, subtract } from '../../bson/arithmetic.js';
import { asDouble } from '../../bson/conversion.js';
import { exactInteger } from '../../bson/integers.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { doubleValue, int32Value, int64Value, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { isNullish, type Value } from '../expressions/compile-context.js';
import { isDateLike } from '../expressions/date-operands.js';
import { typeNameOf } from '../expressions/operands.js';
import type { Partition, WindowCompiler } from './partition.js';

const failed = (message: string): CommandError => new CommandError('FailedToParse', message);

/** `{input, N}` or `{input, alpha}`; what is not a number leaves the average as it is. */
export const expMovingAvg: WindowCompiler = (argument, window, context, name) => {
  if (window !== undefined) throw failed(`${name} does not accept a 'window' field`);
  if (context.order === undefined) throw failed(`${name} requires an explicit 'sortBy'`);
  if (argument.type !== BsonType.object) throw failed(`${name} must have exactly one argument that is an object`);
  const given = new Map(elements(argument));
  const input = given.get('input');
  if (input === undefined || given.size !== 2) throw failed(`${name} sub object must have exactly two fields: An 'input' field, and either an 'N' field or an 'alpha' field`);
  const expression = context.expressions.compile(input);
  const alpha = alphaOf(given.get('N'), given.get('alpha'));
  const rest = subtract(int32Value(1), alpha);
  return (partition) => {
    let average: RawValue | undefined;
    return (index) => {
      const value = expression.evaluate(partition.scopes[index]!);
      if (value !== undefined && isNumericType(value.type)) {
        average = average === undefined ? value : add(multiply(value, alpha), multiply(average, rest));
      }
      return average ?? nullValue;
    };
  };
};

function alphaOf(n: RawValue | undefined, alpha: RawValue | undefined): RawValue {
  if (n !== undefined) {
    const count = exactInteger(n);
    if (count === undefined || count <= 0n) throw failed("'N' field must be an integer, and greater than zero");
    return divide(int32Value(2), int64Value(count + 1n));
  }
  if (alpha === undefined || !isNumericType(alpha.type)) throw failed("$expMovingAvg expects either 'N' or 'alpha'");
  const number = asDouble(alpha);
  if (!(number > 0 && number < 1)) throw failed("'alpha' must be between 0 and 1 (exclusive)");
  return alpha.type === BsonType.decimal ? alpha : doubleValue(number);
}

/** The last value that was not null. */
export const locf: WindowCompiler = (argument, window, context, name) => {
  if (window !== undefined) throw failed(`'window' field is not allowed in ${name}`);
  const expression = context.expressions.compile(argument);
  return (partition) => {
    let last: Value = nullValue;
    return (index) => {
      const value = expression.evaluate(partition.scopes[index]!);
      if (!isNullish(value)) last = value;
      return last;
    };
  };
};

/** Nulls between two numbers get the values on the straight line between them. */
export const linearFill: WindowCompiler = (argument, window, context, name) => {
  if (window !== undefined) throw failed(`'window' field is not allowed in ${name}`);
  if (context.order?.onlyFieldNames === undefined) {
    throw new CommandError(605001, `${name} must be specified with a top level sortBy expression with exactly one element`);
  }
  const expression = context.expressions.compile(argument);
  return (partition) => {
    const values = filled(partition, partition.scopes.map((scope) => expression.evaluate(scope)));
    return (index) => values[index];
  };
};

function filled(partition: Partition, values: readonly Value[]): readonly Value[] {
  const result: Value[] = values.map((value) => value ?? nullValue);
  values.forEach((value, index) => checkPoint(partition, index, value));
  let left: number | undefined;
  values.forEach((value, index) => {
    if (isNullish(value)) return;
    if (left !== undefined) {
      for (let between = left + 1; between < index; between += 1) result[between] = onLine(partition, values, left, between, index);
    }
    left = index;
  });
  return result;
}

/** Numbers over an axis of numbers or of dates alone, on which no place comes twice. */
function checkPoint(partition: Partition, index: number, value: Value): void {
  if (!isNullish(value) && !isNumericType(value.type)) {
    throw new CommandError('TypeMismatch', `Value to be filled must be numeric or nullish, but found ${typeNameOf(value)}`);
  }
  const place = partition.sortValue(index);
  if (place === undefined || !(isNumericType(place.type) || isDateLike(place))) {
    throw new CommandError('TypeMismatch', `Value of the sortBy field must be numeric or a date, but found ${typeNameOf(place)}`);
  }
  if (index === 0) return;
  if (partition.isPeer(index - 1, index)) throw new CommandError(6050106, 'There can be no repeated values in the sort field');
  const previous = partition.sortValue(index - 1)!;
  if (isDateLike(previous) !== isDateLike(place)) {
    throw new CommandError('TypeMismatch', `Conflicting sort value types, previously received type ${typeNameOf(previous)}, but found ${typeNameOf(place)}`);
  }
}

function onLine(partition: Partition, values: readonly Value[], left: number, between: number, right: number): RawValue {
  const [x1, x, x2] = [left, between, right].map((index) => axisValue(partition.sortValue(index)!)) as [RawValue, RawValue, RawValue];
  const [y1, y2] = [values[left]!, values[right]!];
  const slope = divide(subtract(y2, y1), subtract(x2, x1));
  return add(y1, multiply(slope, subtract(x, x1)));
}

function axisValue(value: RawValue): RawValue {
  if (isNumericType(value.type)) return value;
  if (value.type === BsonType.date) return int64Value(value.int64());
  throw new CommandError('TypeMismatch', `can't $subtract ${typeNameOf(value)} from ${typeNameOf(value)}`);
}
