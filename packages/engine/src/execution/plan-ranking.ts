// Which of several usable indexes is read. The rules stand at the head of planner.ts.
import type { CollectionEntry, ReadUnit } from '../storage/units.js';
import { scanOf, type IndexCandidate } from './index-candidate.js';

/** A candidate with fewer keys than this is worth counting: reading so many costs less than reading a wrong index. */
const countedKeys = 101;

/** How many keys the candidate's ranges hold, counted up to a small limit. */
function countKeys(candidate: IndexCandidate, unit: ReadUnit, collection: CollectionEntry): number {
  let count = 0;
  for (const range of scanOf(candidate, 'forward').ranges) {
    for (const position of unit.scanIndex(collection, candidate.index, { range })) {
      count += position.recordId > 0 ? 1 : 0;
      if (count >= countedKeys) return count;
    }
  }
  return count;
}

interface Ranked {
  readonly candidate: IndexCandidate;
  readonly keyCount: number;
  readonly givesOrder: boolean;
}

function compareRanked(a: Ranked, b: Ranked): number {
  const left = a.candidate;
  const right = b.candidate;
  return (
    Number(right.isSingle) - Number(left.isSingle) ||
    Number(right.boundedCount > 0) - Number(left.boundedCount > 0) ||
    compareCounts(a, b) ||
    right.equalityCount - left.equalityCount ||
    Number(b.givesOrder) - Number(a.givesOrder) ||
    right.boundedCount - left.boundedCount ||
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
  const ranked = candidates.map((candidate): Ranked => ({
    candidate, givesOrder: givesOrder(candidate),
    keyCount: candidate.boundedCount > 0 ? countKeys(candidate, unit, collection) : countedKeys,
  }));
  return ranked.sort(compareRanked)[0]?.candidate;
}
