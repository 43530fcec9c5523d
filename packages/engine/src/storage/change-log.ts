// Reads the oplog in order. What came last is kept parsed, so that many streams that follow the newest changes read them once.
import type { LogicalClock } from '../dispatch/logical-clock.js';
import type { ChangeScope, ChangeSignal } from './change-signal.js';
import { successor } from './key-value.js';
import type { LmdbEnvironment } from './lmdb-environment.js';
import { aboveAllEntries, trimmedKeyKey } from './oplog.js';
import { keyAtEndOf, OplogEntry } from './oplog-entry.js';

const recentEntriesMax = 2_000;
const recentBytesMax = 16 * 1024 * 1024;
const entriesPerRead = 200;

export class ChangeLog {
  /** Every entry behind `recentFrom`, as far as it was read. */
  private recent: OplogEntry[] = [];
  private recentBytes = 0;
  private recentFrom: Buffer | undefined;
  /** Up to here every entry was read into `recent`. */
  private readTo: Buffer = Buffer.alloc(0);

  constructor(private readonly parts: { readonly environment: LmdbEnvironment; readonly logicalClock: LogicalClock; readonly signal: ChangeSignal }) {}

  /** A key above all entries that may be read now. */
  end(): Buffer {
    return keyAtEndOf(this.parts.logicalClock.now());
  }

  /** The time of the newest entry that was removed because there were too many; undefined: none ever was. */
  trimmedTime(): bigint | undefined {
    return this.parts.environment.get('meta', trimmedKeyKey)?.readBigUInt64BE(0);
  }

  /** Whether entries behind this key were removed: who stands there has missed them. */
  hasLost(key: Buffer): boolean {
    const trimmed = this.parts.environment.get('meta', trimmedKeyKey);
    return trimmed !== undefined && Buffer.compare(key, trimmed) < 0;
  }

  /** The entry of this key, if it is there (still). */
  entry(key: Buffer): OplogEntry | undefined {
    const bytes = this.parts.environment.get('oplog', key);
    return bytes === undefined ? undefined : new OplogEntry(key, bytes);
  }

  /** The entries behind a key, up to `end`: some of them, at least one where there is one. */
  after(key: Buffer, end: Buffer): readonly OplogEntry[] {
    this.readNewest();
    if (this.recentFrom === undefined || Buffer.compare(key, this.recentFrom) < 0) return this.read(key, end, entriesPerRead);
    const first = firstAbove(this.recent, key);
    if (first === this.recent.length) return Buffer.compare(this.readTo, end) >= 0 ? [] : this.read(key, end, entriesPerRead);
    const found = this.recent.slice(first, first + entriesPerRead);
    return Buffer.compare(found[found.length - 1]!.key, end) > 0 ? found.filter((entry) => Buffer.compare(entry.key, end) <= 0) : found;
  }

  /** Calls `wake` after the next commit that changes something in the scope; the result ends that. */
  subscribe(scope: ChangeScope, wake: () => void): () => void {
    return this.parts.signal.subscribe(scope, wake);
  }

  private read(key: Buffer, end: Buffer, limit: number): OplogEntry[] {
    const start = successor(key);
    const above = successor(end);
    if (Buffer.compare(start, above) >= 0) return [];
    const page = this.parts.environment.range('oplog', { start, end: Buffer.compare(above, aboveAllEntries) < 0 ? above : aboveAllEntries, reverse: false, limit });
    return page.entries.map((entry) => new OplogEntry(entry.key, entry.value));
  }

  /** Takes in some of what has come since the last look, and forgets what is old. */
  private readNewest(): void {
    const end = this.end();
    if (this.recentFrom === undefined) {
      this.recentFrom = end;
      this.readTo = end;
      return;
    }
    if (Buffer.compare(this.readTo, end) >= 0) return;
    const fresh = this.read(this.readTo, end, entriesPerRead);
    this.readTo = fresh[fresh.length - 1]?.key ?? end;
    for (const entry of fresh) {
      this.recent.push(entry);
      this.recentBytes += entry.bytes.length;
    }
    if (this.recent.length > recentEntriesMax || this.recentBytes > recentBytesMax) this.forgetOldest(Math.ceil(this.recent.length / 2));
  }

  private forgetOldest(count: number): void {
    const forgotten = this.recent.splice(0, count);
    for (const { bytes } of forgotten) this.recentBytes -= bytes.length;
    this.recentFrom = forgotten[forgotten.length - 1]!.key;
  }
}

/** The position of the first entry whose key is above this one. */
function firstAbove(entries: readonly OplogEntry[], key: Buffer): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(entries[middle]!.key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
