// The part of a running command that reads need: views one after the other, and a look at whether to stop in between.
import type { ReadUnit } from '../storage/units.js';

export interface ReadingContext {
  /**
   * Reads from the transaction's snapshot, or from a fresh snapshot that is closed when `work` returns.
   * `work` must be synchronous and must copy nothing out that needs the snapshot.
   */
  read<T>(work: (unit: ReadUnit) => T): T;
  /** Throws MaxTimeMSExpired (50), Interrupted (11601) or CursorKilled where the operation must stop. Call it in long loops. */
  checkInterrupt(): void;
}
