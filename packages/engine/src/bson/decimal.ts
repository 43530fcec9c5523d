// Decimal128 as sign, coefficient and exponent: reading and writing the 16 bytes, text, comparison, rounding.
// Source: IEEE 754-2008 (binary integer significand) and the BSON specification's decimal128 document.
import type { RawValue } from './raw-value.js';
import { RawValue as Value } from './raw-value.js';
import { BsonType } from './types.js';

/** A decimal of any precision; only what `roundToDecimal128` returned may be written. */
export type Decimal =
  | { readonly kind: 'finite'; readonly isNegative: boolean; readonly coefficient: bigint; readonly exponent: number }
  | { readonly kind: 'infinity'; readonly isNegative: boolean }
  | { readonly kind: 'nan' };

export type FiniteDecimal = Extract<Decimal, { kind: 'finite' }>;

export const maxDigits = 34;
export const minExponent = -6176;
export const maxExponent = 6111;
const maxCoefficient = 10n ** 34n - 1n;
const exponentBias = 6176;
const mask64 = (1n << 64n) - 1n;

export const decimalNaN: Decimal = { kind: 'nan' };
export const decimalZero: FiniteDecimal = { kind: 'finite', isNegative: false, coefficient: 0n, exponent: 0 };

export function finiteDecimal(isNegative: boolean, coefficient: bigint, exponent: number): FiniteDecimal {
  return { kind: 'finite', isNegative, coefficient, exponent };
}

export function infinityDecimal(isNegative: boolean): Extract<Decimal, { kind: 'infinity' }> {
  return { kind: 'infinity', isNegative };
}

/** The decimal of an integer, exactly. */
export function decimalFromBigInt(value: bigint): FiniteDecimal {
  return finiteDecimal(value < 0n, value < 0n ? -value : value, 0);
}

const powersOfTen: bigint[] = [1n];

/** 10 to the power of a small non-negative integer. */
export function powerOfTen(exponent: number): bigint {
  if (exponent > 200) return 10n ** BigInt(exponent);
  while (powersOfTen.length <= exponent) powersOfTen.push(powersOfTen.at(-1)! * 10n);
  return powersOfTen[exponent]!;
}

/** Number of decimal digits of a non-negative integer; 1 for zero. */
export function digitCount(value: bigint): number {
  return value.toString().length;
}

/** Reads the 16 bytes at `start`. A coefficient beyond 34 digits is not canonical and counts as zero. */
function readDecimal(bytes: Buffer, start: number): Decimal {
  const high = bytes.readBigUInt64LE(start + 8);
  const isNegative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 0x1fn);
  if (combination === 0x1f) return decimalNaN;
  if (combination === 0x1e) return infinityDecimal(isNegative);
  if (combination >= 0x18) return finiteDecimal(isNegative, 0n, Number((high >> 47n) & 0x3fffn) - exponentBias);
  const coefficient = ((high & 0x1ffffffffffffn) << 64n) | bytes.readBigUInt64LE(start);
  const exponent = Number((high >> 49n) & 0x3fffn) - exponentBias;
  return finiteDecimal(isNegative, coefficient > maxCoefficient ? 0n : coefficient, exponent);
}

/** The decimal of a value of type `decimal`. */
export function decimalOf(value: RawValue): Decimal {
  return readDecimal(value.bytes, value.start);
}

/** The value of a decimal, rounded to 34 digits where it has more. */
export function decimalValue(decimal: Decimal): RawValue {
  const bytes = Buffer.alloc(16);
  const rounded = roundToDecimal128(decimal);
  if (rounded.kind === 'nan') {
    bytes[15] = 0x7c;
  } else if (rounded.kind === 'infinity') {
    bytes[15] = rounded.isNegative ? 0xf8 : 0x78;
  } else {
    const sign = rounded.isNegative ? 1n << 63n : 0n;
    const exponent = BigInt(rounded.exponent + exponentBias) << 49n;
    bytes.writeBigUInt64LE(rounded.coefficient & mask64, 0);
    bytes.writeBigUInt64LE(sign | exponent | (rounded.coefficient >> 64n), 8);
  }
  return new Value(BsonType.decimal, bytes, 0, 16);
}

/** Divides by a power of ten, rounding half to even. */
export function shiftRightHalfEven(coefficient: bigint, digits: number): bigint {
  const divisor = powerOfTen(digits);
  const quotient = coefficient / divisor;
  const doubled = (coefficient - quotient * divisor) * 2n;
  const roundsUp = doubled > divisor || (doubled === divisor && (quotient & 1n) === 1n);
  return roundsUp ? quotient + 1n : quotient;
}

