// Builds the long-lived parts that commands reach, each once.
import { Authorization, openAccess } from './auth/authorization.js';
import { openDecoySecret } from './auth/decoy-secret.js';
import { mechanismSettings } from './auth/mechanism-settings.js';
import { Authenticator } from './auth/sasl-conversation.js';
import { UserDirectory } from './auth/user-directory.js';
import { commandDefinitions } from './commands/index.js';
import type { AuditTrail } from './dispatch/audit.js';
import type { EngineClock } from './dispatch/clock.js';
import { ClusterParameters } from './dispatch/cluster-parameters.js';
import { ConnectionRegistry } from './dispatch/connection-registry.js';
import { DefaultConcerns } from './dispatch/default-concerns.js';
import { FailPoints } from './dispatch/fail-points.js';
import type { EngineLog } from './dispatch/log.js';
import type { LogicalClock } from './dispatch/logical-clock.js';
import { EngineMetrics } from './dispatch/metrics.js';
import { OperationRegistry } from './dispatch/operations.js';
import { Profiler } from './dispatch/profiler.js';
import type { ServerState } from './dispatch/server-state.js';
import type { CommandServices } from './dispatch/services.js';
import { openWorkingMemory } from './working-memory.js';
import { CursorRegistry } from './execution/cursor-registry.js';
import { IndexFilters } from './execution/index-filters.js';
import { IndexUsage } from './execution/index-usage.js';
import type { ChangeLog } from './storage/change-log.js';
import type { OplogControl } from './storage/oplog-control.js';
import type { Storage } from './storage/units.js';
import type { TransactionCoordinator } from './transactions/coordinator.js';
import type { SnapshotReads } from './transactions/snapshot-reads.js';

export interface ServiceParts {
  readonly storage: Storage;
  readonly logicalClock: LogicalClock;
  readonly changes: ChangeLog;
  readonly oplog: OplogControl;
  readonly transactions: TransactionCoordinator;
  readonly snapshotReads: SnapshotReads;
  readonly clock: EngineClock;
  readonly log: EngineLog;
  readonly server: ServerState;
  readonly audit: AuditTrail | undefined;
}

export async function composeServices({ storage, logicalClock, changes, oplog, transactions, snapshotReads, clock, log, server, audit }: ServiceParts): Promise<CommandServices> {
  const users = new UserDirectory(storage);
  const metrics = new EngineMetrics();
  const mechanisms = mechanismSettings(server.parameters);
  const decoySecret = await openDecoySecret(storage);
  return {
    storage,
    cursors: new CursorRegistry(clock),
    indexUsage: new IndexUsage(),
    indexFilters: new IndexFilters(),
    workingMemory: openWorkingMemory(server),
    users,
    access: server.authorization ? new Authorization(users) : openAccess,
    mechanisms,
    authenticator: new Authenticator({ users, metrics, log, audit, decoySecret, mechanisms }),
    transactions,
    snapshotReads,
    connections: new ConnectionRegistry(),
    operations: new OperationRegistry(clock),
    clock,
    logicalClock,
    changes,
    oplog,
    clusterParameters: ClusterParameters.open(storage),
    defaultConcerns: DefaultConcerns.open(storage),
    profiler: new Profiler({ storage, server, log, random: Math.random }),
    metrics,
    failPoints: new FailPoints(Math.random),
    log,
    audit,
    server,
    commands: commandDefinitions,
  };
}
