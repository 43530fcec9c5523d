// Bringing in legacy users: the runs, the job that does a replica's part of them, and what migrates users at their first change.
import { primaryClusterId } from '../adapters/mongodb/cluster-directory.js';
import { ensureControlIndexes, missingControlIndexes } from '../adapters/mongodb/control-collections.js';
import type { ControlConnection } from '../adapters/mongodb/control-database.js';
import { MongoDriftReads } from '../adapters/mongodb/drift-reads.js';
import { MongoLegacyRunStore } from '../adapters/mongodb/legacy-runs-store.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import type { Job } from '../jobs/job.js';
import { legacyRuns } from '../jobs/legacy-runs.js';
import type { LegacyMigrationService } from '../services/contracts.js';
import { createLegacyFirstUse, type LegacyFirstUse } from '../services/legacy-first-use.js';
import { createLegacyMigrationService } from '../services/legacy-migrations.js';
import type { LegacyWorkerDependencies } from '../services/legacy-run-worker.js';

export interface LegacyParts extends Omit<LegacyWorkerDependencies, 'runs' | 'indexes' | 'drift' | 'legacyClusterId'> {
  readonly connection: ControlConnection;
}

export interface Legacy {
  readonly service: LegacyMigrationService;
  readonly firstUse: LegacyFirstUse;
  readonly jobs: readonly Job[];
}

export function buildLegacy(parts: LegacyParts): Legacy {
  const { db, transactions } = parts.connection;
  const runs = new MongoLegacyRunStore(db, transactions);
  const indexes = { missing: () => missingControlIndexes(db), make: () => ensureControlIndexes(db) };
  // An earlier platform's databases are on the cluster that the platform was started with.
  const worker: LegacyWorkerDependencies = { ...parts, runs, indexes, drift: new MongoDriftReads(db), legacyClusterId: primaryClusterId };
  return {
    service: createLegacyMigrationService({ ...parts, runs, identifiers: systemIdentifiers }),
    firstUse: createLegacyFirstUse(worker),
    jobs: [legacyRuns(worker)],
  };
}
