// One multi-document transaction: a snapshot, its changes above it, and its end.
//
//   in progress --commit--> committing --> committed
//   in progress --abort, error, time-out--> aborted
import { decodeCatalogRow, encodeCatalogRow, rowShape } from '../storage/catalog-rows.js';
import type { LmdbStorage } from '../storage/lmdb-storage.js';
import type { PinnedView } from '../storage/environment-views.js';
import type { LmdbWriter } from '../storage/lmdb-writer.js';
import type { ReadUnit, WriteUnit } from '../storage/units.js';
import type { MemoryBudget } from './memory-budget.js';
import { Overlay } from './overlay.js';
import { transactionAborted, transactionCommitted } from './transaction-errors.js';
import { TransactionUnit } from './transaction-unit.js';

export type TransactionState = 'in progress' | 'committing' | 'committed' | 'aborted';

/** What the changes of one transaction may hold. */
export const maxOverlayBytes = 256 * 1024 * 1024;
const collectionRowPrefix = 'c'.charCodeAt(0);

export class Transaction {
  state: TransactionState = 'in progress';
  /** Commands that run in it now: at most one, drivers see to that. */
  activeCommands = 0;
  /** Resolves when it holds nothing any more. */
  readonly ended: Promise<void>;
  private readonly base: PinnedView;
  private readonly overlay: Overlay;
  private readonly unit: TransactionUnit;
  private announceEnd: () => void = () => undefined;

  constructor(
    private readonly storage: LmdbStorage,
    readonly number: bigint,
    readonly started_ms: number,
    memory: MemoryBudget,
  ) {
    this.ended = new Promise((resolve) => {
      this.announceEnd = resolve;
    });
    this.base = storage.openView();
    this.overlay = new Overlay({ base: this.base, committed: storage.committed, claims: storage.claims, holder: this, maxBytes: maxOverlayBytes, memory });
    this.unit = new TransactionUnit(this.overlay, storage.catalog, storage.identifiers);
  }

  /** Throws where it has ended. */
  assertInProgress(): void {
    if (this.state === 'aborted') throw transactionAborted(this.number);
    if (this.state !== 'in progress') throw transactionCommitted(this.number);
  }

  /** Whether a write in it was refused: then it must not be committed, also where the command did not fail as a whole. */
  get hasRefusedWrite(): boolean {
    return this.unit.hasRefusedWrite;
  }

  /** Its snapshot and its own changes. It may end between two calls: by its time limit, or because its session was killed. */
  read<T>(work: (unit: ReadUnit) => T): T {
    this.assertInProgress();
    return work(this.unit);
  }

  async write<T>(work: (unit: WriteUnit) => T): Promise<T> {
    this.assertInProgress();
    return work(this.unit);
  }

  /** Makes all changes durable in one commit, together with `alongside`; or none, where that fails. */
  async commit(alongside: (writer: LmdbWriter) => void): Promise<void> {
    // What was read was one state; it must not be lost after this was answered.
    if (this.overlay.isEmpty) {
      this.end('committed');
      await this.storage.durable();
      return;
    }
    this.state = 'committing';
    try {
      await this.storage.commits.submit((writer) => {
        this.apply(writer);
        alongside(writer);
      });
      this.end('committed');
    } catch (error) {
      this.end('aborted');
      throw error;
    }
  }

  abort(): void {
    if (this.state === 'in progress') this.end('aborted');
  }

  private apply(writer: LmdbWriter): void {
    for (const { table, key, value } of this.overlay.changes()) {
      const before = writer.get(table, key);
      if (value === undefined) {
        if (before !== undefined) writer.remove(table, key, before);
      } else {
        writer.put(table, key, table === 'catalog' ? this.withMultikeyFlags(key, value, before) : value, before);
      }
    }
    for (const counter of this.overlay.deltas.counters()) {
      const { documents, bytes } = this.overlay.deltas.apply(counter, { documents: 0, bytes: 0 });
      writer.addCounts(counter, documents, bytes);
    }
    for (const change of this.overlay.logged) writer.log(change);
  }

  private end(state: 'committed' | 'aborted'): void {
    this.state = state;
    this.base.close();
    this.overlay.release();
    this.announceEnd();
  }

  /**
   * A multikey flag that somebody else set meanwhile stays set: an index that lacked it would give wrong answers. The row that
   * has both is a new one, with a version of its own: the catalog keeps parsed rows by their version.
   */
  private withMultikeyFlags(key: Buffer, value: Buffer, before: Buffer | undefined): Buffer {
    if (before === undefined || key[0] !== collectionRowPrefix || rowShape(before) !== rowShape(value)) return value;
    const mine = decodeCatalogRow(value);
    const multikey = new Set(decodeCatalogRow(before).entry.indexes.filter((index) => index.multikey).map(({ id }) => id));
    const indexes = mine.entry.indexes.map((index) => (multikey.has(index.id) ? { ...index, multikey: true } : index));
    return encodeCatalogRow({ ...mine, version: this.storage.identifiers.nextVersion(), entry: { ...mine.entry, indexes } });
  }
}
