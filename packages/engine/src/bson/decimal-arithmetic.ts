// The four operations, remainder, power and rounding on decimals: exact in integers of any length, then rounded to 34 digits.
// Source: IEEE 754-2008 (preferred exponents, round half to even).
import {
  compareDecimals,
  decimalNaN,
  decimalZero,
  digitCount,
  finiteDecimal,
  infinityDecimal,
  maxDigits,
  maxExponent,
  minExponent,
  powerOfTen,
  roundToDecimal128,
  shiftRightHalfEven,
  type Decimal,
  type FiniteDecimal,
} from './decimal.js';

/** Digits behind the 34 that decide how to round; a smaller addend shrinks to a mark at that distance. */
const guardDigits = 80;

function signed(decimal: FiniteDecimal): bigint {
  return decimal.isNegative ? -decimal.coefficient : decimal.coefficient;
}

function fromSigned(value: bigint, exponent: number, isNegativeZero = false): FiniteDecimal {
  return finiteDecimal(value === 0n ? isNegativeZero : value < 0n, value < 0n ? -value : value, exponent);
}

/** Stands in for an addend that is too small to reach the other's digits. */
function nearby(small: FiniteDecimal, exponent: number): FiniteDecimal {
  const floor = exponent - guardDigits;
  if (small.exponent >= floor) return small;
  if (small.coefficient === 0n) return { ...small, exponent: floor };
  if (small.exponent + digitCount(small.coefficient) > floor) return small;
  return finiteDecimal(small.isNegative, 1n, floor);
}

function negateDecimal(decimal: Decimal): Decimal {
  return decimal.kind === 'nan' ? decimal : { ...decimal, isNegative: !decimal.isNegative };
}

export function absoluteDecimal(decimal: Decimal): Decimal {
  return decimal.kind === 'nan' ? decimal : { ...decimal, isNegative: false };
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return decimalNaN;
  if (a.kind === 'infinity') return b.kind === 'infinity' && a.isNegative !== b.isNegative ? decimalNaN : a;
  if (b.kind === 'infinity') return b;
  const left = nearby(a, b.coefficient === 0n ? a.exponent : b.exponent);
  const right = nearby(b, a.coefficient === 0n ? b.exponent : a.exponent);
  const exponent = Math.min(left.exponent, right.exponent);
  const sum = signed(left) * powerOfTen(left.exponent - exponent) + signed(right) * powerOfTen(right.exponent - exponent);
  return roundToDecimal128(fromSigned(sum, exponent, a.isNegative && b.isNegative));
}

export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return addDecimals(a, negateDecimal(b));
}

function isZero(decimal: Decimal): boolean {
  return decimal.kind === 'finite' && decimal.coefficient === 0n;
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return decimalNaN;
  const isNegative = a.isNegative !== b.isNegative;
  if (a.kind === 'infinity' || b.kind === 'infinity') return isZero(a) || isZero(b) ? decimalNaN : infinityDecimal(isNegative);
  return roundToDecimal128(finiteDecimal(isNegative, a.coefficient * b.coefficient, a.exponent + b.exponent));
}

/** Takes trailing zeros off until the exponent is `ideal`. */
export function withExponentTowards(decimal: FiniteDecimal, ideal: number): FiniteDecimal {
  let { coefficient, exponent } = decimal;
  while (exponent < ideal && coefficient !== 0n && coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent += 1;
  }
  return finiteDecimal(decimal.isNegative, coefficient, exponent);
}

/** x/0 is infinite and 0/0 is NaN, as IEEE has it; callers that refuse a zero divisor look first. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return decimalNaN;
  const isNegative = a.isNegative !== b.isNegative;
  if (a.kind === 'infinity') return b.kind === 'infinity' ? decimalNaN : infinityDecimal(isNegative);
  if (b.kind === 'infinity') return finiteDecimal(isNegative, 0n, minExponent);
  if (b.coefficient === 0n) return a.coefficient === 0n ? decimalNaN : infinityDecimal(isNegative);
  const ideal = a.exponent - b.exponent;
  if (a.coefficient === 0n) return roundToDecimal128(finiteDecimal(isNegative, 0n, ideal));
  const shift = Math.max(0, maxDigits + 3 + digitCount(b.coefficient) - digitCount(a.coefficient));
  const numerator = a.coefficient * powerOfTen(shift);
  const quotient = numerator / b.coefficient;
  const isExact = quotient * b.coefficient === numerator;
  if (isExact) return roundToDecimal128(withExponentTowards(finiteDecimal(isNegative, quotient, ideal - shift), ideal));
  return roundToDecimal128(finiteDecimal(isNegative, quotient * 10n + 1n, ideal - shift - 1));
}

/** The remainder with the sign of the dividend. */
export function remainderOfDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind !== 'finite' || b.kind === 'nan' || isZero(b)) return decimalNaN;
  if (b.kind === 'infinity') return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const left = signed(a) * powerOfTen(a.exponent - exponent);
  const right = b.coefficient * powerOfTen(b.exponent - exponent);
  return roundToDecimal128(fromSigned(left % right, exponent, a.isNegative));
}

