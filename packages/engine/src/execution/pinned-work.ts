// Work that reads one state from beginning to end, however long that takes, and leaves the event loop to others in between.
import type { CommandContext } from '../dispatch/context.js';
import type { ReadUnit } from '../storage/units.js';

/** So long it may keep the event loop to itself. */
const slice_ms = 8;

/** Runs `work` to its end; each of its yields is a chance to pause, and to be interrupted. */
export async function runPinned<T>(context: CommandContext, work: (unit: ReadUnit) => Generator<unknown, T>): Promise<T> {
  const snapshot = context.services.snapshotReads.pin();
  try {
    const steps = work(snapshot);
    let end_ms = performance.now() + slice_ms;
    for (let next = steps.next(); ; next = steps.next()) {
      if (next.done === true) return next.value;
      if (performance.now() < end_ms) continue;
      // One slice after the other: they continue one another.
      await new Promise<void>((resolve) => setImmediate(resolve));
      context.checkInterrupt();
      end_ms = performance.now() + slice_ms;
    }
  } finally {
    snapshot.close();
  }
}
