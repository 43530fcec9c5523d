// Trigonometry on decimals: fixed-point integers of 60 digits, summed as series, rounded to the 34 digits of a decimal128.
// Angles beyond 10^30, whose digits below the unit a decimal does not hold, are reduced exactly as they are.
import { asDecimal } from '../../bson/conversion.js';
import { addDecimals, divideDecimals, multiplyDecimals, squareRootOfDecimal, subtractDecimals } from '../../bson/decimal-arithmetic.js';
import { exponentialOfDecimal, naturalLogarithmOfDecimal } from '../../bson/decimal-functions.js';
import { decimalFromBigInt, decimalNaN, finiteDecimal, infinityDecimal, powerOfTen, roundToDecimal128, type Decimal } from '../../bson/decimal.js';
import type { RawValue } from '../../bson/raw-value.js';

/** Digits behind the point of a fixed-point number. */
const scale = 60;
const one = powerOfTen(scale);
const half = one / 2n;

const product = (a: bigint, b: bigint): bigint => (a * b) / one;
const quotient = (a: bigint, b: bigint): bigint => (a * one) / b;

/** Machin's formula: pi/4 = 4 atan(1/5) - atan(1/239), to `digits` digits behind the point. */
function computePi(digits: number): bigint {
  const unit = powerOfTen(digits + 5);
  const inverseTangent = (x: bigint): bigint => {
    let term = unit / x;
    let sum = term;
    for (let n = 3n, sign = -1n; term !== 0n; n += 2n, sign = -sign) {
      term /= x * x;
      sum += (sign * term) / n;
    }
    return sum;
  };
  return (4n * (4n * inverseTangent(5n) - inverseTangent(239n))) / powerOfTen(5);
}

const pi = computePi(scale);
const decimalOne = decimalFromBigInt(1n);

function fixed(decimal: Decimal & { kind: 'finite' }, digits = scale): bigint {
  const power = decimal.exponent + digits;
  const magnitude = power >= 0 ? decimal.coefficient * powerOfTen(power) : decimal.coefficient / powerOfTen(Math.min(-power, 10_000));
  return decimal.isNegative ? -magnitude : magnitude;
}

function fromFixed(value: bigint): Decimal {
  return roundToDecimal128(finiteDecimal(value < 0n, value < 0n ? -value : value, -scale));
}

/** The angle between -pi and pi that is the same up to whole turns. */
function reducedAngle(decimal: Decimal & { kind: 'finite' }): bigint {
  const digits = scale + Math.max(0, decimal.exponent + 34);
  const turn = 2n * (digits === scale ? pi : computePi(digits));
  const rest = fixed(decimal, digits) % turn;
  const wrapped = rest > turn / 2n ? rest - turn : rest < -turn / 2n ? rest + turn : rest;
  return wrapped / powerOfTen(digits - scale);
}

/** Sum of x^k/k! with alternating signs over odd (`first` 1) or even (`first` 0) k. */
function alternatingSeries(x: bigint, first: 0 | 1): bigint {
  const square = product(x, x);
  let term = first === 1 ? x : one;
  let sum = term;
  for (let k = BigInt(first) + 2n; term !== 0n; k += 2n) {
    term = -product(term, square) / (k * (k - 1n));
    sum += term;
  }
  return sum;
}

/** A function of finite decimals that a tiny argument leaves as it is: there a fixed point has no digits left. */
function near(decimal: Decimal, compute: (x: Decimal & { kind: 'finite' }) => Decimal, isOddNearZero = true): Decimal {
  if (decimal.kind !== 'finite') return decimalNaN;
  const isTiny = decimal.coefficient === 0n || decimal.exponent + decimal.coefficient.toString().length < -18;
  return isTiny && isOddNearZero ? decimal : compute(decimal);
}

export const sine = (x: Decimal): Decimal => near(x, (angle) => fromFixed(alternatingSeries(reducedAngle(angle), 1)));
export const cosine = (x: Decimal): Decimal => near(x, (angle) => fromFixed(alternatingSeries(reducedAngle(angle), 0)), false);
export const tangent = (x: Decimal): Decimal =>
  near(x, (angle) => {
    const reduced = reducedAngle(angle);
    return fromFixed(quotient(alternatingSeries(reduced, 1), alternatingSeries(reduced, 0)));
  });

/** The arc tangent of a fixed-point number; halved angles make the series short. */
function fixedArcTangent(x: bigint): bigint {
  if (x < 0n) return -fixedArcTangent(-x);
  if (x > one) return pi / 2n - fixedArcTangent(quotient(one, x));
  if (x > one / 8n) return 2n * fixedArcTangent(quotient(x, one + squareRoot(one + product(x, x))));
  const square = product(x, x);
  let power = x;
  let sum = x;
  for (let k = 3n; power !== 0n; k += 2n) {
    power = -product(power, square);
    sum += power / k;
  }
  return sum;
}

function squareRoot(x: bigint): bigint {
  const value = x * one;
  if (value === 0n) return 0n;
  let root = powerOfTen(Math.ceil(value.toString().length / 2));
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}

export function arcTangent(x: Decimal): Decimal {
  if (x.kind === 'infinity') return fromFixed(x.isNegative ? -pi / 2n : pi / 2n);
  return near(x, (value) => {
    const isHuge = value.exponent + value.coefficient.toString().length > scale;
    return fromFixed(isHuge ? (value.isNegative ? -pi / 2n : pi / 2n) : fixedArcTangent(fixed(value)));
  });
}

