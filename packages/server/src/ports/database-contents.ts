// What is in one MongoDB database, for whoever copies it (R4.4, R3.5). Documents go through as the bytes that they are stored in, so that
// nothing about them changes. Every method throws TransientFailure or PermanentFailure, as those of the cluster do; every change is idempotent.

export type ContentKind = 'collection' | 'view' | 'time_series';

/** A collection or a view, as the cluster describes it. What is in `options` and `indexes` is MongoDB's own, values with their types. */
export interface ContentDescription {
  readonly name: string;
  readonly kind: ContentKind;
  readonly isCapped: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  /** All but the one on `_id`. */
  readonly indexes: readonly Readonly<Record<string, unknown>>[];
}

/** Which collection is meant, as far as reading it depends on that. */
export type ContentPlace = Pick<ContentDescription, 'name' | 'kind' | 'isCapped'>;

/**
 * How a collection is copied. Document by document, in the order of `_id`; or in one piece, while nobody writes to it: of a capped one the order of
 * insertion counts, in which there is no place to go on from; measurements of a time series need no `_id`, and show up in no change stream (manual, "Time
 * Series Limitations").
 */
export const collectionForms = ['plain', 'capped', 'time_series'] as const;
export type CollectionForm = (typeof collectionForms)[number];

export function formOf({ kind, isCapped }: Pick<ContentDescription, 'kind' | 'isCapped'>): CollectionForm {
  if (kind === 'time_series') return 'time_series';
  return isCapped ? 'capped' : 'plain';
}

/** Documents in the order they were read, each as its bytes. */
export type DocumentBatch = readonly Uint8Array[];

/**
 * What documents a collection holds: the hash is SHA-256 over their bytes, in the order of `_id`, of a capped collection in that of their insertion. Of
 * a time series neither the order of measurements nor that of their fields counts: MongoDB keeps neither.
 */
export interface ContentFingerprint {
  readonly documents: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** A place in the history of a database. */
export type ChangePosition =
  | { readonly kind: 'time'; readonly seconds: number; readonly ordinal: number }
  /** Right behind a change. */
  | { readonly kind: 'token'; readonly token: string };

/** One change, as it is to be made elsewhere. `id` is a document with nothing but the `_id`. */
export type ContentChange =
  | { readonly kind: 'replace'; readonly collection: string; readonly id: Uint8Array; readonly document: Uint8Array }
  | { readonly kind: 'delete'; readonly collection: string; readonly id: Uint8Array }
  | { readonly kind: 'create'; readonly collection: string }
  | { readonly kind: 'drop'; readonly collection: string }
  | { readonly kind: 'rename'; readonly collection: string; readonly to: string }
  | { readonly kind: 'fence'; readonly fence: string }
  /** Indexes or options: whoever copies them does so at the end. */
  | { readonly kind: 'definition'; readonly collection: string };

export interface ContentChanges {
  readonly changes: readonly ContentChange[];
  /** Where to go on behind them. */
  readonly position: ChangePosition;
}

/** One document: `id` is a document with nothing but its `_id`. */
export interface DocumentName {
  readonly collection: string;
  readonly id: Uint8Array;
}

/** Which documents have changed, without what they are. */
export interface ContentTouches {
  readonly documents: readonly DocumentName[];
  /** Collections that were made, dropped, or got another name. */
  readonly collections: readonly string[];
  readonly fences: readonly string[];
  readonly position: ChangePosition;
}

/** That a document is to be compared. */
export interface Mark extends DocumentName {
  readonly key: string;
  /** How often it has been marked: whoever takes it away takes away no later one. */
  readonly times: number;
}

/** PermanentFailure code: the history does not go back so far any more. */
export const historyLost = 'HISTORY_LOST';
/** PermanentFailure code: a document of the copy has the key of another one in a unique index. */
export const uniqueKeyTaken = 'UNIQUE_KEY_TAKEN';

export interface DatabaseContents {
  /** In the order of their names; system collections and our own marks aside. With a name: that one alone, if it is there. */
  list(name?: string): Promise<readonly ContentDescription[]>;
  /** Makes the collection or view with its options, not its indexes; one that is there stays as it is. */
  create(description: ContentDescription): Promise<void>;
  /** Makes options that can be changed, and indexes, those of the description: what is missing is made, what is too much is dropped. */
  settle(description: ContentDescription): Promise<void>;
  /** One that is not there is no error. */
  drop(name: string): Promise<void>;
  /** Takes the place of what has the other name. One that is not there is no error. */
  rename(name: string, to: string): Promise<void>;
  /**
   * All documents, a bounded batch at a time, the next one being fetched meanwhile: in the order of `_id`, of all its types, from `from` (a
   * document with nothing but an `_id`) on; of a capped collection in the order of insertion, of a time series in any, from the beginning.
   * Sees everything that was acknowledged before it began.
   */
  read(place: ContentPlace, from: Uint8Array | null, signal: AbortSignal): AsyncIterable<DocumentBatch>;
  /** A document with nothing but the `_id` of this one: where to go on reading. */
  idOf(document: Uint8Array): Uint8Array;
  /** Writes them, without validation; those whose `_id` is there already stay as they are. How many were new. */
  insert(name: string, documents: DocumentBatch): Promise<number>;
  /** Makes the changes of documents in their order, without validation. A unique index that stands in the way (the order of others is not known yet) is dropped. */
  apply(changes: readonly Extract<ContentChange, { readonly kind: 'replace' | 'delete' }>[]): Promise<void>;
  fingerprint(place: ContentPlace, signal: AbortSignal): Promise<ContentFingerprint>;
  /** SHA-256 over the bytes of those of these documents that are there, by `keyOf` their ids. */
  digests(collection: string, ids: readonly Uint8Array[]): Promise<ReadonlyMap<string, string>>;
  /** How many documents a collection has, and their bytes, as the cluster counts them: after a crash that may be a little off (manual, "collStats"). */
  measure(name: string): Promise<{ readonly documents: number; readonly bytes: number }>;
  /** The present. */
  position(): Promise<ChangePosition>;
  /** The changes after a position, a bounded batch at a time; an empty one when there are none for a moment. PermanentFailure `HISTORY_LOST`. Whoever takes no more ends it. */
  changes(after: ChangePosition, signal: AbortSignal): AsyncIterable<ContentChanges>;
  /** The same without the documents; what is written about marks is left out. */
  touches(after: ChangePosition, signal: AbortSignal): AsyncIterable<ContentTouches>;
  /** Writes a fence that shows up among the changes: whatever was acknowledged before comes before it. */
  fence(name: string): Promise<void>;
  /** Writes down, beside the data, that these documents are to be compared. */
  mark(documents: readonly DocumentName[]): Promise<void>;
  /** The marks behind this key, in the order of their keys, so many at most. */
  marks(after: string | null, limit: number): Promise<readonly Mark[]>;
  /** Takes marks away; not where the document has been marked again since. */
  unmark(marks: readonly Mark[]): Promise<void>;
  /** Takes all fences and marks away. */
  dropMarks(): Promise<void>;
}

/** An id as the key of a map: its bytes as text. */
export function keyOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
}
