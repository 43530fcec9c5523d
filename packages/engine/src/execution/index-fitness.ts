// Whether an index holds every document that a filter may match: partial and sparse ones leave documents out.
// Source: the manual's "Partial Indexes" and "Sparse Indexes".
import type { FilterNode } from '../query/filter-node.js';
import { compileFilter } from '../query/match/compile-filter.js';
import type { IndexEntry } from '../storage/units.js';
import type { IndexCandidate } from './index-candidate.js';
import { constantEnvironment } from './environment.js';
import { isWithin, point, type IntervalList } from './interval.js';
import { nullValue } from '../bson/values.js';
import { conjuncts, implies } from './partial-index.js';

const partialFilters = new WeakMap<IndexEntry, FilterNode>();

function partialFilterOf(index: IndexEntry): FilterNode | undefined {
  if (index.partialFilterExpression === undefined) return undefined;
  let node = partialFilters.get(index);
  if (node === undefined) {
    node = compileFilter(index.partialFilterExpression, constantEnvironment).node;
    partialFilters.set(index, node);
  }
  return node;
}

/** Whether the filter implies the index's partial filter. */
export function indexFits(index: IndexEntry, filter: FilterNode): boolean {
  const partial = partialFilterOf(index);
  return partial === undefined || implies(filter, partial);
}

function holdsNull(intervals: IntervalList): boolean {
  return isWithin([point(nullValue)], intervals);
}

/** The condition is that the field is there. */
export function requiresField(condition: FilterNode, path: string): boolean {
  return condition.kind === 'exists' && condition.exists && condition.path === path;
}

/**
 * Whether a sparse index, which leaves out documents with none of its fields, holds all that match: some field must be
 * bounded to values that a missing field does not have.
 */
export function isComplete(candidate: IndexCandidate, filter: FilterNode): boolean {
  if (!candidate.index.sparse) return true;
  const conditions = conjuncts(filter);
  return candidate.bounds.some(({ path, intervals }) => !holdsNull(intervals) || conditions.some((condition) => requiresField(condition, path)));
}
