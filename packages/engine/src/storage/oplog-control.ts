// What an operator changes about the oplog while the engine runs: how much of it is kept, and for how long pre-images lie in it.
import type { GroupCommit } from './group-commit.js';
import type { LmdbEnvironment } from './lmdb-environment.js';
import { oplogCounter, aboveAllEntries, type OplogLimits } from './oplog.js';
import { OplogEntry } from './oplog-entry.js';
import { successor } from './key-value.js';

/** In `meta`: limits that were set while the engine ran, and those that it was started with then. */
const limitsKey = Buffer.from('oplogLimits');
const entriesPerPiece = 500;
const bytesPerPiece = 4 * 1024 * 1024;

interface StoredLimits {
  readonly set: OplogLimits;
  readonly startedWith: OplogLimits;
}

const isSame = (a: OplogLimits, b: OplogLimits): boolean => a.bytes === b.bytes && a.minRetentionHours === b.minRetentionHours;

/** The limits that hold: those that were set last, unless the engine is started with other ones than it was then. */
function limitsAtStart(environment: LmdbEnvironment, startedWith: OplogLimits): OplogLimits {
  const stored = environment.get('meta', limitsKey);
  if (stored === undefined) return startedWith;
  const { set, startedWith: before } = JSON.parse(stored.toString('utf8')) as StoredLimits;
  return isSame(before, startedWith) ? set : startedWith;
}

export interface OplogControlParts {
  readonly environment: LmdbEnvironment;
  readonly commits: GroupCommit;
  readonly startedWith: OplogLimits;
}

export class OplogControl {
  /** Up to here no pre-image is left that is old enough. */
  private expiredTo: Buffer = Buffer.alloc(0);
  private current: OplogLimits;

  constructor(private readonly parts: OplogControlParts) {
    this.current = limitsAtStart(parts.environment, parts.startedWith);
  }

  get limits(): OplogLimits {
    return this.current;
  }

  /** Holds from now on, over restarts too. What is too much goes with the next writes. */
  async resize(limits: OplogLimits): Promise<void> {
    const { commits, environment, startedWith } = this.parts;
    const row: StoredLimits = { set: limits, startedWith };
    await commits.submit((writer) => writer.put('meta', limitsKey, Buffer.from(JSON.stringify(row)), environment.get('meta', limitsKey)));
    this.current = limits;
  }

  /** Removes the pre-images of changes from before this time (milliseconds since the epoch), a bounded piece at a time. */
  async expirePreImages(before_ms: number): Promise<void> {
    // One piece after the other: others' writes go in between.
    while (!(await this.expirePiece(before_ms)));
  }

  private async expirePiece(before_ms: number): Promise<boolean> {
    const { environment, commits } = this.parts;
    const { entries, isLast } = environment.range('oplog', { start: successor(this.expiredTo), end: aboveAllEntries, reverse: false, limit: entriesPerPiece });
    const rows: { readonly key: Buffer; readonly value: Buffer; readonly without: Buffer }[] = [];
    let reached = this.expiredTo;
    let bytes = 0;
    let isOver = isLast;
    for (const { key, value } of entries) {
      const entry = new OplogEntry(key, value);
      if (Number(entry.wall_ms) >= before_ms || bytes >= bytesPerPiece) {
        isOver = Number(entry.wall_ms) >= before_ms;
        break;
      }
      if (entry.before !== undefined) rows.push({ key, value, without: entry.withoutBefore() });
      bytes += value.length;
      reached = key;
    }
    if (rows.length > 0) {
      await commits.submit((writer) => {
        for (const { key, value, without } of rows) {
          if (environment.get('oplog', key) === undefined) continue;
          writer.put('oplog', key, without, value);
          writer.addCounts(oplogCounter, 0, without.length - value.length);
        }
      });
    }
    this.expiredTo = reached;
    return isOver;
  }
}
