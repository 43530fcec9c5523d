// A read of one collection, compiled and planned: filter, sort, skip, limit, projection. What `find`, `count`, `distinct`,
// and the head of `aggregate` have in common.
import { ElementReader } from '../../bson/reader.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { emptyDocument } from '../../bson/writer.js';
import type { CommandContext } from '../../dispatch/context.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { compileFilter } from '../../query/match/compile-filter.js';
import type { Matcher } from '../../query/match/matcher.js';
import { compileProjection } from '../../query/projection/compile-projection.js';
import type { Projection } from '../../query/projection/projection.js';
import { compileSort, type SortOrder } from '../../query/sort.js';
import type { CollectionEntry, ReadUnit } from '../../storage/units.js';
import type { Hint } from '../hint.js';
import type { IndexRange } from '../index-range-plan.js';
import type { IndexFilters } from '../index-filters.js';
import type { IndexUsage } from '../index-usage.js';
import { covered } from '../key-coverage.js';
import type { PlanNode } from '../plan.js';
import { boundedByTime } from './oplog-bounds.js';
import { isRootedOr, noOthers, planCount, planQuery, type PlannedQuery, type PlanRequest } from '../planner.js';

/** What a blocking sort may hold, and what it may hold where the command says `allowDiskUse: true`. */
export const sortMemory_bytes = 100 * 1024 * 1024;
const generousSortMemory_bytes = 1024 * 1024 * 1024;

export interface ReadOptions {
  readonly filter?: RawDocument | undefined;
  readonly projection?: RawDocument | undefined;
  readonly sort?: RawDocument | undefined;
  readonly hint?: Hint | undefined;
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
  readonly allowDiskUse?: boolean | undefined;
  /** Only between these keys of the hinted index. */
  readonly range?: IndexRange | undefined;
  readonly returnKey?: boolean | undefined;
  readonly showRecordId?: boolean | undefined;
  /** Where the indexes that are read are counted; none: nowhere. */
  readonly indexUsage?: IndexUsage | undefined;
  /** Which indexes may be looked at; none: all. */
  readonly indexFilters?: IndexFilters | undefined;
}

export interface ReadQuery {
  readonly matcher: Matcher;
  readonly filter: RawDocument;
  readonly sort: { readonly order: SortOrder; readonly pattern: RawDocument } | undefined;
  readonly projection: { readonly compiled: Projection; readonly specification: RawDocument } | undefined;
  readonly hint: Hint | undefined;
  readonly skip: number;
  /** undefined: all. */
  readonly limit: number | undefined;
  readonly allowDiskUse: boolean;
  readonly range: IndexRange | undefined;
  readonly returnKey: boolean;
  readonly showRecordId: boolean;
  readonly environment: QueryEnvironment;
  readonly indexUsage: IndexUsage | undefined;
  readonly indexFilters: IndexFilters | undefined;
}

function isEmpty(document: RawDocument | undefined): boolean {
  return document === undefined || document.length === emptyDocument.length;
}

/** `{$natural: ±1}` as a sort is the same as the hint. */
function naturalSort(sort: RawDocument | undefined): Hint | undefined {
  if (sort === undefined) return undefined;
  const reader = ElementReader.of(documentValue(sort));
  if (!reader.next() || reader.name() !== '$natural') return undefined;
  return { kind: 'natural', direction: (reader.value().number() ?? 1) < 0 ? 'backward' : 'forward' };
}

/** Compiles everything that may be wrong with a read before any collection is looked at. */
export function compileRead(options: ReadOptions, environment: QueryEnvironment): ReadQuery {
  const filter = options.filter ?? emptyDocument;
  const natural = naturalSort(options.sort);
  const { sort, projection } = options;
  return {
    matcher: compileFilter(filter, environment),
    filter, environment,
    sort: sort === undefined || isEmpty(sort) || natural !== undefined ? undefined : { order: compileSort(sort, environment), pattern: sort },
    projection: projection === undefined || isEmpty(projection)
      ? undefined
      : { compiled: compileProjection(projection, environment), specification: projection },
    hint: options.hint ?? natural,
    skip: options.skip ?? 0,
    limit: options.limit === 0 ? undefined : options.limit,
    allowDiskUse: options.allowDiskUse ?? false,
    range: options.range,
    returnKey: options.returnKey ?? false,
    showRecordId: options.showRecordId ?? false,
    indexUsage: options.indexUsage,
    indexFilters: options.indexFilters,
  };
}

