// A transaction's own state: its changes, in memory, above the snapshot it began with. All code of collections and indexes runs
// on it unchanged. What it changes it claims first, so that of two that would change the same thing one is refused at once.
import { maxEncodedKeyBytes } from '../bson/key-encoding.js';
import { CommandError } from '../errors.js';
import { rowShape } from '../storage/catalog-rows.js';
import { claimName, type ClaimHolder, type ClaimTable } from '../storage/claims.js';
import { CountDeltas } from '../storage/counters.js';
import { aboveEntriesKey } from '../storage/key-layout.js';
import type { Counts, KeyValueView, KeyValueWriter, OplogChange, RangePage, RangeQuery, Table } from '../storage/key-value.js';
import { scanPages } from '../storage/scan-pages.js';
import type { MemoryBudget } from './memory-budget.js';
import { OverlayTable } from './overlay-table.js';
import { writeConflict } from './transaction-errors.js';

/** The state of the last commit, whatever snapshot the transaction has. */
export type CommittedState = Pick<KeyValueView, 'get' | 'range'>;

export interface OverlayParts {
  readonly base: KeyValueView;
  readonly committed: CommittedState;
  readonly claims: ClaimTable;
  readonly holder: ClaimHolder;
  /** Bytes of changes that a transaction may hold in memory. */
  readonly maxBytes: number;
  /** What all transactions share. */
  readonly memory: MemoryBudget;
}

const databaseRowPrefix = 'd'.charCodeAt(0);

export class Overlay implements KeyValueWriter {
  readonly isContended = true;
  readonly logged: OplogChange[] = [];
  readonly deltas = new CountDeltas();
  private readonly tables = new Map<Table, OverlayTable>();
  private readonly claimed = new Set<string>();
  private bytes = 0;

  constructor(private readonly parts: OverlayParts) {}

  get(table: Table, key: Buffer): Buffer | undefined {
    const change = this.tables.get(table)?.find(key);
    return change === undefined ? this.parts.base.get(table, key) : change.value;
  }

  range(table: Table, query: RangeQuery): RangePage {
    const overlay = this.tables.get(table);
    if (overlay === undefined) return this.parts.base.range(table, query);
    return overlay.merge(query, (rest) => this.parts.base.range(table, rest));
  }

  counts(counter: string): Counts {
    return this.deltas.apply(counter, this.parts.base.counts(counter));
  }

  put(table: Table, key: Buffer, value: Buffer): void {
    this.change(table, key, value);
  }

  remove(table: Table, key: Buffer): void {
    this.change(table, key, undefined);
  }

  addCounts(counter: string, documents: number, bytes: number): void {
    this.deltas.add(counter, documents, bytes);
  }

  log(change: OplogChange): void {
    this.logged.push(change);
  }

  claim(table: Table, key: Buffer): void {
    const { claims, holder } = this.parts;
    const name = claimName(table, key);
    if (claims.obstacleToClaim(name, holder) !== undefined) throw writeConflict();
    // What is claimed already nobody has changed since.
    if (!this.claimed.has(name) && this.hasChangedSince(table, key)) throw writeConflict();
    claims.claim(name, holder);
    this.claimed.add(name);
  }

  share(catalogKey: Buffer): void {
    const { claims, holder, base, committed } = this.parts;
    const name = claimName('catalog', catalogKey);
    if (claims.obstacleToShare(name, holder) !== undefined) throw writeConflict();
    if (!this.claimed.has(name) && !hasSameShape(catalogKey, base.get('catalog', catalogKey), committed.get('catalog', catalogKey))) throw writeConflict();
    claims.share(name, holder);
    this.claimed.add(name);
  }

  /** Every changed row, for the commit; undefined: removed. */
  *changes(): Generator<{ readonly table: Table; readonly key: Buffer; readonly value: Buffer | undefined }> {
    for (const [table, overlay] of this.tables) {
      for (const { key, value } of overlay.changes()) yield { table, key, value };
    }
  }

  get isEmpty(): boolean {
    return this.tables.size === 0;
  }

  /** The transaction is over: others may have what it claimed, and the memory. Its session may keep it for long. */
  release(): void {
    const { claims, holder, memory } = this.parts;
    claims.release(this.claimed, holder);
    memory.giveBack(this.bytes);
    this.claimed.clear();
    this.tables.clear();
    this.deltas.clear();
    this.logged.length = 0;
    this.bytes = 0;
  }

  private hasChangedSince(table: Table, key: Buffer): boolean {
    const { base, committed } = this.parts;
    if (!sameBytes(base.get(table, key), committed.get(table, key))) return true;
    if (table !== 'indexes' || key.length - 4 < maxEncodedKeyBytes) return false;
    // A key that was cut stands for all that were cut to the same bytes.
    const range = { start: key, end: aboveEntriesKey(key.readUInt32BE(0), key.subarray(4)), reverse: false };
    const now = scanPages(committed, 'indexes', range);
    for (const then of scanPages(base, 'indexes', range)) {
      const entry = now.next();
      if (entry.done === true || !entry.value.key.equals(then.key)) return true;
    }
    return now.next().done !== true;
  }

  private change(table: Table, key: Buffer, value: Buffer | undefined): void {
    const bytes = key.length + (value?.length ?? 0);
    if (this.bytes + bytes > this.parts.maxBytes) {
      throw new CommandError('TransactionTooLarge', `Total size of all transaction operations must be less than ${this.parts.maxBytes} bytes`);
    }
    this.parts.memory.take(bytes);
    this.bytes += bytes;
    let overlay = this.tables.get(table);
    if (overlay === undefined) this.tables.set(table, (overlay = new OverlayTable()));
    overlay.set(key, value);
  }
}

function sameBytes(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}

/** Whether what a write relies on is as it was; a multikey flag that was set meanwhile is no change of shape. */
function hasSameShape(key: Buffer, then: Buffer | undefined, now: Buffer | undefined): boolean {
  if (then === undefined || now === undefined || key[0] === databaseRowPrefix) return sameBytes(then, now);
  return rowShape(then) === rowShape(now);
}
