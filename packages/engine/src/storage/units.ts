// What commands see of storage: units of reading and writing over collections. Three implementations stand behind it:
// a snapshot, the group commit's writer, and a transaction's overlay. A command does not know which one it has.
import type { RawDocument, RawValue } from '../bson/raw-value.js';

/** A record's place in its collection: positive, ascending in insertion order, never used twice. */
export type RecordId = number;

/** One index as it is kept in the catalog and shown by `listIndexes`. */
export interface IndexEntry {
  /** Prefix of the index's keys in the index table; unique in the data folder. */
  readonly id: number;
  readonly name: string;
  /** The key pattern, e.g. `{a: 1, b: -1}`. */
  readonly key: RawDocument;
  readonly unique: boolean;
  /** It was not unique when it was made, and its entries are as they were then (uniqueness.ts). */
  readonly becameUnique?: boolean;
  readonly sparse: boolean;
  readonly hidden: boolean;
  /** Filter of a partial index. */
  readonly partialFilterExpression?: RawDocument;
  /** TTL indexes: a document expires this long after its date. */
  readonly expireAfterSeconds?: number;
  /** Whether a document with an array on an indexed path was ever stored: bounds may then not be intersected. */
  readonly multikey: boolean;
  /** Every other option as given (collation, wildcardProjection, ...), as `listIndexes` returns it. */
  readonly options: RawDocument;
}

/** One collection, view or time-series collection as it is kept in the catalog. Immutable: a change makes a new entry. */
export interface CollectionEntry {
  /** Prefix of the collection's keys in the record table; unique in the data folder. */
  readonly id: number;
  readonly database: string;
  readonly name: string;
  /** 16 bytes, shown as `info.uuid` by `listCollections`. */
  readonly uuid: Buffer;
  readonly kind: 'collection' | 'view' | 'timeseries';
  /** The options of `create` as given, as `listCollections` returns them. */
  readonly options: RawDocument;
  readonly indexes: readonly IndexEntry[];
  /** Indexes that are not whole yet: writers keep them, nobody reads them. */
  readonly building?: readonly IndexEntry[];
}

/** Indexes that are built together, a piece at a time. */
export interface IndexesInBuild {
  /** As it was when the build began. */
  readonly collection: CollectionEntry;
  readonly indexIds: readonly number[];
}

export interface IndexBuildProgress {
  readonly isDone: boolean;
  /** Records that have been gone through. */
  readonly scanned: number;
}

/** Number of documents and their bytes, exact. */
export interface CollectionCounts {
  readonly documents: number;
  readonly bytes: number;
}

/** A record as a scan yields it. The bytes stay valid as long as the caller likes (scans copy). */
export interface StoredRecord {
  readonly recordId: RecordId;
  readonly document: RawDocument;
}

/** An entry of an index scan: where it stands (to resume after it) and the record it points to. */
export interface IndexPosition {
  /** The whole encoded key, record id included; pass it as `after` to go on behind it. */
  readonly position: Buffer;
  readonly recordId: RecordId;
  /** The key alone; longer than `maxEncodedKeyBytes` where a unique index cut it. */
  readonly encodedKey: Buffer;
  /** Of which types the key's numbers are (`bson/number-types.ts`). */
  readonly numberTypes: Buffer;
}

/** A range of encoded index keys (see `bson/key-encoding.ts`), without the index's prefix. */
export interface KeyRange {
  readonly start: Buffer;
  readonly startInclusive: boolean;
  readonly end: Buffer;
  readonly endInclusive: boolean;
}

export interface RecordScan {
  readonly reverse?: boolean;
  /** Go on behind this record. */
  readonly after?: RecordId;
  /** Whether the scan has come to that record by reading: what lies behind it must not have gone unseen. */
  readonly hasRead?: boolean;
}

export interface IndexScan {
  readonly range: KeyRange;
  readonly reverse?: boolean;
  /** Go on behind this position. */
  readonly after?: Buffer;
}