export type Rounding = 'half-even' | 'towards-zero' | 'down' | 'up';

function cut(decimal: FiniteDecimal, digits: number, rounding: Rounding): bigint {
  if (rounding === 'half-even') return shiftRightHalfEven(decimal.coefficient, digits);
  const divisor = powerOfTen(digits);
  const quotient = decimal.coefficient / divisor;
  const isExact = quotient * divisor === decimal.coefficient;
  const isAway = !isExact && ((rounding === 'down' && decimal.isNegative) || (rounding === 'up' && !decimal.isNegative));
  return isAway ? quotient + 1n : quotient;
}

/** Rounds to `place` digits behind the point (negative: before it). A value that has no more digits than that stays as it is. */
export function roundDecimal(decimal: Decimal, place: number, rounding: Rounding): Decimal {
  if (decimal.kind !== 'finite') return decimal;
  const digits = -place - decimal.exponent;
  if (digits > 0) {
    const isBeyond = digits > digitCount(decimal.coefficient) + 1;
    const coefficient = isBeyond ? cut({ ...decimal, coefficient: decimal.coefficient === 0n ? 0n : 1n }, 2, rounding) : cut(decimal, digits, rounding);
    return roundToDecimal128(finiteDecimal(decimal.isNegative, coefficient, -place));
  }
  const padded = finiteDecimal(decimal.isNegative, decimal.coefficient * powerOfTen(Math.min(-digits, 2 * maxDigits)), -place);
  return -digits <= maxDigits && digitCount(padded.coefficient) <= maxDigits ? roundToDecimal128(padded) : decimal;
}

/** A decimal to a whole power, exactly and then rounded; the exponent must be small enough for that (see decimal-functions). */
export function wholePower(base: FiniteDecimal, power: number): Decimal {
  const isNegative = base.isNegative && power % 2 !== 0;
  const magnitude = Math.abs(power);
  const raised = finiteDecimal(isNegative, base.coefficient ** BigInt(magnitude), base.exponent * magnitude);
  if (power >= 0) return roundToDecimal128(raised);
  return divideDecimals({ ...decimalZero, coefficient: 1n }, clampedTo40Digits(raised));
}

function clampedTo40Digits(decimal: FiniteDecimal): FiniteDecimal {
  const excess = digitCount(decimal.coefficient) - (maxDigits + 6);
  if (excess <= 0) return decimal;
  return finiteDecimal(decimal.isNegative, shiftRightHalfEven(decimal.coefficient, excess), decimal.exponent + excess);
}

/** Square root, correctly rounded; NaN below zero. */
export function squareRootOfDecimal(decimal: Decimal): Decimal {
  if (decimal.kind === 'nan' || (decimal.isNegative && !isZero(decimal))) return decimalNaN;
  if (decimal.kind === 'infinity') return decimal;
  const ideal = Math.floor(decimal.exponent / 2);
  if (decimal.coefficient === 0n) return finiteDecimal(decimal.isNegative, 0n, ideal);
  let shift = Math.max(0, 2 * (maxDigits + 2) - digitCount(decimal.coefficient));
  if ((decimal.exponent - shift) % 2 !== 0) shift += 1;
  const scaled = decimal.coefficient * powerOfTen(shift);
  const root = integerSquareRoot(scaled);
  const exponent = (decimal.exponent - shift) / 2;
  if (root * root === scaled) return roundToDecimal128(withExponentTowards(finiteDecimal(false, root, exponent), ideal));
  return roundToDecimal128(finiteDecimal(false, root * 10n + 1n, exponent - 1));
}

function integerSquareRoot(value: bigint): bigint {
  let guess = 10n ** BigInt(Math.ceil(digitCount(value) / 2));
  for (;;) {
    const next = (guess + value / guess) / 2n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** Whether the decimal equals an integer. */
export function isWholeDecimal(decimal: Decimal): decimal is FiniteDecimal {
  return decimal.kind === 'finite' && compareDecimals(roundDecimal(decimal, 0, 'towards-zero'), decimal) === 0;
}

/** The largest exponent range a finite decimal's magnitude can have; beyond it a result is infinite or zero. */
export const widestMagnitude = maxExponent + maxDigits;
