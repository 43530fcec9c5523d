// Exponential, logarithms and powers of decimals: fixed-point series with guard digits, rounded to 34 digits at the end.
import {
  decimalNaN,
  digitCount,
  finiteDecimal,
  infinityDecimal,
  powerOfTen,
  roundToDecimal128,
  type Decimal,
  type FiniteDecimal,
} from './decimal.js';
import { isWholeDecimal, wholePower, widestMagnitude, withExponentTowards } from './decimal-arithmetic.js';

/** Digits behind the point of the fixed-point numbers below. */
const scaleDigits = 60;
const one = powerOfTen(scaleDigits);

function multiply(a: bigint, b: bigint): bigint {
  return (a * b) / one;
}

/** ln of a fixed-point number up to 2, by 2 artanh((x-1)/(x+1)). */
function logarithmNearOne(x: bigint): bigint {
  const ratio = ((x - one) * one) / (x + one);
  const square = multiply(ratio, ratio);
  let power = ratio;
  let sum = 0n;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = multiply(power, square);
  }
  return 2n * sum;
}

const logarithmOfTwo = logarithmNearOne(2n * one);

/** ln of a fixed-point number in [1, 10). */
function logarithm(x: bigint): bigint {
  let reduced = x;
  let twos = 0n;
  while (reduced >= (one * 3n) / 2n) {
    reduced /= 2n;
    twos += 1n;
  }
  return logarithmNearOne(reduced) + twos * logarithmOfTwo;
}

const logarithmOfTen = logarithm(5n * one) + logarithmOfTwo;

/** ln of a positive decimal as a fixed-point number. */
function fixedLogarithm(decimal: FiniteDecimal): bigint {
  const digits = digitCount(decimal.coefficient);
  const mantissa = (decimal.coefficient * one) / powerOfTen(digits - 1);
  return logarithm(mantissa) + BigInt(decimal.exponent + digits - 1) * logarithmOfTen;
}

function fromFixed(value: bigint): Decimal {
  return roundToDecimal128(finiteDecimal(value < 0n, value < 0n ? -value : value, -scaleDigits));
}

/** e to a fixed-point power as a decimal. */
function exponentialOfFixed(power: bigint): Decimal {
  const tens = power / logarithmOfTen;
  if (tens > BigInt(widestMagnitude) + 1n) return infinityDecimal(false);
  if (tens < -BigInt(widestMagnitude) - 60n) return finiteDecimal(false, 0n, -6176);
  const halvings = 8n;
  const reduced = (power - tens * logarithmOfTen) >> halvings;
  let term = one;
  let sum = one;
  for (let n = 1n; term !== 0n; n += 1n) {
    term = multiply(term, reduced) / n;
    sum += term;
  }
  for (let i = 0n; i < halvings; i += 1n) sum = multiply(sum, sum);
  return roundToDecimal128(finiteDecimal(false, sum, Number(tens) - scaleDigits));
}

function toFixed(decimal: FiniteDecimal): bigint {
  const shift = decimal.exponent + scaleDigits;
  const magnitude = shift >= 0 ? decimal.coefficient * powerOfTen(shift) : decimal.coefficient / powerOfTen(-shift);
  return decimal.isNegative ? -magnitude : magnitude;
}

/** e^x */
export function exponentialOfDecimal(decimal: Decimal): Decimal {
  if (decimal.kind === 'nan') return decimal;
  if (decimal.kind === 'infinity') return decimal.isNegative ? finiteDecimal(false, 0n, 0) : decimal;
  if (decimal.coefficient === 0n) return finiteDecimal(false, 1n, 0);
  if (decimal.exponent + digitCount(decimal.coefficient) > 6) return decimal.isNegative ? finiteDecimal(false, 0n, -6176) : infinityDecimal(false);
  return exponentialOfFixed(toFixed(decimal));
}

/** What every logarithm has in common: NaN below zero, -Infinity at zero. */
function logarithmEdge(decimal: Decimal): Decimal | undefined {
  if (decimal.kind === 'nan') return decimal;
  if (decimal.kind === 'finite' && decimal.coefficient === 0n) return infinityDecimal(true);
  if (decimal.isNegative) return decimalNaN;
  return decimal.kind === 'infinity' ? decimal : undefined;
}

/** ln x */
export function naturalLogarithmOfDecimal(decimal: Decimal): Decimal {
  return logarithmEdge(decimal) ?? fromFixed(fixedLogarithm(decimal as FiniteDecimal));
}

/** log10 x; exact for powers of ten. */
export function commonLogarithmOfDecimal(decimal: Decimal): Decimal {
  const edge = logarithmEdge(decimal);
  if (edge !== undefined) return edge;
  const stripped = withExponentTowards(decimal as FiniteDecimal, widestMagnitude);
  if (stripped.coefficient === 1n) return finiteDecimal(stripped.exponent < 0, BigInt(Math.abs(stripped.exponent)), 0);
  return fromFixed((fixedLogarithm(stripped) * one) / logarithmOfTen);
}

/** Up to here a whole power is computed exactly, by multiplication. */
const largestExactPower = 1000;

/** x^y; NaN for a negative base with a fractional exponent. */
export function powerOfDecimals(base: Decimal, exponent: Decimal): Decimal {
  if (exponent.kind === 'finite' && exponent.coefficient === 0n) return finiteDecimal(false, 1n, 0);
  if (base.kind === 'nan' || exponent.kind === 'nan') return decimalNaN;
  const isOdd = isOddWhole(exponent);
  if (base.kind === 'infinity' || exponent.kind === 'infinity' || base.coefficient === 0n) return extremePower(base, exponent, isOdd);
  const power = isWholeDecimal(exponent) ? Number(toFixed(exponent) / one) : undefined;
  if (power !== undefined && Math.abs(power) <= largestExactPower) return wholePower(base, power);
  if (base.isNegative && power === undefined) return decimalNaN;
  if (exponent.exponent + digitCount(exponent.coefficient) > 12) return extremePower(base, infinityDecimal(exponent.isNegative), isOdd);
  const result = exponentialOfFixed(multiply(toFixed(exponent), fixedLogarithm({ ...base, isNegative: false })));
  return result.kind !== 'nan' && base.isNegative && isOdd ? { ...result, isNegative: true } : result;
}

function isOddWhole(decimal: Decimal): boolean {
  return isWholeDecimal(decimal) && decimal.exponent <= 0 && (decimal.coefficient / powerOfTen(-decimal.exponent)) % 2n === 1n;
}

/** Powers that end at zero, one or infinity. */
function extremePower(base: Exclude<Decimal, { kind: 'nan' }>, exponent: Exclude<Decimal, { kind: 'nan' }>, isOdd: boolean): Decimal {
  const isNegative = base.isNegative && isOdd;
  const side = base.kind === 'infinity' ? 1 : magnitudeAgainstOne(base);
  if (side === 0) return finiteDecimal(isNegative, 1n, 0);
  const grows = side > 0 !== exponent.isNegative;
  return grows ? infinityDecimal(isNegative) : finiteDecimal(isNegative, 0n, 0);
}

function magnitudeAgainstOne(decimal: FiniteDecimal): number {
  const stripped = withExponentTowards(decimal, 0);
  if (stripped.coefficient === 1n && stripped.exponent === 0) return 0;
  return decimal.coefficient !== 0n && decimal.exponent + digitCount(decimal.coefficient) > 0 ? 1 : -1;
}
