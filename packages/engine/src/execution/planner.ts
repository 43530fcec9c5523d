// Chooses how a filter and a sort are answered. By rule, in this order: a unique index with every field fixed; the index
// whose ranges hold the fewest keys, where one of them holds few; more fields with fixed values; an index that gives the
// sort's order; more bounded fields; a partial index; fewer fields. Without a usable index the collection is read.
import type { Collation } from '../bson/collation.js';
import { BsonType } from '../bson/types.js';
import type { RawDocument } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';
import type { FilterNode } from '../query/filter-node.js';
import type { Matcher } from '../query/match/matcher.js';
import type { SortOrder } from '../query/sort.js';
import type { CollectionEntry, IndexEntry, ReadUnit } from '../storage/units.js';
import { isCollationFree } from './bounds.js';
import { hintedIndex, type Hint } from './hint.js';
import { rangeCandidate, type IndexRange } from './index-range-plan.js';
import { point } from './interval.js';
import { indexCandidate, isPromising, providedDirection, scanOf, type IndexCandidate } from './index-candidate.js';
import { indexFits, isComplete } from './index-fitness.js';
import { allowsIndex } from './allowed-index.js';
import type { IndexFilter } from './index-filters.js';
import { indexedTexts } from './indexed-texts.js';
import { keyFields, type KeyField } from './index-view.js';
import { conjuncts } from './partial-index.js';
import type { Direction, IndexScanPlan, PlanNode } from './plan.js';
import { chooseCandidate } from './plan-ranking.js';
import { explodeForSort } from './sort-merge-plan.js';
import { viewsOf } from './wildcard-views.js';

export interface PlanRequest {
  readonly matcher: Matcher;
  readonly sort: { readonly order: SortOrder; readonly pattern: RawDocument } | undefined;
  readonly hint: Hint | undefined;
  /** Only between these keys of the hinted index. */
  readonly range?: IndexRange | undefined;
  readonly collation: Collation | undefined;
  /** Only its indexes are looked at, and a hint is not followed. */
  readonly indexFilter?: IndexFilter | undefined;
  /** How many rows are wanted at most, skipped ones included: a sort keeps no more. */
  readonly rowLimit: number | undefined;
  readonly sortMemory_bytes: number;
}

export interface PlannedQuery {
  readonly winning: PlanNode;
  /** Plans that were not taken: nobody but explain asks for them. */
  readonly rejected: () => readonly PlanNode[];
}

/** There was nothing to choose from. */
export const noOthers = (): readonly PlanNode[] => [];

interface PlanningInput extends PlanRequest {
  readonly unit: ReadUnit;
  readonly collection: CollectionEntry;
  readonly sortFields: readonly KeyField[];
}

/** The filter to check after a fetch: none where everything matches. */
export function recheckFilter(matcher: Matcher): Matcher | undefined {
  const { node } = matcher;
  const matchesAll = (node.kind === 'always' && node.matches) || (node.kind === 'and' && node.children.length === 0);
  return matchesAll ? undefined : matcher;
}

function sorted(plan: PlanNode, input: PlanningInput): PlanNode {
  if (input.sort === undefined) return plan;
  return {
    stage: 'SORT', input: plan, order: input.sort.order, pattern: input.sort.pattern, limit: input.rowLimit,
    memoryLimit_bytes: input.sortMemory_bytes,
  };
}

function collectionScan(input: PlanningInput, direction: 'forward' | 'backward' = 'forward'): PlanNode {
  return sorted({ stage: 'COLLSCAN', direction, filter: recheckFilter(input.matcher) }, input);
}

/** The plan of one candidate: scan, fetch, and a sort where the index does not give the order. */
function candidatePlan(candidate: IndexCandidate, input: PlanningInput): PlanNode {
  // Bounds that say all that the filter says need no second look.
  const filter = candidate.isExact ? undefined : recheckFilter(input.matcher);
  const direction = input.sort === undefined ? 'forward' : orderDirection(candidate, input);
  if (direction !== undefined) return { stage: 'FETCH', input: scanOf(candidate, direction), filter };
  const merged = input.sort === undefined || indexedTexts(candidate.index, input.collation).kind !== 'simple' ? undefined : explodeForSort(candidate, input.sortFields);
  if (merged !== undefined && input.sort !== undefined) {
    const inputs = merged.map((scan): PlanNode => ({ stage: 'FETCH', input: scan, filter }));
    return { stage: 'SORT_MERGE', inputs, order: input.sort.order, pattern: input.sort.pattern };
  }
  return sorted({ stage: 'FETCH', input: scanOf(candidate, 'forward'), filter }, input);
}

