// Where one document for each value of a field is all that is asked for, an index of that field can pass over the others.
// Source: the manual's "distinct", "Index Use", and "$group", "Optimization to Return the First Document of Each Group".
import type { CollectionEntry, IndexEntry } from '../storage/units.js';
import { indexCandidate, providedDirection, type IndexCandidate, scanOf } from './index-candidate.js';
import { allowsIndex } from './allowed-index.js';
import { indexFits, isComplete } from './index-fitness.js';
import { keyFields, plainView, wildcardPattern } from './index-view.js';
import { isEverything, isPoint } from './interval.js';
import { indexedTexts } from './indexed-texts.js';
import { hintedIndex } from './hint.js';
import { KeyDocuments } from './key-documents.js';
import type { PlanNode } from './plan.js';
import type { PlanRequest } from './planner.js';

export interface DistinctRequest extends Pick<PlanRequest, 'matcher' | 'sort' | 'hint' | 'range' | 'collation' | 'indexFilter'> {
  readonly path: string;
  /** A document without the field counts as well: as one of null. */
  readonly isMissingKept: boolean;
  /** The documents are asked for whole; otherwise the field alone. */
  readonly isWhole: boolean;
}

/** Values of the field follow one another in the index, and the bounds say all that the filter says. */
function isSuitable({ bounds, isExact }: IndexCandidate, field: number): boolean {
  if (!isExact || bounds[field]!.isHashed === true) return false;
  return bounds.every(({ intervals }, position) => {
    if (position < field) return intervals.length === 1 && isPoint(intervals[0]!);
    return position === field || isEverything(intervals);
  });
}

function distinctScan(index: IndexEntry, request: DistinctRequest): PlanNode | undefined {
  const { path, matcher, collation, sort, isMissingKept, isWhole } = request;
  if (index.multikey || wildcardPattern(index) !== undefined || indexedTexts(index, collation).kind !== 'simple' || !indexFits(index, matcher.node)) return undefined;
  const view = plainView(index);
  const field = view.fields.findIndex((each) => each.path === path);
  if (field === -1) return undefined;
  const candidate = indexCandidate(view, matcher.node, collation);
  if (!isComplete(candidate, matcher.node) || !isSuitable(candidate, field)) return undefined;
  const direction = sort === undefined ? 'forward' : providedDirection(candidate, keyFields(sort.pattern));
  const documents = isWhole ? undefined : KeyDocuments.of(candidate.bounds, new Set([path]));
  if (direction === undefined || (documents === undefined && !isWhole)) return undefined;
  const scan: PlanNode = { stage: 'DISTINCT_SCAN', scan: scanOf(candidate, direction), field, documents, isMissingKept };
  return isWhole ? { stage: 'FETCH', input: scan, filter: undefined } : scan;
}

/** A plan of one document for each value; undefined where no index gives it. */
export function planDistinct(collection: CollectionEntry, request: DistinctRequest): PlanNode | undefined {
  const { hint, range, collation, indexFilter } = request;
  if (range !== undefined || hint?.kind === 'natural' || collation !== undefined) return undefined;
  const isAllowed = (index: IndexEntry): boolean => !index.hidden && (indexFilter === undefined || allowsIndex(indexFilter, index));
  const indexes = hint === undefined || indexFilter !== undefined ? collection.indexes.filter(isAllowed) : [hintedIndex(hint, collection)];
  let best: PlanNode | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const index of indexes) {
    const { length } = plainView(index).fields;
    const plan = length < fewest ? distinctScan(index, request) : undefined;
    if (plan === undefined) continue;
    best = plan;
    fewest = length;
  }
  return best;
}
