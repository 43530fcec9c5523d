// Decimals as text, by the rules of the BSON specification's decimal128 document ("To String" and "From String").
import { decimalNaN, digitCount, finiteDecimal, infinityDecimal, maxDigits, maxExponent, minExponent, roundToDecimal128, type Decimal } from './decimal.js';

const number = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$/;
const infinity = /^([+-]?)inf(inity)?$/i;

/** The decimal that a text means, rounded half-even where it has more than 34 digits; undefined where it is not a number. */
export function parseDecimal(text: string): Decimal | undefined {
  if (/^[+-]?nan$/i.test(text)) return decimalNaN;
  const infinite = infinity.exec(text);
  if (infinite !== null) return infinityDecimal(infinite[1] === '-');
  const match = number.exec(text);
  if (match === null) return undefined;
  const [, sign, digits, power] = match;
  const point = digits!.indexOf('.');
  const fraction = point < 0 ? 0 : digits!.length - point - 1;
  const exponent = Math.max(-1e9, Math.min(1e9, Number(power ?? '0'))) - fraction;
  return roundToDecimal128(bounded(sign === '-', BigInt(digits!.replace('.', '')), exponent));
}

/** Keeps exponents that are out of every range from asking for gigantic powers. */
function bounded(isNegative: boolean, coefficient: bigint, exponent: number): Decimal {
  if (coefficient === 0n) return finiteDecimal(isNegative, 0n, Math.max(minExponent, Math.min(maxExponent, exponent)));
  const magnitude = exponent + digitCount(coefficient);
  if (magnitude > maxExponent + maxDigits) return infinityDecimal(isNegative);
  if (magnitude < minExponent) return finiteDecimal(isNegative, 0n, minExponent);
  return finiteDecimal(isNegative, coefficient, exponent);
}

/** `1.5`, `1E+3`, `-0.00`, `NaN`, `Infinity` */
export function formatDecimal(decimal: Decimal): string {
  if (decimal.kind === 'nan') return 'NaN';
  const sign = decimal.isNegative ? '-' : '';
  if (decimal.kind === 'infinity') return `${sign}Infinity`;
  const digits = decimal.coefficient.toString();
  const scientific = decimal.exponent + digits.length - 1;
  if (decimal.exponent > 0 || scientific < -6) return `${sign}${scientificText(digits, scientific)}`;
  if (decimal.exponent === 0) return `${sign}${digits}`;
  const padded = digits.padStart(1 - decimal.exponent, '0');
  const point = padded.length + decimal.exponent;
  return `${sign}${padded.slice(0, point)}.${padded.slice(point)}`;
}

function scientificText(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits[0]!}${fraction}E${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}
