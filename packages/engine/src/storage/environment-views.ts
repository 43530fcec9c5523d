// Ways to read the environment: as it is now, or as it was at one moment.
import type { Transaction } from 'lmdb';
import { decodeCounts } from './counters.js';
import type { Counts, KeyValueView, RangePage, RangeQuery, Table } from './key-value.js';
import type { LmdbEnvironment } from './lmdb-environment.js';

/** What was written before the view was opened, whatever is written afterwards. */
export class PinnedView implements KeyValueView {
  readonly catalogState: number;
  private readonly transaction: Transaction;
  private isOpen = true;

  constructor(private readonly environment: LmdbEnvironment) {
    this.transaction = environment.pin();
    // No batch is half done here: what the catalog is now is what it is in the view.
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

/** What is written now. For one look without a pause: it sees what is written meanwhile. */
export class LatestView implements KeyValueView {
  private isOpen = true;

  constructor(private readonly environment: LmdbEnvironment) {}

  get catalogState(): number {
    return this.environment.catalogState;
  }

  get(table: Table, key: Buffer): Buffer | undefined {
    this.assertOpen();
    return this.environment.get(table, key);
  }

  range(table: Table, query: RangeQuery): RangePage {
    this.assertOpen();
    return this.environment.range(table, query);
  }

  counts(counter: string): Counts {
    return decodeCounts(this.get('counts', Buffer.from(counter, 'latin1')));
  }

  close(): void {
    this.isOpen = false;
  }

  private assertOpen(): void {
    if (!this.isOpen) throw new Error('the snapshot was closed before this read');
  }
}
