// Begins a run of the reconciler at each start and once an hour, and does this replica's part of all runs (R5.8).
import type { ReconcilerDependencies } from '../reconciler/finding.js';
import { workOnReconcileRun } from '../reconciler/run-worker.js';
import type { Identifiers } from '../ports/identifiers.js';
import { countsByKind, newReconcileRun } from '../services/reconcile.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Job } from './job.js';

export interface ReconcileJobDependencies extends ReconcilerDependencies {
  readonly identifiers: Pick<Identifiers, 'uuid'>;
  readonly metrics: Pick<Metrics, 'set' | 'replace'>;
}

const periodMilliseconds = 3_600_000;
/** Where many replicas start at once, one run that is to begin is enough: it has seen nothing yet. */
const runsAtOnce = 2;

async function begin({ control, runs, clock }: ReconcileJobDependencies, id: string): Promise<void> {
  await runs.insert(await newReconcileRun(control, { id, isDryRun: false, scope: { clusterId: null, userId: null }, startedBy: null, createdAt: clock.now() }));
}

async function beginAtStart(dependencies: ReconcileJobDependencies): Promise<void> {
  const waiting = (await dependencies.runs.running()).filter(({ startedBy }) => startedBy === null);
  if (waiting.length < runsAtOnce) await begin(dependencies, `start-${dependencies.identifiers.uuid()}`);
}

/** All replicas find the same run due, and the first begins it. */
async function beginWhenDue(dependencies: ReconcileJobDependencies): Promise<void> {
  const now = dependencies.clock.now().getTime();
  const last = await dependencies.runs.latestByPlatform();
  if (last !== undefined && now - last.createdAt.getTime() < periodMilliseconds) return;
  await begin(dependencies, `hour-${Math.floor(now / periodMilliseconds)}`);
}

/** Every replica says the same of the last run, whoever did it. */
async function publish({ runs, metrics }: ReconcileJobDependencies): Promise<void> {
  const last = await runs.latestByPlatform('done');
  if (last?.endedAt == null) return;
  metrics.set('freehold_reconcile_last_run_timestamp_seconds', {}, last.endedAt.getTime() / 1000);
  metrics.set('freehold_reconcile_unreachable_clusters', {}, last.unreachableClusters.length);
  metrics.replace('freehold_drift_findings', countsByKind(last.found).map(({ kind, count }) => ({ labels: { kind }, value: count })));
}

export function reconcile(dependencies: ReconcileJobDependencies): Job {
  let hasBegun = false;
  return {
    name: 'reconcile',
    everyMilliseconds: 1_000,
    run: async (signal) => {
      if (!hasBegun) await beginAtStart(dependencies);
      hasBegun = true;
      await beginWhenDue(dependencies);
      for (const run of await dependencies.runs.running()) {
        // One after the other: each looks at many databases at once.
        if (!signal.aborted) await workOnReconcileRun(dependencies, run, signal);
      }
      await publish(dependencies);
    },
  };
}
