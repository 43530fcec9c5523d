// Keeps the lease of a running operation alive while a step takes long, and aborts the step when the lease is lost.
import type { Clock } from '../ports/clock.js';
import { LeaseLost } from '../ports/operations.js';

export interface LeaseKeeping {
  readonly clock: Clock;
  readonly leaseMilliseconds: number;
  /** Writes the new expiry; throws LeaseLost. */
  readonly renew: () => Promise<void>;
}

/**
 * Runs the work; every third of the lease's time it is renewed. A lost lease aborts the controller, and is thrown where the
 * work fails. Work that ends well was still ours: its last write is conditional on the lease, and a renewal that comes just
 * after it finds the operation closed.
 */
export async function keepingLease<Result>(keeping: LeaseKeeping, controller: AbortController, work: () => Promise<Result>): Promise<Result> {
  const finished = new AbortController();
  let lost: LeaseLost | undefined;
  const renewals = async (): Promise<void> => {
    for (;;) {
      await keeping.clock.sleep(keeping.leaseMilliseconds / 3, finished.signal);
      if (finished.signal.aborted) return;
      try {
        await keeping.renew();
      } catch (error) {
        if (!(error instanceof LeaseLost)) continue; // The control database is away for a moment: the lease may still be ours.
        lost = error;
        controller.abort(error);
        return;
      }
    }
  };
  const renewing = renewals();
  try {
    return await work();
  } catch (error) {
    throw lost ?? error;
  } finally {
    finished.abort();
    await renewing;
  }
}
