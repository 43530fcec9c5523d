// Whole numbers out of values of any numeric type: 3, NumberLong(3), 3.0 and NumberDecimal("3.00") are all the integer 3.
import { decimalOf, powerOfTen, type Decimal } from './decimal.js';
import type { RawValue } from './raw-value.js';
import { BsonType } from './types.js';

/** Integers beyond this many digits are out of every range that is asked for. */
const longestInteger = 40;

/** The integer that a decimal equals; undefined for fractions and for what is far out of every integer type's range. */
export function integerOfDecimal(decimal: Decimal): bigint | undefined {
  if (decimal.kind !== 'finite') return undefined;
  const { coefficient, exponent, isNegative } = decimal;
  if (coefficient === 0n) return 0n;
  if (exponent > longestInteger || exponent < -longestInteger) return undefined;
  const divisor = powerOfTen(Math.max(-exponent, 0));
  if (coefficient % divisor !== 0n) return undefined;
  const magnitude = (coefficient / divisor) * powerOfTen(Math.max(exponent, 0));
  return isNegative ? -magnitude : magnitude;
}

/** The integer that a number of any type equals; undefined for fractions, NaN, infinities, and values that are not numbers. */
export function exactInteger(value: RawValue): bigint | undefined {
  switch (value.type) {
    case BsonType.int:
      return BigInt(value.int32());
    case BsonType.long:
      return value.int64();
    case BsonType.double: {
      const number = value.double();
      return Number.isInteger(number) ? BigInt(number) : undefined;
    }
    case BsonType.decimal:
      return integerOfDecimal(decimalOf(value));
    default:
      return undefined;
  }
}

/** As `exactInteger`, as a JavaScript number (rounded beyond 2^53). */
export function wholeNumber(value: RawValue): number | undefined {
  if (value.type === BsonType.int) return value.int32();
  const integer = exactInteger(value);
  return integer === undefined ? undefined : Number(integer);
}

/** The number of any type with its fraction cut off; undefined for NaN, infinities, values beyond 64 bits, and values that are not numbers. */
export function truncatedInteger(value: RawValue): bigint | undefined {
  const integer = value.type === BsonType.double ? truncatedDouble(value.double()) : truncatedExact(value);
  return integer === undefined || BigInt.asIntN(64, integer) !== integer ? undefined : integer;
}

function truncatedDouble(number: number): bigint | undefined {
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : undefined;
}

function truncatedExact(value: RawValue): bigint | undefined {
  if (value.type !== BsonType.decimal) return exactInteger(value);
  const decimal = decimalOf(value);
  if (decimal.kind !== 'finite' || decimal.exponent > longestInteger) return undefined;
  if (decimal.exponent >= 0) return integerOfDecimal(decimal);
  if (decimal.exponent < -longestInteger) return 0n;
  const magnitude = decimal.coefficient / powerOfTen(-decimal.exponent);
  return decimal.isNegative ? -magnitude : magnitude;
}
