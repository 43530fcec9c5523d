// The LMDB environment of a data folder: one file, one table per kind of row, durable synchronous commits.
import { open, type Database, type RootDatabase, type Transaction } from 'lmdb';
import { decodeCounts } from './counters.js';
import { tables, type Counts, type KeyValue, type KeyValueView, type RangePage, type RangeQuery, type Table } from './key-value.js';

type Binary = Database<Buffer, Buffer>;

/** Address space, not disk: the file grows with what is in it. */
const mapSize_bytes = 2 ** 40;
const maxReaders = 2_000;
/** A page of a range ends behind this many bytes of values: a page of the largest documents would not fit into memory. */
const maxPageBytes = 2 * 1024 * 1024;

/** A loop copies so little faster than a call does. */
const smallValueBytes = 64;

/** What lmdb has and its types leave out. */
interface SizedDatabase {
  /** Set with each `getBinaryFast`. */
  readonly lastSize: number;
  getBinaryFast(key: Buffer, options?: { readonly transaction: Transaction }): Buffer | undefined;
}

/** LMDB itself refused a change: the transaction that it was part of is lost. */
export class StorageFault extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'StorageFault';
  }
}

export class LmdbEnvironment {
  /** Counts the states of the catalog table; see KeyValueView. */
  catalogState = 1;
  private readonly tables: Readonly<Record<Table, Binary>>;

  private constructor(private readonly root: RootDatabase<Buffer, Buffer>) {
    const encoding = { encoding: 'binary', keyEncoding: 'binary' } as const;
    this.tables = Object.fromEntries(tables.map((name) => [name, root.openDB<Buffer, Buffer>({ name, ...encoding })])) as Record<
      Table,
      Binary
    >;
  }

  static open(file: string): LmdbEnvironment {
    // Without overlappingSync a synchronous transaction returns when its pages are on disk.
    const root = open<Buffer, Buffer>({
      path: file,
      noSubdir: true,
      overlappingSync: false,
      maxDbs: tables.length + 1,
      maxReaders,
      mapSize: mapSize_bytes,
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    return new LmdbEnvironment(root);
  }

  /**
   * Runs `work` in one durable transaction; a throw undoes everything. Not to be nested: lmdb's child transactions leave
   * the next reads a thousand times slower, so units of a batch are undone from their own journal (see LmdbWriter).
   */
  commit(work: () => void): void {
    try {
      this.root.transactionSync(work);
    } catch (error) {
      // What the catalog was within the failed transaction is not what it is now.
      this.catalogState += 1;
      throw error;
    }
  }

  get(table: Table, key: Buffer, transaction?: Transaction): Buffer | undefined {
    const store = this.tables[table] as unknown as SizedDatabase;
    const found = transaction === undefined ? store.getBinaryFast(key) : store.getBinaryFast(key, { transaction });
    if (found === undefined) return undefined;
    // The bytes are lmdb's own reused buffer, or its memory map: copy them out before anything else happens.
    const size = store.lastSize;
    const copy = Buffer.allocUnsafe(size);
    if (size > smallValueBytes) copy.set(new Uint8Array(found.buffer, found.byteOffset, size));
    else for (let i = 0; i < size; i += 1) copy[i] = found[i]!;
    return copy;
  }

  range(table: Table, query: RangeQuery, transaction?: Transaction): RangePage {
    const { start, end, limit } = query;
    const bounds = query.reverse
      ? { start: end, exclusiveStart: true, end: start, inclusiveEnd: true, reverse: true, limit }
      : { start, end, limit };
    const entries: KeyValue[] = [];
    const options = transaction === undefined ? bounds : { ...bounds, transaction };
    let bytes = 0;
    for (const entry of this.tables[table].getRange(options)) {
      entries.push(entry);
      bytes += entry.value.length;
      if (bytes >= maxPageBytes) return { entries, isLast: false };
    }
    return { entries, isLast: entries.length < limit };
  }

  /** Within `commit` only. */
  put(table: Table, key: Buffer, value: Buffer): void {
    if (table === 'catalog') this.catalogState += 1;
    try {
      this.tables[table].putSync(key, value);
    } catch (error) {
      throw new StorageFault(error);
    }
  }

  /** Within `commit` only. */
  remove(table: Table, key: Buffer): void {
    if (table === 'catalog') this.catalogState += 1;
    try {
      this.tables[table].removeSync(key);
    } catch (error) {
      throw new StorageFault(error);
    }
  }

  /** A view of the last commit; `done()` it. */
  pin(): Transaction {
    return this.root.useReadTransaction();
  }

  /** A copy of the whole environment as of now, while reads and writes go on. */
  async copyTo(file: string): Promise<void> {
    await this.root.backup(file, true);
  }

  /** Bytes of the file up to its last page in use. */
  fileBytes(): number {
    const statistics = this.root.getStats() as { readonly root: { readonly pageSize: number }; readonly lastPageNumber: number };
    return (statistics.lastPageNumber + 1) * statistics.root.pageSize;
  }

  async close(): Promise<void> {
    await this.root.close();
  }
}

/** The state of the last commit as it was when the view was opened. */
export class PinnedView implements KeyValueView {
  readonly catalogState: number;
  private readonly transaction: Transaction;
  private isOpen = true;

  constructor(private readonly environment: LmdbEnvironment) {
    this.transaction = environment.pin();
    // No commit is half done here: what the catalog is now is what it is in the view.
    this.catalogState = environment.catalogState;
  }

  get(table: Table, key: Buffer): Buffer | undefined {
    this.assertOpen();
    return this.environment.get(table, key, this.transaction);
  }

  range(table: Table, query: RangeQuery): RangePage {
    this.assertOpen();
    return this.environment.range(table, query, this.transaction);
  }

  counts(counter: string): Counts {
    return decodeCounts(this.get('counts', Buffer.from(counter, 'latin1')));
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.transaction.done();
  }

  /** lmdb would crash the process on a finished transaction; a throw names the mistake. */
  private assertOpen(): void {
    if (!this.isOpen) throw new Error('the snapshot was closed before this read');
  }
}
