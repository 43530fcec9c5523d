// The LMDB environment of a data folder: one file, one table per kind of row.
import { open, type Database, type RootDatabase, type Transaction } from 'lmdb';
import { tables, type KeyValue, type RangePage, type RangeQuery, type Table } from './key-value.js';
import { decodeChanges } from './log/change-buffer.js';

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

/** What notes every change of a row, so that it can be done again. */
export interface ChangeRecorder {
  put(table: Table, key: Buffer, value: Buffer): void;
  remove(table: Table, key: Buffer): void;
}

/** LMDB keeps the pages of its state until `done`. */
export interface Pin {
  done(): void;
}

type Store = RootDatabase<Buffer, Buffer>;
type Tables = Readonly<Record<Table, Binary>>;

/**
 * One write transaction is always open: everybody reads its state and the group commit changes it in place, without writing pages
 * for each batch. `turn` commits it, not durably, and begins the next; what makes that safe is in log/durability.ts.
 */
export class LmdbEnvironment {
  /** Counts the states of the catalog table; see KeyValueView. */
  catalogState = 1;
  /** Rows that were changed since the last turn, and the bytes written for them. */
  changes = 0;
  changedBytes = 0;
  turns = 0;
  /** A batch is half done: it must not be committed as it is. */
  private isInBatch = false;
  private readonly tables: Tables;
  private readonly pinnedTables: Tables;
  private recorder: ChangeRecorder | undefined;
  private checkpointPin: Pin;
  private endTransaction: (() => void) | undefined;
  private abandonTransaction: ((error: Error) => void) | undefined;

  /** Three handles of one LMDB environment: lmdb lets one that has a write transaction read nothing else. */
  private constructor(
    private readonly root: Store,
    private readonly snapshots: Store,
    private readonly checkpoints: Store,
  ) {
    // Before anything is written: the pages of the state that the file has now stay as they are.
    this.checkpointPin = checkpoints.useReadTransaction();
    this.tables = openTables(root);
    this.pinnedTables = openTables(snapshots);
    this.begin();
  }

  /** The file must exist: see `prepareDataFile`. */
  static open(file: string): LmdbEnvironment {
    return new LmdbEnvironment(openStore(file, 'log'), openStore(file, 'log'), openStore(file, 'log'));
  }

  /** Everything that is put or removed from now on is told to the recorder. */
  record(recorder: ChangeRecorder): void {
    this.recorder = recorder;
  }

  /** Runs what belongs together. */
  batch(work: () => void): void {
    this.isInBatch = true;
    try {
      work();
    } finally {
      this.isInBatch = false;
    }
  }

  /** Commits the open transaction, without waiting for the disk, and begins the next. A throw has lost its changes; see `rebuild`. */
  turn(): void {
    if (this.isInBatch) throw new Error('a view of everything was asked for in the midst of a batch');
    if (this.changes === 0) return;
    const end = this.endTransaction;
    this.endTransaction = undefined;
    end?.();
    this.turns += 1;
    this.snapshots.resetReadTxn();
    this.checkpoints.resetReadTxn();
    this.begin();
  }

  /** Throws the open transaction away, and does these changes in a new one. */
  rebuild(frames: Iterable<Buffer>): void {
    this.abandon();
    // What the catalog was within the lost transaction is not what it is now.
    this.catalogState += 1;
    this.begin();
    for (const frame of frames) this.replay(frame);
  }

  /** Does changes that were recorded before. */
  replay(frame: Buffer): void {
    const { recorder } = this;
    this.recorder = undefined;
    try {
      for (const { table, key, value } of decodeChanges(frame)) {
        if (value === undefined) this.remove(table, key);
        else this.put(table, key, value);
      }
    } finally {
      this.recorder = recorder;
    }
  }

