// Numbers that must be whole and not negative: $limit, $skip, n of accumulators.
import { exactDecimal } from '../../bson/compare-numbers.js';
import { isNumericType } from '../../bson/types.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';

/** A non-negative whole number of any numeric type, or the error of that code, beginning with `prefix`. */
export function toInt64Exact(value: RawValue, code: number, prefix: string): number {
  if (!isNumericType(value.type)) {
    throw new CommandError(code, `${prefix}Expected a number in: ${describeValue(value)}`);
  }
  const number = value.number() ?? decimalAsNumber(value);
  if (!Number.isInteger(number)) throw new CommandError(code, `${prefix}Expected an integer: ${describeValue(value)}`);
  if (number < 0) throw new CommandError(code, `${prefix}Expected a non-negative number in: ${describeValue(value)}`);
  if (number >= 2 ** 63) throw new CommandError(code, `${prefix}Cannot represent as a 64-bit integer: ${describeValue(value)}`);
  return number;
}

function decimalAsNumber(value: RawValue): number {
  const decimal = exactDecimal(value);
  if (decimal.kind !== 'finite') return Number.NaN;
  return Number(`${decimal.isNegative ? '-' : ''}${decimal.coefficient}e${decimal.exponent}`);
}