export const arcSine = (x: Decimal): Decimal =>
  near(x, (value) => {
    const sine = fixed(value);
    const cosine = squareRoot(one - product(sine, sine));
    return fromFixed(cosine === 0n ? (sine < 0n ? -pi / 2n : pi / 2n) : fixedArcTangent(quotient(sine, cosine)));
  });

export function arcCosine(x: Decimal): Decimal {
  if (x.kind !== 'finite') return decimalNaN;
  const value = fixed(x);
  const sine = squareRoot(one - product(value, value));
  return fromFixed(fixedAngle(sine, value));
}

/** The angle of the point (x, y), between -pi and pi. */
function fixedAngle(y: bigint, x: bigint): bigint {
  if (x === 0n) return y === 0n ? 0n : y < 0n ? -pi / 2n : pi / 2n;
  const angle = fixedArcTangent(quotient(y, x));
  if (x > 0n) return angle;
  return y < 0n ? angle - pi : angle + pi;
}

/** As Math.atan2, for operands of which one at least is a decimal. */
export function arcTangent2(y: RawValue, x: RawValue): Decimal {
  const [top, bottom] = [asDecimal(y), asDecimal(x)];
  if (top.kind === 'nan' || bottom.kind === 'nan') return decimalNaN;
  if (top.kind === 'infinity' || bottom.kind === 'infinity') {
    const sign = (decimal: Decimal & { kind: 'finite' | 'infinity' }): bigint => (decimal.kind === 'infinity' ? (decimal.isNegative ? -one : one) : 0n);
    const angle = fixedAngle(sign(top), bottom.kind === 'infinity' ? sign(bottom) : 0n);
    return fromFixed(top.isNegative && angle > 0n ? -angle : angle);
  }
  const shift = Math.max(top.exponent + top.coefficient.toString().length, bottom.exponent + bottom.coefficient.toString().length);
  const angle = fixedAngle(fixed({ ...top, exponent: top.exponent - shift }), fixed({ ...bottom, exponent: bottom.exponent - shift }));
  return fromFixed(angle === pi && top.isNegative ? -pi : angle);
}

const halfDecimal = divideDecimals(decimalOne, decimalFromBigInt(2n));
const halved = (x: Decimal): Decimal => multiplyDecimals(x, halfDecimal);
const negated = (x: Decimal): Decimal => subtractDecimals(decimalFromBigInt(0n), x);
const square = (x: Decimal): Decimal => multiplyDecimals(x, x);

/** Sum of x^k/k! over odd k: exact where the difference of exponentials would lose digits. */
function hyperbolicSeries(x: bigint): bigint {
  const squared = product(x, x);
  let term = x;
  let sum = x;
  for (let k = 3n; term !== 0n; k += 2n) {
    term = product(term, squared) / (k * (k - 1n));
    sum += term;
  }
  return sum;
}

function isSmall(x: Decimal & { kind: 'finite' }): boolean {
  const value = fixed(x);
  return value > -half && value < half;
}

export function hyperbolicSine(x: Decimal): Decimal {
  if (x.kind === 'infinity') return x;
  return near(x, (value) => (isSmall(value) ? fromFixed(hyperbolicSeries(fixed(value))) : halved(subtractDecimals(exponentialOfDecimal(value), exponentialOfDecimal(negated(value))))));
}

export function hyperbolicCosine(x: Decimal): Decimal {
  if (x.kind === 'infinity') return infinityDecimal(false);
  return halved(addDecimals(exponentialOfDecimal(x), exponentialOfDecimal(negated(x))));
}

export function hyperbolicTangent(x: Decimal): Decimal {
  if (x.kind === 'infinity') return x.isNegative ? negated(decimalOne) : decimalOne;
  return near(x, (value) => {
    if (value.exponent + value.coefficient.toString().length > 2) return value.isNegative ? negated(decimalOne) : decimalOne;
    return divideDecimals(hyperbolicSine(value), hyperbolicCosine(value));
  });
}

export function areaSine(x: Decimal): Decimal {
  if (x.kind === 'infinity') return x;
  return near(x, (value) => {
    const magnitude: Decimal = { ...value, isNegative: false };
    const root = squareRootOfDecimal(addDecimals(square(magnitude), decimalOne));
    // ln(1 + t) through its own series in atanh keeps the digits of a small t.
    const result = areaTangent(divideDecimals(magnitude, root));
    return value.isNegative ? negated(result) : result;
  });
}

export function areaCosine(x: Decimal): Decimal {
  if (x.kind !== 'finite') return x;
  return naturalLogarithmOfDecimal(addDecimals(x, squareRootOfDecimal(multiplyDecimals(subtractDecimals(x, decimalOne), addDecimals(x, decimalOne)))));
}

export function areaTangent(x: Decimal): Decimal {
  return near(x, (value) => {
    const fixedValue = fixed(value);
    if (fixedValue >= one || fixedValue <= -one) return infinityDecimal(value.isNegative);
    if (isSmall(value)) return fromFixed(areaTangentSeries(fixedValue));
    return halved(naturalLogarithmOfDecimal(divideDecimals(addDecimals(decimalOne, value), subtractDecimals(decimalOne, value))));
  });
}

function areaTangentSeries(x: bigint): bigint {
  const squared = product(x, x);
  let power = x;
  let sum = x;
  for (let k = 3n; power !== 0n; k += 2n) {
    power = product(power, squared);
    sum += power / k;
  }
  return sum;
}

const decimalPi = fromFixed(pi);
const straightAngle = decimalFromBigInt(180n);
export const radiansOfDegrees = (x: Decimal): Decimal => multiplyDecimals(x, divideDecimals(decimalPi, straightAngle));
export const degreesOfRadians = (x: Decimal): Decimal => multiplyDecimals(x, divideDecimals(straightAngle, decimalPi));
