// Does this replica's part of the runs over legacy users, and takes up again those that a cluster had paused.
import { TransientFailure } from '../ports/failures.js';
import { LegacyRunRunning } from '../ports/legacy-runs.js';
import { sourceUnknown } from '../services/legacy-run-users.js';
import { cipherUnknown, pausedByOperator, workOnRun, type LegacyWorkerDependencies } from '../services/legacy-run-worker.js';
import type { Job } from './job.js';

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof TransientFailure) return false;
    throw error;
  }
}

/** Reasons that do not pass by themselves. */
const lasting: readonly (string | null)[] = [pausedByOperator, cipherUnknown, sourceUnknown];

/** An id that no user has: whoever looks for it answers, or does not. */
const nobody = '0'.repeat(24);

async function resumeWhatWaits({ runs, clusters, legacyClusterId, clock, sources }: LegacyWorkerDependencies): Promise<void> {
  for (const { id, pauseReason, options } of await runs.inState('paused')) {
    const source = options.source === null ? undefined : sources.find(options.source);
    const answer = async (): Promise<unknown> => (await Promise.all([clusters.cluster(source?.clusterId ?? legacyClusterId).then((cluster) => cluster.describe()), source?.read(nobody)]));
    // One after the other: there are few, and nobody waits.
    if (lasting.includes(pauseReason) || !(await answers(answer))) continue;
    try {
      await runs.changeState(id, 'paused', 'running', null, clock.now());
    } catch (error) {
      // It goes on when the other has ended.
      if (!(error instanceof LegacyRunRunning)) throw error;
    }
  }
}

export function legacyRuns(dependencies: LegacyWorkerDependencies): Job {
  return {
    name: 'legacy_runs',
    everyMilliseconds: 1_000,
    run: async (signal) => {
      await resumeWhatWaits(dependencies);
      for (const run of await dependencies.runs.inState('running')) {
        // One after the other: each run has a concurrency of its own.
        if (!signal.aborted) await workOnRun(dependencies, run, signal);
      }
    },
  };
}
