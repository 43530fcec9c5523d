// The floor that collections and indexes stand on: ordered bytes in a handful of tables. Two implementations: LMDB
// (snapshots and the group commit's writer) and a transaction's overlay above a snapshot.

/** LMDB's sub-databases. Few and fixed: collections and indexes are told apart by a prefix of their keys. */
export const tables = ['meta', 'catalog', 'counts', 'records', 'indexes', 'oplog', 'sessions', 'garbage'] as const;
export type Table = (typeof tables)[number];

export interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** `start <= key < end` in the order of bytes; reverse begins below `end`. */
export interface RangeQuery {
  readonly start: Buffer;
  readonly end: Buffer;
  readonly reverse: boolean;
  readonly limit: number;
}

/** A piece of a range: whole rows, at least one where there is one. */
export interface RangePage {
  readonly entries: readonly KeyValue[];
  /** Nothing of the range lies behind these entries; otherwise go on behind the last one. */
  readonly isLast: boolean;
}

/** What a counter holds: exact numbers of documents (or index entries) and bytes. */
export interface Counts {
  readonly documents: number;
  readonly bytes: number;
}

/** A consistent state of all tables. Buffers that it hands out belong to the caller. */
export interface KeyValueView {
  get(table: Table, key: Buffer): Buffer | undefined;
  /**
   * At most `limit` entries at once, and fewer where they are large: no cursor stays open, so that the tables may change between
   * two calls.
   */
  range(table: Table, query: RangeQuery): RangePage;
  /** The same number as long as the catalog table is the same, and never again; undefined where nobody counts. */
  readonly catalogState?: number;
  /** The counter of that name; zero where it was never changed. */
  counts(counter: string): Counts;
}

/** One change as the oplog tells it. */
export interface OplogChange {
  readonly op: 'i' | 'u' | 'd' | 'c' | 'n';
  readonly namespace: string;
  readonly uuid: Buffer | undefined;
  readonly o: Buffer;
  readonly o2: Buffer | undefined;
  /** The document as it was, where its collection keeps pre-images. */
  readonly before?: Buffer | undefined;
}

/**
 * Changes to a view. Callers say what was there before, so that a unit can be undone without reading twice, and claim what
 * they are about to change, so that writers outside and inside transactions meet each other.
 */
export interface KeyValueWriter extends KeyValueView {
  put(table: Table, key: Buffer, value: Buffer, before: Buffer | undefined): void;
  remove(table: Table, key: Buffer, before: Buffer): void;
  /** Adds to a counter. Sums commute, so counters never conflict. */
  addCounts(counter: string, documents: number, bytes: number): void;
  log(change: OplogChange): void;
  /** Asks for a row alone until the end of the unit or transaction; throws where an open transaction has it. */
  claim(table: Table, key: Buffer): void;
  /** Asks that nobody changes the shape of a collection (its catalog row) until the end of the unit or transaction. */
  share(catalogKey: Buffer): void;
  /** False while no transaction is open: then nothing needs to be claimed or shared. */
  readonly isContended: boolean;
}

/** The smallest key above `key`. */
export function successor(key: Buffer): Buffer {
  const next = Buffer.allocUnsafe(key.length + 1);
  key.copy(next);
  next[key.length] = 0;
  return next;
}
