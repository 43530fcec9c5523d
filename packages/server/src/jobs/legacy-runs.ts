// Does this replica's part of the runs over legacy users, and takes up again those that a cluster had paused.
import type { ClusterDirectory } from '../ports/cluster.js';
import { TransientFailure } from '../ports/failures.js';
import { cipherUnknown, pausedByOperator, workOnRun, type LegacyWorkerDependencies } from '../services/legacy-run-worker.js';
import type { Job } from './job.js';

async function answers(clusters: ClusterDirectory, clusterId: string): Promise<boolean> {
  try {
    await (await clusters.cluster(clusterId)).describe();
    return true;
  } catch (error) {
    if (error instanceof TransientFailure) return false;
    throw error;
  }
}

async function resumeWhatWaits({ runs, clusters, legacyClusterId, clock }: LegacyWorkerDependencies): Promise<void> {
  const waiting = (await runs.inState('paused')).filter(({ pauseReason }) => pauseReason !== pausedByOperator && pauseReason !== cipherUnknown);
  if (waiting.length === 0 || !(await answers(clusters, legacyClusterId))) return;
  for (const { id } of waiting) await runs.changeState(id, 'paused', 'running', null, clock.now());
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
