// Whether the control database takes writes: one that only answers (a full disk, no primary) is of no use.
import type { Db } from 'mongodb';
import { NotReady } from '../../ports/readiness.js';
import { hasCode } from './failures.js';

/** MongoDB's `OutOfDiskSpace`. */
const outOfDiskSpace = 14_031;
const unauthorized = 13;

/** Writes one small document, for all who ask within `sharedFor_ms` of each other: whoever can reach the server may ask. */
export function probeWrites(db: Db, sharedFor_ms: number, now: () => number = () => performance.now()): () => Promise<void> {
  let last: { readonly at: number; readonly outcome: Promise<void> } | undefined;
  const write = async (): Promise<void> => {
    try {
      await db.collection<{ _id: string; at: Date }>('readiness').updateOne({ _id: 'last_write' }, { $set: { at: new Date() } }, { upsert: true });
    } catch (error) {
      if (hasCode(error, outOfDiskSpace)) throw new NotReady('has no room left on its disk', { cause: error });
      if (hasCode(error, unauthorized)) throw new NotReady('refuses to be written to', { cause: error });
      throw error;
    }
  };
  return () => {
    const at = now();
    if (last === undefined || at - last.at >= sharedFor_ms) {
      last = { at, outcome: write() };
      // Whoever asks is told; until then nobody is.
      last.outcome.catch(() => undefined);
    }
    return last.outcome;
  };
}
