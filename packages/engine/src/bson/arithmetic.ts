// Arithmetic on values with MongoDB's promotion: int grows to long, long to double where it does not fit; a double makes the
// result a double, a decimal makes it a decimal. Operands must be of numeric types; callers have checked that.
// Source: the manual's "Arithmetic Expression Operators".
import { CommandError } from '../errors.js';
import { asDecimal, asDouble, fitsInt32, smallestInteger } from './conversion.js';
import { decimalFromBigInt, decimalOf, decimalValue, doubleOfDecimal, exactDecimalOfDouble, roundToDecimal128, type Decimal } from './decimal.js';
import {
  absoluteDecimal,
  addDecimals,
  divideDecimals,
  multiplyDecimals,
  remainderOfDecimals,
  roundDecimal,
  squareRootOfDecimal,
  subtractDecimals,
  type Rounding,
} from './decimal-arithmetic.js';
import { commonLogarithmOfDecimal, exponentialOfDecimal, naturalLogarithmOfDecimal, powerOfDecimals } from './decimal-functions.js';
import { integerOfDecimal } from './integers.js';
import type { RawValue } from './raw-value.js';
import { BsonType } from './types.js';
import { doubleValue, int32Value, int64Value } from './values.js';

interface Operation {
  readonly doubles: (a: number, b: number) => number;
  readonly integers: (a: bigint, b: bigint) => bigint;
  readonly decimals: (a: Decimal, b: Decimal) => Decimal;
}

function isInteger(value: RawValue): boolean {
  return value.type === BsonType.int || value.type === BsonType.long;
}

function integerOf(value: RawValue): bigint {
  return value.type === BsonType.int ? BigInt(value.int32()) : value.int64();
}

function isInt32Number(value: number): boolean {
  return (value | 0) === value;
}

/** The integer in the narrowest type allowed: int only where both operands were ints, double where a long is too small. */
function promoted(integer: bigint, isLong: boolean): RawValue {
  if (!isLong && fitsInt32(integer)) return int32Value(Number(integer));
  return BigInt.asIntN(64, integer) === integer ? int64Value(integer) : doubleValue(Number(integer));
}

function apply(operation: Operation, a: RawValue, b: RawValue): RawValue {
  if (a.type === BsonType.int && b.type === BsonType.int) {
    const result = operation.doubles(a.int32(), b.int32());
    if (isInt32Number(result)) return int32Value(result);
  }
  if (a.type === BsonType.decimal || b.type === BsonType.decimal) return decimalValue(operation.decimals(asDecimal(a), asDecimal(b)));
  if (isInteger(a) && isInteger(b)) {
    return promoted(operation.integers(integerOf(a), integerOf(b)), a.type === BsonType.long || b.type === BsonType.long);
  }
  return doubleValue(operation.doubles(asDouble(a), asDouble(b)));
}

const addition: Operation = { doubles: (a, b) => a + b, integers: (a, b) => a + b, decimals: addDecimals };
const subtraction: Operation = { doubles: (a, b) => a - b, integers: (a, b) => a - b, decimals: subtractDecimals };
const multiplication: Operation = { doubles: (a, b) => a * b, integers: (a, b) => a * b, decimals: multiplyDecimals };

export function add(a: RawValue, b: RawValue): RawValue {
  return apply(addition, a, b);
}

export function subtract(a: RawValue, b: RawValue): RawValue {
  return apply(subtraction, a, b);
}

export function multiply(a: RawValue, b: RawValue): RawValue {
  return apply(multiplication, a, b);
}

function isZero(value: RawValue): boolean {
  if (value.type !== BsonType.decimal) return value.number() === 0;
  const decimal = decimalOf(value);
  return decimal.kind === 'finite' && decimal.coefficient === 0n;
}

/** The quotient is a double, or a decimal where an operand is one. */
export function divide(a: RawValue, b: RawValue): RawValue {
  if (isZero(b)) throw new CommandError('BadValue', "can't $divide by zero");
  if (a.type === BsonType.decimal || b.type === BsonType.decimal) return decimalValue(divideDecimals(asDecimal(a), asDecimal(b)));
  return doubleValue(asDouble(a) / asDouble(b));
}

/** The remainder with the sign of the dividend. */
export function modulo(a: RawValue, b: RawValue): RawValue {
  const isDecimal = a.type === BsonType.decimal || b.type === BsonType.decimal;
  if (isZero(b)) throw new CommandError(isDecimal ? 5733415 : 16610, "can't $mod by zero");
  if (isDecimal) return decimalValue(remainderOfDecimals(asDecimal(a), asDecimal(b)));
  if (!isInteger(a) || !isInteger(b)) return doubleValue(asDouble(a) % asDouble(b));
  return promoted(integerOf(a) % integerOf(b), a.type === BsonType.long || b.type === BsonType.long);
}

