// Snapshots outside of transactions (read concern `snapshot`): states that reads may come back to for a minute.
// A kept snapshot keeps LMDB from using pages again, so that their number and age are bounded.
// Source: the manual's page "Read Concern "snapshot"" and the drivers' specification "Snapshot Reads".
import type { EngineClock } from '../dispatch/clock.js';
import type { LogicalClock } from '../dispatch/logical-clock.js';
import { CommandError } from '../errors.js';
import type { ReadUnit, Snapshot } from '../storage/units.js';

/** As long as a transaction lives. */
export const snapshotLifetime_ms = 60_000;
const maxKept = 100;

/** What `readConcern.atClusterTime` names. */
export interface KeptSnapshot {
  readonly clusterTime: bigint;
  /** Throws SnapshotTooOld (239) where it is no longer kept. */
  read<T>(work: (unit: ReadUnit) => T): T;
}

function tooOld(clusterTime: bigint): CommandError {
  const time = `Timestamp(${clusterTime >> 32n}, ${clusterTime & 0xffffffffn})`;
  return new CommandError('SnapshotTooOld', `Read timestamp ${time} is older than the oldest available timestamp`);
}

class PinnedRead implements KeptSnapshot {
  private snapshot: Snapshot | undefined;

  constructor(
    readonly clusterTime: bigint,
    readonly opened_ms: number,
    snapshot: Snapshot,
  ) {
    this.snapshot = snapshot;
  }

  read<T>(work: (unit: ReadUnit) => T): T {
    if (this.snapshot === undefined) throw tooOld(this.clusterTime);
    return work(this.snapshot);
  }

  close(): void {
    this.snapshot?.close();
    this.snapshot = undefined;
  }
}

export class SnapshotReads {
  /** By time, the oldest first. */
  private readonly kept = new Map<bigint, PinnedRead>();

  constructor(private readonly parts: { readonly storage: { pinSnapshot(): Snapshot }; readonly clock: EngineClock; readonly logicalClock: LogicalClock }) {}

  /**
   * The state at this time; without one, the state of now. Throws SnapshotTooOld (239) for a time whose state is not kept,
   * InvalidOptions (72) for one that has not come yet.
   */
  at(clusterTime: bigint | undefined): KeptSnapshot {
    // What was written last, though it may not be durable yet: the view has it, and the reply waits for it.
    const now = this.parts.logicalClock.newest();
    const wanted = clusterTime ?? now;
    if (wanted > now) throw new CommandError('InvalidOptions', 'readConcern atClusterTime value must not be greater than the current clusterTime');
    const known = this.kept.get(wanted);
    if (known !== undefined) return known;
    if (wanted < now) throw tooOld(wanted);
    if (this.kept.size >= maxKept) this.forgetOldest();
    const { storage, clock } = this.parts;
    const opened = new PinnedRead(now, clock.now_ms(), storage.pinSnapshot());
    this.kept.set(now, opened);
    return opened;
  }

  /** The state of now, for as long as the caller needs it: close it. */
  pin(): Snapshot {
    return this.parts.storage.pinSnapshot();
  }

  /** Lets go of what is older than a minute. Called now and then. */
  expire(): void {
    const oldest_ms = this.parts.clock.now_ms() - snapshotLifetime_ms;
    for (const [time, snapshot] of this.kept) {
      if (snapshot.opened_ms > oldest_ms) return;
      this.forget(time, snapshot);
    }
  }

  closeAll(): void {
    for (const [time, snapshot] of this.kept) this.forget(time, snapshot);
  }

  private forgetOldest(): void {
    const [oldest] = this.kept;
    if (oldest !== undefined) this.forget(...oldest);
  }

  private forget(time: bigint, snapshot: PinnedRead): void {
    this.kept.delete(time);
    snapshot.close();
  }
}
