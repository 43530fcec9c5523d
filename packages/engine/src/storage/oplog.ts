// The oplog: every change, in the commit that made it, in MongoDB's own form. Capped by size; the oldest entries go first.
import { documentValue } from '../bson/raw-value.js';
import { DocumentWriter } from '../bson/writer.js';
import type { EngineClock } from '../dispatch/clock.js';
import type { CountDeltas } from './counters.js';
import type { OplogChange } from './key-value.js';
import type { LmdbEnvironment } from './lmdb-environment.js';

/** Its counter among the others. */
export const oplogCounter = 'oplog';
const aboveAll = Buffer.alloc(9, 0xff);
const entriesPerRead = 500;
/** Bounds what a commit spends on it; several, so that large entries do not come faster than they go. */
const pagesPerTrim = 16;

export interface OplogLimits {
  readonly bytes: number;
}

export class Oplog {
  private last_s: number;
  private increment: number;

  constructor(
    private readonly environment: LmdbEnvironment,
    private readonly clock: EngineClock,
    private readonly limits: OplogLimits,
  ) {
    const newest = environment.range('oplog', { start: Buffer.alloc(0), end: aboveAll, reverse: true, limit: 1 }).entries[0];
    this.last_s = newest?.key.readUInt32BE(0) ?? 0;
    this.increment = newest?.key.readUInt32BE(4) ?? 0;
  }

  /** Within a commit. */
  append(changes: readonly OplogChange[], counts: CountDeltas): void {
    for (const change of changes) {
      const key = this.nextKey();
      const entry = encodeEntry(key, change, this.clock.now_ms());
      this.environment.put('oplog', key, entry);
      counts.add(oplogCounter, 1, entry.length);
    }
  }

  /** Within a commit: removes the oldest entries where there are too many bytes of them. */
  trim(storedBytes: number, counts: CountDeltas): void {
    let excess = storedBytes - this.limits.bytes;
    for (let page = 0; page < pagesPerTrim && excess > 0; page += 1) {
      const { entries, isLast } = this.environment.range('oplog', { start: Buffer.alloc(0), end: aboveAll, reverse: false, limit: entriesPerRead });
      for (const { key, value } of entries) {
        if (excess <= 0) return;
        this.environment.remove('oplog', key);
        counts.add(oplogCounter, -1, -value.length);
        excess -= value.length;
      }
      if (isLast) return;
    }
  }

  /** Seconds and an increment, as a timestamp has them; never the same twice, never going back. */
  private nextKey(): Buffer {
    const now_s = Math.floor(this.clock.now_ms() / 1000);
    if (now_s > this.last_s) {
      this.last_s = now_s;
      this.increment = 0;
    }
    this.increment += 1;
    const key = Buffer.allocUnsafe(8);
    key.writeUInt32BE(this.last_s, 0);
    key.writeUInt32BE(this.increment, 4);
    return key;
  }
}

function encodeEntry(key: Buffer, { op, namespace, uuid, o, o2 }: OplogChange, now_ms: number): Buffer {
  const writer = new DocumentWriter(o.length + namespace.length + 128)
    .timestamp('ts', key.readBigUInt64BE(0))
    .string('op', op)
    .string('ns', namespace);
  if (uuid !== undefined) writer.binary('ui', uuid, 4);
  writer.document('o', o);
  if (o2 !== undefined) writer.append('o2', documentValue(o2));
  return writer.date('wall', now_ms).finish();
}
