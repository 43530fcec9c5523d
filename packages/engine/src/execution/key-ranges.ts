// From bounds per field to ranges of encoded index keys, in the index's order.
import { encodeEverything, encodeRange, prefixSuccessor, type EncodedInterval, type EncodedRange } from '../bson/key-bounds.js';
import { encodeValue, type Direction } from '../bson/key-encoding.js';
import type { RawValue } from '../bson/raw-value.js';
import type { KeyRange } from '../storage/units.js';
import { everything, isEverything, isPoint, type Interval } from './interval.js';
import type { FieldBounds } from './plan.js';

/** So many ranges a scan may have; beyond it, later fields of the index are left to the filter. */
const maxRangesPerScan = 10_000;

const beforeEverything = Buffer.alloc(0);
const behindEverything = Buffer.from([0xff, 0xff]);

/** The place before the value, or right behind it, in a field of this direction. */
function edge(value: RawValue, isBefore: boolean, direction: Direction): Buffer {
  const encoded = encodeValue(value, direction);
  return isBefore ? encoded : prefixSuccessor(encoded);
}

function encodeInterval(interval: Interval, direction: Direction): EncodedInterval {
  if (isEverything([interval])) return encodeEverything(direction);
  if (direction === 1) {
    return { start: edge(interval.low, interval.lowInclusive, 1), end: edge(interval.high, !interval.highInclusive, 1) };
  }
  return { start: edge(interval.high, interval.highInclusive, -1), end: edge(interval.low, !interval.lowInclusive, -1) };
}

/** How many fields lead up to the last one whose intervals shape the ranges: all before it have points alone. */
function shapingFields(bounds: readonly FieldBounds[]): number {
  let product = 1;
  for (const [position, { intervals }] of bounds.entries()) {
    product *= intervals.length;
    if (product > maxRangesPerScan) return position;
    if (!intervals.every(isPoint)) return position + 1;
  }
  return bounds.length;
}

export interface KeyRanges {
  readonly ranges: readonly KeyRange[];
  /** Whether the ranges hold exactly the keys that the bounds describe. */
  readonly isExact: boolean;
  /** How many leading fields the ranges bound. */
  readonly fieldCount: number;
}

/** All ranges to scan for these bounds, ascending as the index's keys are. */
export function keyRanges(bounds: readonly FieldBounds[]): KeyRanges {
  const fieldCount = shapingFields(bounds);
  let prefixes: EncodedRange[] = [{ start: beforeEverything, end: behindEverything, isExact: true }];
  for (const { intervals, descending } of bounds.slice(0, fieldCount)) {
    const direction: Direction = descending ? -1 : 1;
    const encoded = intervals.map((interval) => encodeInterval(interval, direction));
    if (descending) encoded.reverse();
    prefixes = prefixes.flatMap((prefix) => encoded.map((interval) => encodeRange(prefix.start, interval)));
  }
  const ranges = prefixes.map(({ start, end }) => ({ start, startInclusive: true, end, endInclusive: false }));
  const isExact = prefixes.every((range) => range.isExact) && bounds.slice(fieldCount).every(({ intervals }) => isEverything(intervals));
  return { ranges, isExact, fieldCount };
}

/** Every key of the index. */
export const everyKey: KeyRange = { start: beforeEverything, startInclusive: true, end: behindEverything, endInclusive: false };

/** Bounds that say nothing. */
export const unbounded: readonly Interval[] = [everything];