/** The least int becomes a long; the least long has no absolute value. */
export function absolute(value: RawValue): RawValue {
  if (value.type === BsonType.decimal) return decimalValue(absoluteDecimal(decimalOf(value)));
  if (value.type === BsonType.double) return doubleValue(Math.abs(value.double()));
  const integer = integerOf(value);
  if (integer === -(2n ** 63n)) throw new CommandError(28680, "can't take $abs of long long min");
  const magnitude = integer < 0n ? -integer : integer;
  return value.type === BsonType.int ? smallestInteger(magnitude) : int64Value(magnitude);
}

function roundedInteger(value: RawValue, place: number, rounding: Rounding, name: string): RawValue {
  if (place >= 0) return value;
  const rounded = integerOfDecimal(roundDecimal(decimalFromBigInt(integerOf(value)), place, rounding));
  if (rounded === undefined || BigInt.asIntN(64, rounded) !== rounded) {
    throw new CommandError(51080, `invalid conversion from Decimal128 result in ${name} resulting from arguments: [${integerOf(value).toString()}, ${place}]`);
  }
  return value.type === BsonType.int ? smallestInteger(rounded) : int64Value(rounded);
}

function rounded(value: RawValue, place: number, rounding: Rounding, name: string): RawValue {
  if (value.type === BsonType.decimal) return decimalValue(roundDecimal(decimalOf(value), place, rounding));
  if (value.type !== BsonType.double) return roundedInteger(value, place, rounding, name);
  const exact = roundToDecimal128(exactDecimalOfDouble(value.double()));
  return doubleValue(doubleOfDecimal(roundDecimal(exact, place, rounding)));
}

/** Rounds half to even at `place` digits behind the point (negative: before it). */
export function round(value: RawValue, place = 0): RawValue {
  return rounded(value, place, 'half-even', '$round');
}

/** Cuts off at `place` digits behind the point (negative: before it). */
export function truncate(value: RawValue, place = 0): RawValue {
  return rounded(value, place, 'towards-zero', '$trunc');
}

export function ceiling(value: RawValue): RawValue {
  if (value.type === BsonType.double) return doubleValue(Math.ceil(value.double()));
  return value.type === BsonType.decimal ? decimalValue(roundDecimal(decimalOf(value), 0, 'up')) : value;
}

export function floor(value: RawValue): RawValue {
  if (value.type === BsonType.double) return doubleValue(Math.floor(value.double()));
  return value.type === BsonType.decimal ? decimalValue(roundDecimal(decimalOf(value), 0, 'down')) : value;
}

/** Whole powers of integers stay integers where they fit; `0` to a negative power is refused. */
export function power(base: RawValue, exponent: RawValue): RawValue {
  if (isZero(base) && asDouble(exponent) < 0) throw new CommandError(28764, '$pow cannot take a base of 0 and a negative exponent');
  if (base.type === BsonType.decimal || exponent.type === BsonType.decimal) return decimalValue(powerOfDecimals(asDecimal(base), asDecimal(exponent)));
  if (!isInteger(base) || !isInteger(exponent)) return doubleValue(asDouble(base) ** asDouble(exponent));
  return integerPower(integerOf(base), integerOf(exponent), base.type === BsonType.long || exponent.type === BsonType.long);
}

/** Beyond this power every base but -1, 0 and 1 leaves the longs. */
const largestIntegerPower = 63n;

function integerPower(base: bigint, exponent: bigint, isLong: boolean): RawValue {
  if (base >= -1n && base <= 1n) return promoted(smallPower(base, exponent), isLong);
  if (exponent < 0n || exponent > largestIntegerPower) return doubleValue(Number(base) ** Number(exponent));
  const result = base ** exponent;
  return BigInt.asIntN(64, result) === result ? promoted(result, isLong) : doubleValue(Number(base) ** Number(exponent));
}

/** -1, 0 or 1 to any power, which depends on whether the exponent is odd. */
function smallPower(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n;
  return exponent % 2n === 0n ? base * base : base;
}

function unary(value: RawValue, doubles: (x: number) => number, decimals: (x: Decimal) => Decimal): RawValue {
  return value.type === BsonType.decimal ? decimalValue(decimals(decimalOf(value))) : doubleValue(doubles(asDouble(value)));
}

/** NaN below zero; callers that refuse such arguments look first. So for the logarithms. */
export function squareRoot(value: RawValue): RawValue {
  return unary(value, Math.sqrt, squareRootOfDecimal);
}

export function exponential(value: RawValue): RawValue {
  return unary(value, Math.exp, exponentialOfDecimal);
}

export function naturalLogarithm(value: RawValue): RawValue {
  return unary(value, Math.log, naturalLogarithmOfDecimal);
}

export function commonLogarithm(value: RawValue): RawValue {
  return unary(value, Math.log10, commonLogarithmOfDecimal);
}

/** The logarithm to any base: ln of one by ln of the other. */
export function logarithm(value: RawValue, base: RawValue): RawValue {
  if (value.type !== BsonType.decimal && base.type !== BsonType.decimal) return doubleValue(Math.log(asDouble(value)) / Math.log(asDouble(base)));
  return decimalValue(divideDecimals(naturalLogarithmOfDecimal(asDecimal(value)), naturalLogarithmOfDecimal(asDecimal(base))));
}
