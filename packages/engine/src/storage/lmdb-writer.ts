// Writes one unit straight into the group commit's LMDB transaction and keeps a journal to undo that unit alone.
import { claimName, HeldByTransaction, type ClaimTable } from './claims.js';
import { CountDeltas, decodeCounts, encodeCounts } from './counters.js';
import type { Counts, KeyValueWriter, OplogChange, RangePage, RangeQuery, Table } from './key-value.js';
import type { LmdbEnvironment } from './lmdb-environment.js';
import type { OplogTransaction } from './oplog-entry.js';

interface Change {
  readonly table: Table;
  readonly key: Buffer;
  readonly before: Buffer | undefined;
}

export class LmdbWriter implements KeyValueWriter {
  readonly logged: OplogChange[] = [];
  /** The multi-document transaction that the unit commits. */
  transaction: OplogTransaction | undefined;
  writtenBytes = 0;
  /** Whether something was dropped whose rows are to be removed later. */
  hasGarbage = false;
  private readonly journal: Change[] = [];
  private readonly deltas = new CountDeltas();

  constructor(
    private readonly environment: LmdbEnvironment,
    private readonly claims: ClaimTable,
    private readonly batchDeltas: CountDeltas,
  ) {}

  get isContended(): boolean {
    return !this.claims.isEmpty;
  }

  get catalogState(): number {
    return this.environment.catalogState;
  }

  get(table: Table, key: Buffer): Buffer | undefined {
    return this.environment.get(table, key);
  }

  range(table: Table, query: RangeQuery): RangePage {
    return this.environment.range(table, query);
  }

  counts(counter: string): Counts {
    const stored = decodeCounts(this.get('counts', Buffer.from(counter, 'latin1')));
    return this.deltas.apply(counter, this.batchDeltas.apply(counter, stored));
  }

  put(table: Table, key: Buffer, value: Buffer, before: Buffer | undefined): void {
    this.environment.put(table, key, value);
    this.journal.push({ table, key, before });
    this.writtenBytes += key.length + value.length;
    if (table === 'garbage') this.hasGarbage = true;
  }

  remove(table: Table, key: Buffer, before: Buffer): void {
    this.environment.remove(table, key);
    this.journal.push({ table, key, before });
    this.writtenBytes += key.length;
  }

  addCounts(counter: string, documents: number, bytes: number): void {
    this.deltas.add(counter, documents, bytes);
  }

  log(change: OplogChange): void {
    this.logged.push(change);
  }

  claim(table: Table, key: Buffer): void {
    if (this.claims.isEmpty) return;
    const holder = this.claims.obstacleToClaim(claimName(table, key));
    if (holder !== undefined) throw new HeldByTransaction(holder);
  }

  share(catalogKey: Buffer): void {
    if (this.claims.isEmpty) return;
    const holder = this.claims.obstacleToShare(claimName('catalog', catalogKey));
    if (holder !== undefined) throw new HeldByTransaction(holder);
  }

  /** Takes back every change of this unit, newest first. */
  undo(): void {
    for (const { table, key, before } of this.journal.reverse()) {
      if (before === undefined) this.environment.remove(table, key);
      else this.environment.put(table, key, before);
    }
    this.journal.length = 0;
  }

  /** The unit stands: its counters join those of the batch. */
  keep(): void {
    this.batchDeltas.addAll(this.deltas);
  }
}

/** Writes the counters that a batch changed. */
export function writeCounts(environment: LmdbEnvironment, deltas: CountDeltas): void {
  for (const counter of deltas.counters()) {
    const key = Buffer.from(counter, 'latin1');
    environment.put('counts', key, encodeCounts(deltas.apply(counter, decodeCounts(environment.get('counts', key)))));
  }
}
