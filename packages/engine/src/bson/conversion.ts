// Numbers from one type to another, as `$toInt`, `$convert` and mixed arithmetic do it. Undefined signals that the number does not fit.
// Source: the manual's "$convert", "$toInt", "$toLong", "$toDouble", "$toDecimal".
import { exactDecimal } from './compare-numbers.js';
import { decimalOf, decimalValue, digitCount, doubleOfDecimal, exactDecimalOfDouble, finiteDecimal, powerOfTen, roundToDigits, type Decimal } from './decimal.js';
import { truncatedInteger } from './integers.js';
import type { RawValue } from './raw-value.js';
import { BsonType } from './types.js';
import { doubleValue, int32Value, int64Value } from './values.js';

const minInt32 = -(2n ** 31n);
const maxInt32 = 2n ** 31n - 1n;

/** Digits of a decimal that is made from a double: what a double is sure to hold. */
const digitsOfDouble = 15;

/** Any number as the nearest double; NaN for a value that is not a number. */
export function asDouble(value: RawValue): number {
  if (value.type === BsonType.decimal) return doubleOfDecimal(decimalOf(value));
  return value.number() ?? NaN;
}

/** A decimal of exactly 15 digits, as MongoDB makes it: 0.1 becomes 0.100000000000000. */
function decimalFromDouble(value: number): Decimal {
  const exact = exactDecimalOfDouble(value);
  if (exact.kind !== 'finite' || exact.coefficient === 0n) return exact;
  const missing = digitsOfDouble - digitCount(exact.coefficient);
  if (missing > 0) return finiteDecimal(exact.isNegative, exact.coefficient * powerOfTen(missing), exact.exponent - missing);
  return roundToDigits(exact, digitsOfDouble);
}

/** A number of any type as an operand of decimal arithmetic. */
export function asDecimal(value: RawValue): Decimal {
  return value.type === BsonType.double ? decimalFromDouble(value.double()) : exactDecimal(value);
}

export function fitsInt32(integer: bigint): boolean {
  return integer >= minInt32 && integer <= maxInt32;
}

/** The integer as a long, or as an int where it fits. */
export function smallestInteger(integer: bigint): RawValue {
  return fitsInt32(integer) ? int32Value(Number(integer)) : int64Value(integer);
}

/** The number as an int, its fraction cut off; undefined for NaN, infinities and what is out of range. */
export function toInt32(value: RawValue): RawValue | undefined {
  const integer = truncatedInteger(value);
  return integer === undefined || !fitsInt32(integer) ? undefined : int32Value(Number(integer));
}

/** The number as a long, its fraction cut off; undefined for NaN, infinities and what is out of range. */
export function toInt64(value: RawValue): RawValue | undefined {
  const integer = truncatedInteger(value);
  return integer === undefined ? undefined : int64Value(integer);
}

/** The number as a double; undefined where a finite decimal is beyond the doubles. */
export function toDouble(value: RawValue): RawValue | undefined {
  const double = asDouble(value);
  const isOverflow = value.type === BsonType.decimal && !Number.isFinite(double) && decimalOf(value).kind === 'finite';
  return isOverflow ? undefined : doubleValue(double);
}

/** The number as a decimal; every number fits. */
export function toDecimal(value: RawValue): RawValue {
  return decimalValue(asDecimal(value));
}