/** A consistent view of all databases. Synchronous: LMDB reads are memory reads. */
export interface ReadUnit {
  databaseNames(): string[];
  collection(database: string, name: string): CollectionEntry | undefined;
  collections(database: string): CollectionEntry[];
  /** Those of all databases that have a TTL index. */
  expiringCollections(): CollectionEntry[];
  counts(collection: CollectionEntry): CollectionCounts;
  /** Bytes that the index's entries take up. */
  indexBytes(index: IndexEntry): number;
  record(collection: CollectionEntry, recordId: RecordId): RawDocument | undefined;
  scanRecords(collection: CollectionEntry, scan?: RecordScan): Iterable<StoredRecord>;
  scanIndex(collection: CollectionEntry, index: IndexEntry, scan: IndexScan): Iterable<IndexPosition>;
  /** The record whose `_id` equals this value, by the `_id_` index. */
  recordIdOf(collection: CollectionEntry, id: RawValue): RecordId | undefined;
}

/** Everything of a ReadUnit, and changes. All of a unit's changes are kept or none; a throw in the unit's work undoes them. */
export interface WriteUnit extends ReadUnit {
  createCollection(database: string, name: string, options: RawDocument, kind?: CollectionEntry['kind']): CollectionEntry;
  dropCollection(collection: CollectionEntry): void;
  /** Drops every collection of the database. */
  dropDatabase(database: string): void;
  /** `replaced`: the collection that has the new name now, and is dropped. */
  renameCollection(collection: CollectionEntry, database: string, name: string, replaced?: CollectionEntry): CollectionEntry;
  /** Replaces the options (`collMod`). */
  setCollectionOptions(collection: CollectionEntry, options: RawDocument): CollectionEntry;
  /** Adds the index to the catalog and fills it from the records; throws DuplicateKey where a unique one cannot be. */
  createIndex(collection: CollectionEntry, index: Omit<IndexEntry, 'id' | 'multikey'>): CollectionEntry;
  /** Adds indexes that are still empty and that nobody reads before they are whole; see `continueIndexBuild`. */
  beginIndexBuild(collection: CollectionEntry, indexes: readonly Omit<IndexEntry, 'id' | 'multikey'>[]): IndexesInBuild;
  /**
   * Goes on for about `budget_ms`; the last piece makes the indexes ready. Throws DuplicateKey where a unique one cannot be, and
   * IndexBuildAborted where the collection was dropped or renamed: then, and after any other error, `abandonIndexBuild`.
   */
  continueIndexBuild(build: IndexesInBuild, budget_ms: number): IndexBuildProgress;
  /** Removes what there is of the indexes. */
  abandonIndexBuild(build: IndexesInBuild): void;
  dropIndex(collection: CollectionEntry, name: string): CollectionEntry;
  /** Replaces the catalog's entry of an index (hidden, expireAfterSeconds, ...), not its contents. */
  setIndex(collection: CollectionEntry, index: IndexEntry): CollectionEntry;
  /** Stores a document that has its `_id` first; throws DuplicateKey (11000) with `keyPattern` and `keyValue`. */
  insert(collection: CollectionEntry, document: RawDocument): RecordId;
  /** `difference`: what changed, as the oplog tells it; without it the oplog tells the whole new document. */
  replace(collection: CollectionEntry, recordId: RecordId, before: RawDocument, after: RawDocument, difference?: RawDocument): void;
  remove(collection: CollectionEntry, recordId: RecordId, document: RawDocument): void;
  /** An entry of the oplog that changes nothing (`op: "n"`). */
  note(message: RawDocument): void;
}

/** What is there now, outside a transaction: for one look without a pause. Later looks see what was written meanwhile. */
export interface Snapshot extends ReadUnit {
  close(): void;
}

/** The whole of one data folder. */
export interface Storage {
  openSnapshot(): Snapshot;
  /**
   * Runs `work` in the next batch and resolves when that is durable; others may read it a little earlier. `work` is synchronous, sees all earlier
   * writes, and is undone alone when it throws. It may run again when a transaction holds a record that it wants to write;
   * `checkInterrupt` is asked while it waits for that transaction, and ends the wait by throwing.
   */
  write<T>(work: (unit: WriteUnit) => T, checkInterrupt?: () => void): Promise<T>;
  /** Resolves when everything that can be read now is on disk; rejects with InternalError where the disk failed. */
  durable(): Promise<void>;
  close(): Promise<void>;
}