/** Rounds half-even to at most that many digits; the exponent grows by what was cut. */
export function roundToDigits(decimal: FiniteDecimal, digits: number): FiniteDecimal {
  const excess = digitCount(decimal.coefficient) - digits;
  if (excess <= 0) return decimal;
  const coefficient = shiftRightHalfEven(decimal.coefficient, excess);
  const rounded = finiteDecimal(decimal.isNegative, coefficient, decimal.exponent + excess);
  return digitCount(coefficient) > digits ? finiteDecimal(decimal.isNegative, coefficient / 10n, rounded.exponent + 1) : rounded;
}

/** Brings a decimal into the format's range: 34 digits half-even, overflow to infinity, underflow to subnormals and zero. */
export function roundToDecimal128(decimal: Decimal): Decimal {
  if (decimal.kind !== 'finite') return decimal;
  const { isNegative } = decimal;
  const excess = Math.max(digitCount(decimal.coefficient) - maxDigits, minExponent - decimal.exponent);
  let { coefficient, exponent } = excess > 0 && decimal.exponent + excess > minExponent ? roundToDigits(decimal, maxDigits) : decimal;
  if (exponent < minExponent) {
    const cut = minExponent - exponent;
    coefficient = cut > digitCount(coefficient) + 1 ? 0n : shiftRightHalfEven(coefficient, cut);
    exponent = minExponent;
    if (coefficient > maxCoefficient) [coefficient, exponent] = [coefficient / 10n, exponent + 1];
  }
  if (exponent <= maxExponent) return finiteDecimal(isNegative, coefficient, exponent);
  if (coefficient === 0n) return finiteDecimal(isNegative, 0n, maxExponent);
  const padding = exponent - maxExponent;
  if (digitCount(coefficient) + padding > maxDigits) return infinityDecimal(isNegative);
  return finiteDecimal(isNegative, coefficient * powerOfTen(padding), maxExponent);
}

function compareMagnitudes(a: FiniteDecimal, b: FiniteDecimal): number {
  if (a.coefficient === 0n || b.coefficient === 0n) return (a.coefficient === 0n ? 0 : 1) - (b.coefficient === 0n ? 0 : 1);
  if (a.exponent === b.exponent) return a.coefficient < b.coefficient ? -1 : a.coefficient > b.coefficient ? 1 : 0;
  const scale = digitCount(a.coefficient) + a.exponent - (digitCount(b.coefficient) + b.exponent);
  if (scale !== 0) return scale;
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.coefficient * powerOfTen(a.exponent - exponent);
  const right = b.coefficient * powerOfTen(b.exponent - exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}

function signOf(decimal: Exclude<Decimal, { kind: 'nan' }>): number {
  if (decimal.kind === 'finite' && decimal.coefficient === 0n) return 0;
  return decimal.isNegative ? -1 : 1;
}

/** Exact order; NaN equals itself and is below everything, 0 equals -0. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.kind === 'nan' || b.kind === 'nan') return (a.kind === 'nan' ? 0 : 1) - (b.kind === 'nan' ? 0 : 1);
  const sign = signOf(a);
  if (sign !== signOf(b)) return sign - signOf(b);
  if (sign === 0) return 0;
  if (a.kind === 'infinity' || b.kind === 'infinity') return sign * ((a.kind === 'infinity' ? 1 : 0) - (b.kind === 'infinity' ? 1 : 0));
  return sign * compareMagnitudes(a, b);
}

const bits = new DataView(new ArrayBuffer(8));

/** The double's exact decimal expansion (up to 767 digits); round it before writing it. */
export function exactDecimalOfDouble(value: number): Decimal {
  if (Number.isNaN(value)) return decimalNaN;
  const isNegative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) return infinityDecimal(isNegative);
  if (Number.isSafeInteger(value)) return finiteDecimal(isNegative, BigInt(Math.abs(value)), 0);
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const biased = Number((raw >> 52n) & 0x7ffn);
  const fraction = raw & 0xfffffffffffffn;
  let mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  let exponent = Math.max(biased, 1) - 1075;
  // As few digits as it takes: a conversion that is exact adds no zeros behind them.
  for (; exponent < 0 && (mantissa & 1n) === 0n; exponent += 1) mantissa >>= 1n;
  if (exponent >= 0) return finiteDecimal(isNegative, mantissa << BigInt(exponent), 0);
  return finiteDecimal(isNegative, mantissa * 5n ** BigInt(-exponent), exponent);
}

/** The double nearest to a decimal, ties to even. */
export function doubleOfDecimal(decimal: Decimal): number {
  if (decimal.kind === 'nan') return NaN;
  const magnitude = decimal.kind === 'infinity' ? Infinity : Number(`${decimal.coefficient.toString()}e${decimal.exponent}`);
  return decimal.isNegative ? -magnitude : magnitude;
}
