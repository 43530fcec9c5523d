// The contract of a compiled update: operators, a replacement, or a pipeline.
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import type { Matcher } from '../match/matcher.js';

export interface UpdateInput {
  readonly document: RawValue;
  /** Index that the positional `$` stands for, from the matcher. */
  readonly arrayIndex: number | undefined;
  /** True while the update makes the document of an upsert (`$setOnInsert` applies). */
  readonly isInsert: boolean;
}

export interface Update {
  readonly kind: 'operators' | 'replacement' | 'pipeline';
  /** Whether the filter's array index is wanted (`$` occurs in a path). */
  readonly needsArrayIndex: boolean;
  /**
   * The updated document (with `_id` first), or undefined where nothing changes. Throws CommandError with MongoDB's code;
   * nothing is half-applied, since the input is never changed.
   */
  apply(input: UpdateInput): RawDocument | undefined;
  /** What `apply` changed, as the oplog tells it; undefined: as the whole new document (see difference.ts). */
  difference(before: RawDocument, after: RawDocument): RawDocument | undefined;
  /** The document that an upsert inserts: equality parts of the filter, then the update; with an `_id`. */
  upsertDocument(filter: Matcher): RawDocument;
}
