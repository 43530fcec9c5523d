// A run of the reconciler from its beginning to its end, by one replica: what tests look at afterwards.
import { MongoDriftReads } from '../adapters/mongodb/drift-reads.js';
import { ensureControlIndexes, missingControlIndexes } from '../adapters/mongodb/control-collections.js';
import { MongoReconcileRunStore } from '../adapters/mongodb/reconcile-runs-store.js';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { settleQuotaLevel } from '../jobs/enforce-quotas.js';
import type { AppRedeployer } from '../ports/app-redeployer.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { DriftRecord, ReconcileRunRecord, ReconcileScope } from '../ports/reconcile-runs.js';
import type { ReconcilerDependencies } from '../reconciler/finding.js';
import { workOnReconcileRun } from '../reconciler/run-worker.js';
import { newReconcileRun } from '../services/reconcile.js';
import type { ControlPlane, Replica } from './control-plane.fixture.js';

export interface ReconcileOptions {
  readonly isDryRun?: boolean;
  readonly scope?: Partial<ReconcileScope>;
  readonly clusters?: ClusterDirectory;
  readonly clock?: Clock;
  readonly redeployer?: AppRedeployer;
  readonly owner?: string;
  readonly leaseMilliseconds?: number;
}

export interface ReconcileResult extends ReconcileRunRecord {
  readonly findings: readonly DriftRecord[];
}

const noRedeployer: AppRedeployer = { redeploy: () => Promise.resolve(), move: () => Promise.resolve({ kind: 'not_concerned' }) };

/** What one replica's reconciler reaches the world through. */
export async function reconcilerOf(plane: ControlPlane, replica: Replica, options: ReconcileOptions = {}): Promise<ReconcilerDependencies> {
  const { control, db, client } = plane.connection;
  const runs = new MongoReconcileRunStore(db, client);
  await runs.prepare();
  const shared = {
    control, clusters: options.clusters ?? plane.clusters, journal: replica.journal, operations: replica.operations, events: { emit: () => undefined }, walks: new MongoSharedWalks(db), clock: options.clock ?? systemClock,
  };
  return {
    ...shared, runs, reads: new MongoDriftReads(db), indexes: { missing: () => missingControlIndexes(db), make: () => ensureControlIndexes(db) },
    redeployer: options.redeployer ?? noRedeployer, owner: options.owner ?? 'replica', leaseMilliseconds: options.leaseMilliseconds ?? 30_000,
    settleQuotaLevel: (owner, entry) => settleQuotaLevel(shared, owner, entry),
  };
}

/** Begins a run that any replica may work on. */
export async function beginReconcile({ control, runs, clock }: ReconcilerDependencies, options: ReconcileOptions = {}): Promise<ReconcileRunRecord> {
  const id = systemIdentifiers.uuid();
  await runs.insert(await newReconcileRun(control, { id, isDryRun: options.isDryRun ?? false, scope: { clusterId: null, userId: null, ...options.scope }, startedBy: null, createdAt: clock.now() }));
  return (await runs.find(id))!;
}

/** How a run has ended, with everything that it found. */
export async function reconcileResult({ runs }: ReconcilerDependencies, runId: string): Promise<ReconcileResult> {
  const { items } = await runs.findings(runId, {}, { limit: 1000, offset: 0 });
  return { ...(await runs.find(runId))!, findings: items };
}

/** A whole run by one replica. */
export async function reconcileOnce(plane: ControlPlane, replica: Replica, options: ReconcileOptions = {}): Promise<ReconcileResult> {
  const dependencies = await reconcilerOf(plane, replica, options);
  const run = await beginReconcile(dependencies, options);
  await workOnReconcileRun(dependencies, run, new AbortController().signal);
  return reconcileResult(dependencies, run.id);
}