/** A partial index holds what its filter matches by simple comparison: to a query with a collation that says nothing. */
function isUsable(index: IndexEntry, filter: FilterNode, { collation, indexFilter }: PlanningInput): boolean {
  if (indexFilter !== undefined && !allowsIndex(indexFilter, index)) return false;
  return index.partialFilterExpression === undefined || (collation === undefined && indexFits(index, filter));
}

function usableIndexes(input: PlanningInput, filter: FilterNode): IndexEntry[] {
  const conditions = conjuncts(filter);
  return input.collection.indexes.filter((index) => !index.hidden && isPromising(index, conditions, input.sortFields) && isUsable(index, filter, input));
}

function candidatesOf(index: IndexEntry, filter: FilterNode, { unit, collection, collation }: PlanningInput): IndexCandidate[] {
  return viewsOf(unit, collection, index, conjuncts(filter)).map((view) => indexCandidate(view, filter, collation));
}

function candidatesFor(input: PlanningInput, filter: FilterNode): IndexCandidate[] {
  return usableIndexes(input, filter)
    .flatMap((index) => candidatesOf(index, filter, input))
    .filter((candidate) => isComplete(candidate, filter));
}

/** The direction in which the index gives the query's order; its order is that of simple comparison, or none. */
function orderDirection(candidate: IndexCandidate, input: PlanningInput): Direction | undefined {
  return indexedTexts(candidate.index, input.collation).kind === 'simple' ? providedDirection(candidate, input.sortFields) : undefined;
}

function givesOrder(candidate: IndexCandidate, input: PlanningInput): boolean {
  return input.sort !== undefined && orderDirection(candidate, input) !== undefined;
}

/** The best index for each branch; undefined where one has none. */
function branchCandidates(input: PlanningInput, branches: readonly FilterNode[]): IndexCandidate[] | undefined {
  const chosen: IndexCandidate[] = [];
  for (const branch of branches) {
    const candidates = candidatesFor(input, branch).filter(({ boundedCount }) => boundedCount > 0);
    const best = chooseCandidate(candidates, input.unit, input.collection, (candidate) => givesOrder(candidate, input));
    if (best === undefined) return undefined;
    chosen.push(best);
  }
  return chosen;
}

/** Scans that each come in the order of the sort; undefined where one of the indexes cannot give it. */
function orderedScans(candidates: readonly IndexCandidate[], input: PlanningInput): IndexScanPlan[] | undefined {
  const scans: IndexScanPlan[] = [];
  for (const candidate of candidates) {
    const direction = orderDirection(candidate, input);
    const merged = direction === undefined && indexedTexts(candidate.index, input.collation).kind === 'simple' ? explodeForSort(candidate, input.sortFields) : undefined;
    if (direction === undefined && merged === undefined) return undefined;
    scans.push(...(merged ?? [scanOf(candidate, direction!)]));
  }
  return scans;
}

/** An `$or` whose branches each have an index: their union, in the order that is asked for where all of them give it. */
function unionPlan(input: PlanningInput): PlanNode | undefined {
  const branches = conjuncts(input.matcher.node).find((node) => node.kind === 'or');
  if (branches?.kind !== 'or') return undefined;
  const chosen = branchCandidates(input, branches.children);
  if (chosen === undefined) return undefined;
  const filter = recheckFilter(input.matcher);
  const ordered = input.sort === undefined ? undefined : orderedScans(chosen, input);
  if (ordered !== undefined && input.sort !== undefined) {
    const inputs = ordered.map((scan): PlanNode => ({ stage: 'FETCH', input: scan, filter }));
    return { stage: 'SORT_MERGE', inputs, order: input.sort.order, pattern: input.sort.pattern };
  }
  const inputs = chosen.map((candidate): PlanNode => scanOf(candidate, 'forward'));
  return sorted({ stage: 'FETCH', input: { stage: 'OR', inputs }, filter }, input);
}

/** Whether the filter is nothing but alternatives, each of which is planned by itself. */
export function isRootedOr({ matcher, hint, range }: Pick<PlanRequest, 'matcher' | 'hint' | 'range'>): boolean {
  return matcher.node.kind === 'or' && hint === undefined && range === undefined;
}

/** The hinted index between two of its keys. */
function rangePlan(range: IndexRange, input: PlanningInput): PlanNode {
  const { hint, collection } = input;
  if (hint === undefined) throw new CommandError(51173, 'When using min()/max() a hint of which index to use must be provided');
  if (hint.kind === 'natural') throw new CommandError('BadValue', 'min and max are incompatible with the hint $natural');
  return candidatePlan(rangeCandidate(range, hintedIndex(hint, collection)), input);
}

