// Comparison of int, long, double and decimal with one another by exact mathematical value. NaN equals NaN and is the lowest.
import { compareDecimals, decimalFromBigInt, decimalOf, exactDecimalOfDouble, type Decimal } from './decimal.js';
import type { RawValue } from './raw-value.js';
import { BsonType } from './types.js';

function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return (Number.isNaN(a) ? 0 : 1) - (Number.isNaN(b) ? 0 : 1);
}

/** Exact: JavaScript compares a bigint with a number by mathematical value. */
function compareLongWithDouble(long: bigint, double: number): number {
  if (Number.isNaN(double)) return 1;
  return long < double ? -1 : long > double ? 1 : 0;
}

/** The number as a decimal of unlimited precision, whatever its type. */
export function exactDecimal(value: RawValue): Decimal {
  switch (value.type) {
    case BsonType.decimal:
      return decimalOf(value);
    case BsonType.int:
      return decimalFromBigInt(BigInt(value.int32()));
    case BsonType.long:
      return decimalFromBigInt(value.int64());
    case BsonType.double:
      return exactDecimalOfDouble(value.double());
    default:
      throw new TypeError('not a number');
  }
}

function compareLong(a: RawValue, b: RawValue): number {
  const left = a.int64();
  if (b.type !== BsonType.long) return compareLongWithDouble(left, b.type === BsonType.int ? b.int32() : b.double());
  const right = b.int64();
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Order of two values of numeric types. */
export function compareNumbers(a: RawValue, b: RawValue): number {
  if (a.type === BsonType.decimal || b.type === BsonType.decimal) return compareDecimals(exactDecimal(a), exactDecimal(b));
  if (a.type === BsonType.long) return compareLong(a, b);
  if (b.type === BsonType.long) return 0 - compareLong(b, a);
  return compareDoubles(a.type === BsonType.int ? a.int32() : a.double(), b.type === BsonType.int ? b.int32() : b.double());
}
