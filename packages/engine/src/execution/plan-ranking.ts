// Which of several usable indexes is read. The rules stand at the head of planner.ts.
import type { CollectionEntry, ReadUnit } from '../storage/units.js';
import type { IndexCandidate } from './index-candidate.js';

/** A candidate with fewer keys than this is worth counting: reading so many costs less than reading a wrong index. */
export const countedKeys = 101;

/** The positions of a candidate's keys, one after the other. */
function* keysOf(candidate: IndexCandidate, unit: ReadUnit, collection: CollectionEntry): Generator<true> {
  for (const range of candidate.keyRanges.ranges) {
    const positions = unit.scanIndex(collection, candidate.index, { range })[Symbol.iterator]();
    while (positions.next().done !== true) yield true;
  }
}

/**
 * How many keys the ranges of each candidate hold, counted up to a small limit. All are counted side by side: where one of them has few,
 * no more is asked of the others than whether they have more than twice as many, which decides however the order is weighed.
 */
function countKeys(candidates: readonly IndexCandidate[], unit: ReadUnit, collection: CollectionEntry): number[] {
  const counts = candidates.map(() => 0);
  const running = new Map(candidates.map((candidate, place) => [place, keysOf(candidate, unit, collection)]));
  let limit = countedKeys;
  for (let count = 1; count <= limit && running.size > 0; count += 1) {
    for (const [place, keys] of running) {
      if (keys.next().done === true) {
        running.delete(place);
        limit = Math.min(limit, 2 * count);
      } else {
        counts[place] = count;
      }
    }
  }
  for (const keys of running.values()) keys.return(undefined);
  return counts;
}

interface Ranked {
  readonly candidate: IndexCandidate;
  readonly keyCount: number;
  readonly givesOrder: boolean;
}

function isPartial({ index }: IndexCandidate): boolean {
  return index.partialFilterExpression !== undefined;
}

function compareRanked(a: Ranked, b: Ranked): number {
  const left = a.candidate;
  const right = b.candidate;
  return (
    Number(right.isSingle) - Number(left.isSingle) ||
    compareCounts(a, b) ||
    right.equalityCount - left.equalityCount ||
    Number(b.givesOrder) - Number(a.givesOrder) ||
    right.boundedCount - left.boundedCount ||
    // What a partial index leaves out need not be read.
    Number(isPartial(right)) - Number(isPartial(left)) ||
    left.bounds.length - right.bounds.length
  );
}

/** Fewer keys first, where at least one of the two was counted to its end; a sort saved is worth as many keys again. */
function compareCounts(a: Ranked, b: Ranked): number {
  if (a.keyCount >= countedKeys && b.keyCount >= countedKeys) return 0;
  const cost = ({ keyCount, givesOrder }: Ranked): number => (givesOrder ? keyCount : keyCount * 2);
  return cost(a) - cost(b);
}

/** The best candidate by the rules, or undefined where there is none. */
export function chooseCandidate(
  candidates: readonly IndexCandidate[],
  unit: ReadUnit,
  collection: CollectionEntry,
  givesOrder: (candidate: IndexCandidate) => boolean,
): IndexCandidate | undefined {
  if (candidates.length <= 1) return candidates[0];
  const single = candidates.find(({ isSingle }) => isSingle);
  if (single !== undefined) return single;
  // What is bounded goes before what only gives the order.
  const bounded = candidates.filter(({ boundedCount }) => boundedCount > 0);
  if (bounded.length === 1) return bounded[0];
  const counts = countKeys(bounded, unit, collection);
  const compared = bounded.length === 0 ? candidates : bounded;
  const ranked = compared.map((candidate, place): Ranked => ({ candidate, givesOrder: givesOrder(candidate), keyCount: counts[place] ?? countedKeys }));
  return ranked.sort(compareRanked)[0]?.candidate;
}
