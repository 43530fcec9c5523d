// Ranges of values for one field of an index, in MongoDB's order: how they intersect, unite and print.
// Source: the manual's "Explain Results" (`indexBounds`) and "Multikey Index Bounds".
import { compareValues } from '../bson/compare.js';
import type { RawValue } from '../bson/raw-value.js';
import { maxKeyValue, minKeyValue } from '../bson/values.js';

/** Values between `low` and `high`; never empty (see `intersect`). */
export interface Interval {
  readonly low: RawValue;
  readonly lowInclusive: boolean;
  readonly high: RawValue;
  readonly highInclusive: boolean;
}

/** Ascending, without overlap. An empty list matches nothing. */
export type IntervalList = readonly Interval[];

/** `[MinKey, MaxKey]`: any value. */
export const everything: Interval = { low: minKeyValue, lowInclusive: true, high: maxKeyValue, highInclusive: true };

export function point(value: RawValue): Interval {
  return { low: value, lowInclusive: true, high: value, highInclusive: true };
}

export function isPoint(interval: Interval): boolean {
  return interval.lowInclusive && interval.highInclusive && compareValues(interval.low, interval.high) === 0;
}

export function isEverything(intervals: IntervalList): boolean {
  const only = intervals[0];
  return intervals.length === 1 && only !== undefined && only.low.type === minKeyValue.type && only.high.type === maxKeyValue.type;
}

function compareLow(a: Interval, b: Interval): number {
  const order = compareValues(a.low, b.low);
  if (order !== 0) return order;
  return Number(b.lowInclusive) - Number(a.lowInclusive);
}

function compareHigh(a: Interval, b: Interval): number {
  const order = compareValues(a.high, b.high);
  if (order !== 0) return order;
  return Number(a.highInclusive) - Number(b.highInclusive);
}

function isEmpty(interval: Interval): boolean {
  const order = compareValues(interval.low, interval.high);
  return order > 0 || (order === 0 && !(interval.lowInclusive && interval.highInclusive));
}

/** The values that are in both lists. */
export function intersect(a: IntervalList, b: IntervalList): Interval[] {
  const result: Interval[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i]!;
    const right = b[j]!;
    const low = compareLow(left, right) >= 0 ? left : right;
    const high = compareHigh(left, right) <= 0 ? left : right;
    const both = { low: low.low, lowInclusive: low.lowInclusive, high: high.high, highInclusive: high.highInclusive };
    if (!isEmpty(both)) result.push(both);
    if (high === left) i += 1;
    else j += 1;
  }
  return result;
}

/** Whether `b`, which does not begin before `a`, overlaps or touches it, so that both are one interval. */
function joins(a: Interval, b: Interval): boolean {
  const order = compareValues(a.high, b.low);
  return order > 0 || (order === 0 && (a.highInclusive || b.lowInclusive));
}

/** The values of all these intervals, sorted and joined where they overlap. */
export function unite(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter((interval) => !isEmpty(interval)).sort(compareLow);
  const result: Interval[] = [];
  for (const interval of sorted) {
    const last = result.at(-1);
    if (last === undefined || !joins(last, interval)) {
      result.push(interval);
    } else if (compareHigh(last, interval) < 0) {
      result[result.length - 1] = { ...last, high: interval.high, highInclusive: interval.highInclusive };
    }
  }
  return result;
}

/** Everything that is not in the list. */
export function complement(intervals: IntervalList): Interval[] {
  const result: Interval[] = [];
  let low = everything.low;
  let lowInclusive = true;
  for (const interval of intervals) {
    result.push({ low, lowInclusive, high: interval.low, highInclusive: !interval.lowInclusive });
    low = interval.high;
    lowInclusive = !interval.highInclusive;
  }
  result.push({ low, lowInclusive, high: everything.high, highInclusive: true });
  return result.filter((interval) => !isEmpty(interval));
}

/** Whether every value of `inner` is one of `outer`. */
export function isWithin(inner: IntervalList, outer: IntervalList): boolean {
  return inner.every((small) => outer.some((large) => compareLow(large, small) <= 0 && compareHigh(large, small) >= 0));
}