  get(table: Table, key: Buffer, transaction?: Transaction): Buffer | undefined {
    const store = (transaction === undefined ? this.tables : this.pinnedTables)[table] as unknown as SizedDatabase;
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
    for (const entry of (transaction === undefined ? this.tables : this.pinnedTables)[table].getRange(options)) {
      entries.push(entry);
      bytes += entry.value.length;
      if (bytes >= maxPageBytes) return { entries, isLast: false };
    }
    return { entries, isLast: entries.length < limit };
  }

  put(table: Table, key: Buffer, value: Buffer): void {
    this.noteChange(table, key.length + value.length);
    try {
      this.tables[table].putSync(key, value);
    } catch (error) {
      throw new StorageFault(error);
    }
    this.recorder?.put(table, key, value);
  }

  remove(table: Table, key: Buffer): void {
    this.noteChange(table, 0);
    try {
      this.tables[table].removeSync(key);
    } catch (error) {
      throw new StorageFault(error);
    }
    this.recorder?.remove(table, key);
  }

  /** A view of what was changed so far; `done()` it. */
  pin(): Transaction {
    this.turn();
    return this.snapshots.useReadTransaction();
  }

  /** Holds the pages of the last turn. */
  pinCheckpoint(): Pin {
    return this.checkpoints.useReadTransaction();
  }

  /** What is pinned is the last checkpoint now; the one before may be written over. */
  keepCheckpoint(pin: Pin): void {
    this.checkpointPin.done();
    this.checkpointPin = pin;
  }

  /** A copy of the whole environment as of now, while reads and writes go on. */
  async copyTo(file: string): Promise<void> {
    this.turn();
    await this.snapshots.backup(file, true);
  }

  /** Bytes of the file up to the last page in use at the last turn. */
  fileBytes(): number {
    const statistics = this.root.getStats() as { readonly root: { readonly pageSize: number }; readonly lastPageNumber: number };
    return (statistics.lastPageNumber + 1) * statistics.root.pageSize;
  }

  async close(): Promise<void> {
    if (this.changes > 0) this.turn();
    this.abandon();
    this.checkpointPin.done();
    // The last one closes the environment itself, which waits for the others.
    for (const store of [this.checkpoints, this.snapshots, this.root]) await store.close();
  }

  private begin(): void {
    this.changes = 0;
    this.changedBytes = 0;
    // lmdb ends the transaction when what the function returns has settled: that is when we say so, within that very call.
    this.root.transactionSync(() => ({
      then: (end: () => void, abandon: (error: Error) => void) => {
        this.endTransaction = end;
        this.abandonTransaction = abandon;
      },
    }));
  }

  private abandon(): void {
    // A commit that failed has ended the transaction already.
    if (this.endTransaction === undefined) return;
    this.endTransaction = undefined;
    try {
      this.abandonTransaction?.(new Error('the transaction is given up'));
    } catch {
      // lmdb throws what it was given.
    }
  }

  private noteChange(table: Table, bytes: number): void {
    if (table === 'catalog') this.catalogState += 1;
    this.changes += 1;
    this.changedBytes += bytes;
  }
}

function openStore(file: string, durability: 'log' | 'commit'): Store {
  return open<Buffer, Buffer>({
    path: file,
    noSubdir: true,
    overlappingSync: false,
    // Without overlappingSync either: where the log is not what makes commits durable, each one is by itself.
    noSync: durability === 'log',
    maxDbs: tables.length + 1,
    maxReaders,
    mapSize: mapSize_bytes,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
}

function openTables(store: Store): Tables {
  const encoding = { encoding: 'binary', keyEncoding: 'binary' } as const;
  return Object.fromEntries(tables.map((name) => [name, store.openDB<Buffer, Buffer>({ name, ...encoding })])) as Record<Table, Binary>;
}

/** Makes the file if it is missing, and all tables, durably; `work` may change the table `meta` in the same way. */
export async function prepareDataFile(file: string, work: (meta: Pick<Binary, 'get' | 'putSync'>) => void): Promise<void> {
  const store = openStore(file, 'commit');
  try {
    work(openTables(store).meta);
  } finally {
    await store.close();
  }
}
