// What is in one MongoDB database, for whoever copies it (R4.4, R3.5). Documents go through as the bytes that they are stored in, so that
// nothing about them changes. Every method throws TransientFailure or PermanentFailure, as those of the cluster do; every change is idempotent.

export const contentKinds = ['collection', 'view', 'time_series'] as const;
export type ContentKind = (typeof contentKinds)[number];

/** A collection or a view, as the cluster describes it. What is in `options` and `indexes` is MongoDB's own, values with their types. */
export interface ContentDescription {
  readonly name: string;
  readonly kind: ContentKind;
  readonly isCapped: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  /** All but the one on `_id`. */
  readonly indexes: readonly Readonly<Record<string, unknown>>[];
}

/** Documents in the order they were read, each as its bytes. */
export type DocumentBatch = readonly Uint8Array[];

/** What documents a collection holds: the hash is SHA-256 over their bytes, in the order of `_id`, of a capped collection in that of their insertion. */
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

/** PermanentFailure code: the history does not go back so far any more. */
export const historyLost = 'HISTORY_LOST';
/** PermanentFailure code: a document of the copy has the key of another one in a unique index. */
export const uniqueKeyTaken = 'UNIQUE_KEY_TAKEN';

export interface DatabaseContents {
  /** In the order of their names; system collections and our own fences aside. */
  list(): Promise<readonly ContentDescription[]>;
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
   * document with nothing but an `_id`) on; of a capped collection in the order of insertion, from the beginning. Sees everything that
   * was acknowledged before it began.
   */
  read(description: Pick<ContentDescription, 'name' | 'isCapped'>, from: Uint8Array | null, signal: AbortSignal): AsyncIterable<DocumentBatch>;
  /** A document with nothing but the `_id` of this one: where to go on reading. */
  idOf(document: Uint8Array): Uint8Array;
  /** Writes them, without validation; those whose `_id` is there already stay as they are. How many were new. */
  insert(name: string, documents: DocumentBatch): Promise<number>;
  /** Makes the changes of documents in their order, without validation. A unique index that stands in the way (the order of others is not known yet) is dropped. */
  apply(changes: readonly Extract<ContentChange, { readonly kind: 'replace' | 'delete' }>[]): Promise<void>;
  fingerprint(description: Pick<ContentDescription, 'name' | 'isCapped'>, signal: AbortSignal): Promise<ContentFingerprint>;
  /** The present. */
  position(): Promise<ChangePosition>;
  /** The changes after a position, a bounded batch at a time; an empty one when there are none for a moment. PermanentFailure `HISTORY_LOST`. Whoever takes no more ends it. */
  changes(after: ChangePosition, signal: AbortSignal): AsyncIterable<ContentChanges>;
  /** Writes a mark that shows up among the changes: whatever was acknowledged before comes before it. */
  fence(name: string): Promise<void>;
  /** Takes all marks away. */
  dropFences(): Promise<void>;
}
