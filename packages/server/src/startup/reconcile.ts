// The reconciler: its runs, and the job that does a replica's part of them.
import { ensureControlIndexes, missingControlIndexes } from '../adapters/mongodb/control-collections.js';
import type { ControlConnection } from '../adapters/mongodb/control-database.js';
import { MongoDriftReads } from '../adapters/mongodb/drift-reads.js';
import { MongoReconcileRunStore } from '../adapters/mongodb/reconcile-runs-store.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { settleQuotaLevel, type EnforceQuotasDependencies } from '../jobs/enforce-quotas.js';
import type { Job } from '../jobs/job.js';
import { reconcile, type ReconcileJobDependencies } from '../jobs/reconcile.js';
import type { ReconcilerDependencies } from '../reconciler/finding.js';
import type { ReconcileService } from '../services/contracts.js';
import { createReconcileService } from '../services/reconcile.js';

export interface ReconcilerParts extends Omit<ReconcilerDependencies, 'runs' | 'reads' | 'indexes' | 'settleQuotaLevel'>, Pick<EnforceQuotasDependencies, 'operations'> {
  readonly operations: ReconcilerDependencies['operations'] & EnforceQuotasDependencies['operations'];
  readonly connection: ControlConnection;
}

/** What the reconciler's own code needs, from what a start found. */
async function buildReconciler(parts: ReconcilerParts): Promise<ReconcilerDependencies> {
  const { db, client } = parts.connection;
  const runs = new MongoReconcileRunStore(db, client);
  await runs.prepare();
  return {
    ...parts, runs, reads: new MongoDriftReads(db), indexes: { missing: () => missingControlIndexes(db), make: () => ensureControlIndexes(db) },
    settleQuotaLevel: (owner, entry) => settleQuotaLevel(parts, owner, entry),
  };
}

export async function buildReconcile(parts: ReconcilerParts & Pick<ReconcileJobDependencies, 'metrics'>): Promise<{ readonly service: ReconcileService; readonly jobs: readonly Job[] }> {
  const dependencies = await buildReconciler(parts);
  return {
    service: createReconcileService({ ...dependencies, identifiers: systemIdentifiers }),
    jobs: [reconcile({ ...dependencies, identifiers: systemIdentifiers, metrics: parts.metrics })],
  };
}