/** What planning looks up and notes, of the command's services. */
export function planningServices({ services: { indexUsage, indexFilters } }: CommandContext): Pick<ReadOptions, 'indexUsage' | 'indexFilters'> {
  return { indexUsage, indexFilters };
}

export function planRequest(query: ReadQuery, collection: CollectionEntry): PlanRequest {
  const { matcher, sort, hint, range, environment, limit, skip, allowDiskUse } = query;
  return {
    matcher, sort, hint, range,
    indexFilter: query.indexFilters?.of(collection, query),
    collation: environment.collation,
    rowLimit: limit === undefined ? undefined : limit + skip,
    sortMemory_bytes: allowDiskUse ? generousSortMemory_bytes : sortMemory_bytes,
  };
}

/** The plan without documents, where the projection asks for fields of an index alone. */
function coveredPlan(plan: PlanNode, { projection, returnKey }: ReadQuery): PlanNode | undefined {
  if (projection?.compiled.dependencies === undefined || projection.compiled.needsArrayIndex || returnKey) return undefined;
  return covered(plan, new Set(projection.compiled.dependencies));
}

/** Skip, limit and projection on top of what finds and orders the documents. */
export function shaped(plan: PlanNode, query: ReadQuery): PlanNode {
  const fromKeys = coveredPlan(plan, query);
  let result = fromKeys ?? plan;
  if (query.skip > 0) result = { stage: 'SKIP', input: result, count: query.skip };
  // A look-up by _id has one row at most.
  if (query.limit !== undefined && result.stage !== 'EXPRESS_IXSCAN') result = { stage: 'LIMIT', input: result, count: query.limit };
  if (query.returnKey) result = { stage: 'RETURN_KEY', input: result };
  else if (query.projection !== undefined) {
    const { compiled, specification } = query.projection;
    const isSimple = compiled.dependencies !== undefined && !compiled.needsArrayIndex;
    const stage = fromKeys !== undefined ? 'PROJECTION_COVERED' : isSimple ? 'PROJECTION_SIMPLE' : 'PROJECTION_DEFAULT';
    result = { stage, input: result, projection: compiled, specification, matcher: query.matcher };
  }
  // A key has no room for another field.
  if (query.showRecordId && !query.returnKey) result = { stage: 'RECORD_ID', input: result };
  return result;
}

/** Counts a use of the indexes that the plan reads. */
export function noteUse(plan: PlanNode, { indexes }: CollectionEntry, { indexUsage }: ReadQuery): void {
  indexUsage?.note(plan, indexes.find(({ name }) => name === '_id_'));
}

/** The plan of the whole read. A collection that does not exist has no documents. */
export function planRead(unit: ReadUnit, collection: CollectionEntry | undefined, query: ReadQuery): PlannedQuery {
  if (collection === undefined) return { winning: { stage: 'EOF' }, rejected: noOthers };
  const { winning, rejected } = planQuery(unit, collection, planRequest(query, collection));
  noteUse(winning, collection, query);
  return { winning: subplanned(shaped(boundedByTime(winning, collection, query.matcher), query), query), rejected: rejectedShaped(rejected, query) };
}

function rejectedShaped(rejected: PlannedQuery['rejected'], query: ReadQuery): PlannedQuery['rejected'] {
  return rejected === noOthers ? noOthers : () => rejected().map((plan) => subplanned(shaped(plan, query), query));
}

/** A filter of alternatives alone is said to have been planned so. */
function subplanned(plan: PlanNode, query: ReadQuery): PlanNode {
  return isRootedOr(query) ? { stage: 'SUBPLAN', input: plan } : plan;
}

/** The plan that counts the read's documents. */
export function planReadCount(unit: ReadUnit, collection: CollectionEntry | undefined, query: ReadQuery): PlannedQuery {
  if (collection === undefined) return { winning: { stage: 'EOF' }, rejected: noOthers };
  const { winning, rejected } = planCount(unit, collection, planRequest(query, collection));
  noteUse(winning, collection, query);
  return { winning: subplanned(shaped(covered(winning, new Set()) ?? winning, query), query), rejected: rejectedShaped(rejected, query) };
}