function hintedPlan(hint: Hint, input: PlanningInput): PlanNode {
  if (hint.kind === 'natural') return collectionScan(input, hint.direction);
  const { collection, matcher, unit } = input;
  const index = hintedIndex(hint, collection);
  // A wildcard index may have nothing to say on the filter.
  const candidates = isUsable(index, matcher.node, input) ? candidatesOf(index, matcher.node, input) : [];
  const chosen = chooseCandidate(candidates, unit, collection, (candidate) => givesOrder(candidate, input));
  if (chosen === undefined) {
    const namespace = `${collection.database}.${collection.name}`;
    throw new CommandError('NoQueryExecutionPlans', `error processing query: ns=${namespace} planner returned error :: caused by :: No query solutions`);
  }
  return candidatePlan(chosen, input);
}

/** Types that no `_id` has, and those that compare in their own way under a collation. */
const notIdTypes: ReadonlySet<BsonType> = new Set([BsonType.array, BsonType.regex, BsonType.undefined, BsonType.null]);

/** A filter of nothing but `_id` equal to one value, which compares alike under the query's collation. */
function idLookup({ matcher, collation }: PlanRequest, { kind }: CollectionEntry): PlanNode | undefined {
  // Time series have no such index.
  if (kind !== 'collection') return undefined;
  const { node } = matcher;
  const only = node.kind === 'and' && node.children.length === 1 ? node.children[0]! : node;
  if (only.kind !== 'comparison' || only.path !== '_id' || only.operator !== '$eq') return undefined;
  if (notIdTypes.has(only.value.type) || (collation !== undefined && !isCollationFree([point(only.value)]))) return undefined;
  return { stage: 'EXPRESS_IXSCAN', id: only.value, filter: undefined };
}

function planningInput(unit: ReadUnit, collection: CollectionEntry, request: PlanRequest): PlanningInput {
  const { matcher, sort, hint, range, collation, indexFilter, rowLimit, sortMemory_bytes } = request;
  const sortFields = sort === undefined ? [] : keyFields(sort.pattern);
  // Field by field: a spread of this size costs more than planning by `_id`.
  return { matcher, sort, hint, range, collation, indexFilter, rowLimit, sortMemory_bytes, unit, collection, sortFields };
}

/** The plan that the rules choose of all that the indexes offer. */
function chosenPlan(input: PlanningInput): PlannedQuery {
  const { unit, collection, matcher } = input;
  const candidates = candidatesFor(input, matcher.node).filter((candidate) => candidate.boundedCount > 0 || givesOrder(candidate, input));
  if (candidates.some(({ bounds }) => bounds.some(({ intervals }) => intervals.length === 0))) return { winning: { stage: 'EOF' }, rejected: noOthers };
  const chosen = chooseCandidate(candidates, unit, collection, (candidate) => givesOrder(candidate, input));
  const union = chosen === undefined || chosen.boundedCount === 0 ? unionPlan(input) : undefined;
  if (chosen === undefined) return { winning: union ?? collectionScan(input), rejected: noOthers };
  const others = (): PlanNode[] => candidates.filter((candidate) => candidate !== chosen || union !== undefined).map((candidate) => candidatePlan(candidate, input));
  return { winning: union ?? candidatePlan(chosen, input), rejected: candidates.length === 1 && union === undefined ? noOthers : others };
}

/** Plans a query on one collection. Throws where a hint cannot be followed. */
export function planQuery(unit: ReadUnit, collection: CollectionEntry, request: PlanRequest): PlannedQuery {
  const { matcher: { node }, hint, range, indexFilter } = request;
  const lookup = hint === undefined && range === undefined ? idLookup(request, collection) : undefined;
  if (lookup !== undefined) return { winning: lookup, rejected: noOthers };
  const input = planningInput(unit, collection, request);
  if (range !== undefined) return { winning: rangePlan(range, input), rejected: noOthers };
  if (node.kind === 'always' && !node.matches) return { winning: { stage: 'EOF' }, rejected: noOthers };
  if (hint !== undefined && indexFilter === undefined) return { winning: hintedPlan(hint, input), rejected: noOthers };
  return chosenPlan(input);
}

/** As `planQuery`, for callers that need no more than the number of matching documents. */
export function planCount(unit: ReadUnit, collection: CollectionEntry, request: PlanRequest): PlannedQuery {
  const planned = planQuery(unit, collection, request);
  const { winning } = planned;
  if (winning.stage !== 'FETCH' || winning.input.stage !== 'IXSCAN') return planned;
  const scan = winning.input;
  return winning.filter === undefined ? { winning: { stage: 'COUNT_SCAN', scan }, rejected: planned.rejected } : planned;
}
