import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareValues } from '../bson/compare.js';
import type { RawValue } from '../bson/raw-value.js';
import { int32Value } from '../bson/values.js';
import { complement, intersect, isWithin, unite, type Interval } from './interval.js';

const interval = fc.record({ low: fc.integer({ min: 0, max: 6 }).map(int32Value), lowInclusive: fc.boolean(), high: fc.integer({ min: 0, max: 6 }).map(int32Value), highInclusive: fc.boolean() });
const list = fc.array(interval, { maxLength: 4 }).map(unite);

function holds(intervals: readonly Interval[], value: RawValue): boolean {
  return intervals.some(({ low, lowInclusive, high, highInclusive }) => {
    const above = compareValues(value, low);
    const below = compareValues(value, high);
    return (above > 0 || (above === 0 && lowInclusive)) && (below < 0 || (below === 0 && highInclusive));
  });
}

const values = Array.from({ length: 7 }, (_, i) => int32Value(i));

describe('interval lists', () => {
  it('hold in their intersection what both hold', () => {
    fc.assert(fc.property(list, list, (a, b) => values.every((value) => holds(intersect(a, b), value) === (holds(a, value) && holds(b, value)))));
  });

  it('hold in their union what one of them holds', () => {
    fc.assert(fc.property(list, list, (a, b) => values.every((value) => holds(unite([...a, ...b]), value) === (holds(a, value) || holds(b, value)))));
  });

  it('hold in their complement what they do not hold', () => {
    fc.assert(fc.property(list, (a) => values.every((value) => holds(complement(a), value) !== holds(a, value))));
  });

  it('are within another list only where that holds all they hold', () => {
    fc.assert(fc.property(list, list, (a, b) => !isWithin(a, b) || values.every((value) => !holds(a, value) || holds(b, value))));
  });
});

describe('unite', () => {
  it('joins what touches', () => {
    const [one, two] = [int32Value(1), int32Value(2)];
    expect(unite([
      { low: one, lowInclusive: true, high: two, highInclusive: false },
      { low: two, lowInclusive: true, high: two, highInclusive: true },
    ])).toHaveLength(1);
  });
});
