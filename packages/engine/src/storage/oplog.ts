// The oplog: every change, in the commit that made it. Capped by size and age; the oldest entries go first, in bounded pieces.
import type { EngineClock } from '../dispatch/clock.js';
import type { GivenTime, LogicalClock } from '../dispatch/logical-clock.js';
import type { ChangeSignal, NotedChanges } from './change-signal.js';
import type { CountDeltas } from './counters.js';
import type { OplogChange } from './key-value.js';
import type { LmdbEnvironment } from './lmdb-environment.js';
import { encodeOplogEntry, positionBytes, timeBytes, timeOfKey, type OplogTransaction } from './oplog-entry.js';

/** Its counter among the others. */
export const oplogCounter = 'oplog';
/** In `meta`: the key of the newest entry that is gone. */
export const trimmedKeyKey = Buffer.from('oplogTrimmedTo');
export const aboveAllEntries = Buffer.alloc(timeBytes + positionBytes + 1, 0xff);
const entriesPerRead = 500;
/** Bounds what a commit spends on it; several, so that large entries do not come faster than they go. */
const pagesPerTrim = 16;
/** Nothing is removed before so much is too much: trimming happens now and then, not in every commit. */
const slackShare = 1 / 64;
const hour_s = 3600;
const localPrefix = 'local.';
const profileSuffix = '.system.profile';

export interface OplogLimits {
  readonly bytes: number;
  /** Younger entries stay, however many bytes they are. */
  readonly minRetentionHours: number;
}

export interface OplogParts {
  readonly environment: LmdbEnvironment;
  readonly clock: EngineClock;
  readonly logicalClock: LogicalClock;
  readonly signal: ChangeSignal;
  readonly limits: () => OplogLimits;
}

/** A batch's changes on their way to the disk. */
export interface WrittenChanges {
  readonly end: GivenTime;
  readonly noted: NotedChanges;
}

/** The newest entry's time; undefined where there is none. */
export function newestOplogTime(environment: LmdbEnvironment): bigint | undefined {
  const [newest] = environment.range('oplog', { start: Buffer.alloc(0), end: aboveAllEntries, reverse: true, limit: 1 }).entries;
  return newest === undefined ? undefined : timeOfKey(newest.key);
}

export class Oplog {
  private isTrimming = false;

  constructor(private readonly parts: OplogParts) {}

  /** Within a commit. The changes of a transaction share one time. */
  append(changes: readonly OplogChange[], counts: CountDeltas, transaction?: OplogTransaction): void {
    const { logicalClock, environment, clock, signal } = this.parts;
    if (changes.length === 0) return;
    const wall_ms = clock.now_ms();
    let key = Buffer.allocUnsafe(timeBytes);
    logicalClock.writeNext(key);
    let position = 0;
    for (const change of changes) {
      signal.note(change);
      // What happens in `local`, and what is profiled, is of this server alone: who waits for it hears of it, and that is all.
      if (change.namespace.startsWith(localPrefix) || change.namespace.endsWith(profileSuffix)) continue;
      if (transaction !== undefined) {
        const time = key.subarray(0, timeBytes);
        key = Buffer.allocUnsafe(timeBytes + positionBytes);
        time.copy(key);
        key.writeUInt32BE(position, timeBytes);
      } else if (position > 0) {
        key = Buffer.allocUnsafe(timeBytes);
        logicalClock.writeNext(key);
      }
      const entry = encodeOplogEntry(key, change, wall_ms, transaction);
      environment.put('oplog', key, entry);
      counts.add(oplogCounter, 1, entry.length);
      position += 1;
    }
  }

  /** The batch ends here: what it appended, to be named when it is durable. */
  seal(): WrittenChanges {
    return { end: this.parts.logicalClock.given(), noted: this.parts.signal.take() };
  }

  /** What was appended up to there is durable: readers may have it. */
  committed({ end, noted }: WrittenChanges): void {
    this.parts.logicalClock.reach(end);
    this.parts.signal.fire(noted);
  }

  /** The commit failed, and with it everything that was appended. */
  failed(): void {
    this.parts.signal.forget();
  }

  /** Within a commit: removes a bounded piece of the oldest entries where there are too many bytes of them; the newest one stays. */
  trim(storedBytes: number, counts: CountDeltas): void {
    const { environment, clock } = this.parts;
    const limits = this.parts.limits();
    let excess = storedBytes - limits.bytes;
    if (excess <= (this.isTrimming ? 0 : limits.bytes * slackShare)) {
      this.isTrimming = false;
      return;
    }
    this.isTrimming = true;
    const youngest_s = clock.now_ms() / 1000 - limits.minRetentionHours * hour_s;
    let trimmed: Buffer | undefined;
    for (let page = 0; page < pagesPerTrim && excess > 0; page += 1) {
      const { entries, isLast } = environment.range('oplog', { start: Buffer.alloc(0), end: aboveAllEntries, reverse: false, limit: entriesPerRead });
      const removable = isLast ? entries.slice(0, -1) : entries;
      const removed = removable.findIndex(({ key, value }) => {
        if (excess <= 0 || key.readUInt32BE(0) > youngest_s) return true;
        environment.remove('oplog', key);
        counts.add(oplogCounter, -1, -value.length);
        excess -= value.length;
        trimmed = key;
        return false;
      });
      if (removed >= 0 || isLast) break;
    }
    if (trimmed !== undefined) environment.put('meta', trimmedKeyKey, trimmed);
  }
}
