// A filter with a few values (`$in`) before the sorted fields of an index: one scan per value, each in order, merged.
import { isPoint } from './interval.js';
import { keyRanges } from './key-ranges.js';
import { providedDirection, scanOf, type IndexCandidate } from './index-candidate.js';
import type { KeyField } from './index-view.js';
import type { FieldBounds, IndexScanPlan } from './plan.js';

/** MongoDB's own limit is 200 (`internalQueryMaxScansToExplode`). */
export const maxScans = 200;

function explode(bounds: readonly FieldBounds[], position: number): FieldBounds[][] {
  const field = bounds[position];
  if (field === undefined) return [[]];
  const rest = explode(bounds, position + 1);
  const intervals = field.intervals.every(isPoint) ? field.intervals.map((interval) => [interval]) : [field.intervals];
  return intervals.flatMap((alternative) => rest.map((tail) => [{ ...field, intervals: alternative }, ...tail]));
}

function scanCount(bounds: readonly FieldBounds[]): number {
  return bounds.reduce((product, { intervals }) => product * (intervals.every(isPoint) ? intervals.length : 1), 1);
}

/** The scans whose merge has the order `sort`; undefined where this index cannot give it so. */
export function explodeForSort(candidate: IndexCandidate, sort: readonly KeyField[]): IndexScanPlan[] | undefined {
  const count = scanCount(candidate.bounds);
  if (count < 2 || count > maxScans) return undefined;
  const scans: IndexScanPlan[] = [];
  for (const bounds of explode(candidate.bounds, 0)) {
    const direction = providedDirection({ view: candidate.view, bounds }, sort);
    if (direction === undefined) return undefined;
    scans.push(scanOf({ view: candidate.view, bounds, keyRanges: keyRanges(bounds) }, direction));
  }
  return scans;
}
