// The rounding of $bucketAuto's boundaries: preferred number series and powers of two.
// Source: the manual's "$bucketAuto", "Granularity", and ISO 3 (R series) and IEC 60063 (E series) that it refers to.
import { CommandError } from '../../errors.js';

export interface Granularity {
  /** The nearest member above the number. */
  above(number: number): number;
  /** The nearest member below the number. */
  below(number: number): number;
}

const r80 = [
  1.0, 1.03, 1.06, 1.09, 1.12, 1.15, 1.18, 1.22, 1.25, 1.28, 1.32, 1.36, 1.4, 1.45, 1.5, 1.55, 1.6, 1.65, 1.7, 1.75, 1.8, 1.85, 1.9, 1.95, 2.0, 2.06, 2.12,
  2.18, 2.24, 2.3, 2.36, 2.43, 2.5, 2.58, 2.65, 2.72, 2.8, 2.9, 3.0, 3.07, 3.15, 3.25, 3.35, 3.45, 3.55, 3.65, 3.75, 3.87, 4.0, 4.12, 4.25, 4.37, 4.5, 4.62,
  4.75, 4.87, 5.0, 5.15, 5.3, 5.45, 5.6, 5.8, 6.0, 6.15, 6.3, 6.5, 6.7, 6.9, 7.1, 7.3, 7.5, 7.75, 8.0, 8.25, 8.5, 8.75, 9.0, 9.25, 9.5, 9.75,
];
const e24 = [1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1];

const everyNth = (members: readonly number[], step: number): readonly number[] => members.filter((_, index) => index % step === 0);

/** The finer E series are the geometric steps rounded to two places, but for one that the standard gives as 9.20. */
function fineSeries(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => Number((10 ** (index / count)).toFixed(2))).map((member) => (member === 9.19 ? 9.2 : member));
}

const series: Readonly<Record<string, readonly number[]>> = {
  R5: everyNth(r80, 16),
  R10: everyNth(r80, 8),
  R20: everyNth(r80, 4),
  R40: everyNth(r80, 2),
  R80: r80,
  '1-2-5': [1, 2, 5],
  E6: everyNth(e24, 4),
  E12: everyNth(e24, 2),
  E24: e24,
  E48: fineSeries(48),
  E96: fineSeries(96),
  E192: fineSeries(192),
};

export function granularityNamed(name: string): Granularity {
  if (name === 'POWERSOF2') return powersOfTwo;
  const members = Object.hasOwn(series, name) ? series[name] : undefined;
  if (members === undefined) throw new CommandError(40257, `Unknown rounding granularity '${name}'`);
  return preferredNumbers(members);
}

const powersOfTwo: Granularity = {
  above: (number) => (number === 0 ? 0 : 2 ** (Math.floor(Math.log2(number)) + 1)),
  below: (number) => (number === 0 ? 0 : 2 ** (Math.ceil(Math.log2(number)) - 1)),
};

function preferredNumbers(members: readonly number[]): Granularity {
  const candidates = (number: number): readonly number[] => {
    const power = Math.floor(Math.log10(number));
    return [power - 1, power, power + 1].flatMap((exponent) => members.map((member) => Number(`${member}e${exponent}`)));
  };
  return {
    above: (number) => (number === 0 ? 0 : candidates(number).find((candidate) => candidate > number)!),
    below: (number) => (number === 0 ? 0 : candidates(number).findLast((candidate) => candidate < number)!),
  };
}
