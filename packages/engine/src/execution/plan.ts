// A query plan as data: what the planner decides, the stages run and explain prints.
// Source: the manual's "Explain Results" for the names of the stages.
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import type { Matcher } from '../query/match/matcher.js';
import type { Projection } from '../query/projection/projection.js';
import type { SortOrder } from '../query/sort.js';
import type { IndexEntry, KeyRange, RecordId } from '../storage/units.js';
import type { WildcardView } from './index-view.js';
import type { IntervalList } from './interval.js';
import type { KeyDocuments } from './key-documents.js';

export type Direction = 'forward' | 'backward';

/** Bounds of one field of an index, in the order of the index's key pattern. */
export interface FieldBounds {
  readonly path: string;
  readonly descending: boolean;
  /** The field is hashed: it is bounded by single values, and gives no order. */
  readonly isHashed?: boolean;
  /** No document has an array there, whatever the index's other fields have. */
  readonly isNeverArray?: boolean;
  /** Ascending in value, whatever the direction. */
  readonly intervals: IntervalList;
}

export interface IndexScanPlan {
  readonly stage: 'IXSCAN';
  readonly index: IndexEntry;
  /** Its keys may be parts of arrays. */
  readonly multikey: boolean;
  /** Where the index is a wildcard index. */
  readonly wildcard?: WildcardView;
  readonly bounds: readonly FieldBounds[];
  /** The same as ranges of keys, in the index's order. */
  readonly ranges: readonly KeyRange[];
  readonly direction: Direction;
  /** Documents are made of the index's keys, as far as they are asked for: there is no FETCH above. */
  readonly fromKeys?: { readonly documents: KeyDocuments; readonly filter: Matcher | undefined };
}

/** `PROJECTION_COVERED`: of fields of an index alone. */
export type ProjectionStage = 'PROJECTION_DEFAULT' | 'PROJECTION_SIMPLE' | 'PROJECTION_COVERED';

export type PlanNode =
  | { readonly stage: 'EOF' }
  /** The number of the collection's documents, for a pipeline that asks for nothing else: `{count: ...}`. */
  | { readonly stage: 'RECORD_STORE_FAST_COUNT' }
  /** `after`: a forward scan begins behind this record. */
  | { readonly stage: 'COLLSCAN'; readonly direction: Direction; readonly filter: Matcher | undefined; readonly after?: RecordId }
  /** The `_id` index with one value; `EXPRESS_IXSCAN` where the filter is nothing else. */
  | { readonly stage: 'IDHACK' | 'EXPRESS_IXSCAN'; readonly id: RawValue; readonly filter: Matcher | undefined }
  | IndexScanPlan
  /** Counts index keys without reading documents: bounds say all that the filter says. */
  | { readonly stage: 'COUNT_SCAN'; readonly scan: IndexScanPlan }
  | {
      /** One row for each value of a field of the index. */
      readonly stage: 'DISTINCT_SCAN';
      readonly scan: IndexScanPlan;
      /** Which of the index's fields. */
      readonly field: number;
      /** Makes documents of the field alone; undefined: somebody fetches them. */
      readonly documents: KeyDocuments | undefined;
      /** Documents without the field have a row too. */
      readonly isMissingKept: boolean;
    }
  /** A filter that is nothing but alternatives: each was planned by itself. */
  | { readonly stage: 'SUBPLAN'; readonly input: PlanNode }
  | { readonly stage: 'FETCH'; readonly input: PlanNode; readonly filter: Matcher | undefined }
  | { readonly stage: 'OR'; readonly inputs: readonly PlanNode[] }
  | {
      readonly stage: 'SORT';
      readonly input: PlanNode;
      readonly order: SortOrder;
      readonly pattern: RawDocument;
      /** Keeps no more than this many; undefined: all. */
      readonly limit: number | undefined;
      readonly memoryLimit_bytes: number;
    }
  /** Inputs that each come in this order already; the result does as well. */
  | { readonly stage: 'SORT_MERGE'; readonly inputs: readonly PlanNode[]; readonly order: SortOrder; readonly pattern: RawDocument }
  | { readonly stage: 'SKIP'; readonly input: PlanNode; readonly count: number }
  | { readonly stage: 'LIMIT'; readonly input: PlanNode; readonly count: number }
  | {
      readonly stage: ProjectionStage;
      readonly input: PlanNode;
      readonly projection: Projection;
      readonly specification: RawDocument;
      /** Finds the array index that a positional projection needs. */
      readonly matcher: Matcher;
    }
  /** In place of each document: the key of the index that it was found by. */
  | { readonly stage: 'RETURN_KEY'; readonly input: PlanNode }
  /** Adds `$recordId`. */
  | { readonly stage: 'RECORD_ID'; readonly input: PlanNode };

export type StageName = PlanNode['stage'];

/** The plans that feed this one. */
export function inputsOf(plan: PlanNode): readonly PlanNode[] {
  switch (plan.stage) {
    case 'EOF':
    case 'RECORD_STORE_FAST_COUNT':
    case 'COLLSCAN':
    case 'IDHACK':
    case 'EXPRESS_IXSCAN':
    case 'IXSCAN':
    case 'COUNT_SCAN':
    case 'DISTINCT_SCAN':
      return [];
    case 'OR':
    case 'SORT_MERGE':
      return plan.inputs;
    case 'SUBPLAN':
    case 'FETCH':
    case 'SORT':
    case 'SKIP':
    case 'LIMIT':
    case 'PROJECTION_DEFAULT':
    case 'PROJECTION_SIMPLE':
    case 'PROJECTION_COVERED':
    case 'RETURN_KEY':
    case 'RECORD_ID':
      return [plan.input];
  }
}
