// The long-lived parts of the engine that commands reach through their context. Composed once, in server.ts.
import type { WorkingMemory } from '../aggregation/working-memory.js';
import type { AccessControl } from '../auth/access-control.js';
import type { MechanismSettings } from '../auth/mechanism-settings.js';
import type { Authenticator } from '../auth/sasl-conversation.js';
import type { UserDirectory } from '../auth/user-directory.js';
import type { CursorRegistry } from '../execution/cursor-registry.js';
import type { IndexFilters } from '../execution/index-filters.js';
import type { IndexUsage } from '../execution/index-usage.js';
import type { ChangeLog } from '../storage/change-log.js';
import type { OplogControl } from '../storage/oplog-control.js';
import type { Storage } from '../storage/units.js';
import type { TransactionCoordinator } from '../transactions/coordinator.js';
import type { SnapshotReads } from '../transactions/snapshot-reads.js';
import type { AuditTrail } from './audit.js';
import type { EngineClock } from './clock.js';
import type { ClusterParameters } from './cluster-parameters.js';
import type { CommandSummary } from './command-summary.js';
import type { ConnectionRegistry } from './connection-registry.js';
import type { DefaultConcerns } from './default-concerns.js';
import type { FailPoints } from './fail-points.js';
import type { EngineLog } from './log.js';
import type { LogicalClock } from './logical-clock.js';
import type { EngineMetrics } from './metrics.js';
import type { OperationRegistry } from './operations.js';
import type { Profiler } from './profiler.js';
import type { ServerState } from './server-state.js';

export interface CommandServices {
  /** Its writes wait while `fsync` holds a lock. */
  readonly storage: Storage;
  readonly cursors: CursorRegistry;
  readonly indexUsage: IndexUsage;
  readonly indexFilters: IndexFilters;
  /** What operations may hold while they gather. */
  readonly workingMemory: WorkingMemory;
  readonly users: UserDirectory;
  readonly access: AccessControl;
  /** What the parameters say about authentication. */
  readonly mechanisms: MechanismSettings;
  readonly authenticator: Authenticator;
  readonly transactions: TransactionCoordinator;
  readonly snapshotReads: SnapshotReads;
  readonly connections: ConnectionRegistry;
  readonly operations: OperationRegistry;
  readonly clock: EngineClock;
  readonly logicalClock: LogicalClock;
  /** The oplog, for change streams and whoever waits for changes. */
  readonly changes: ChangeLog;
  /** How much of the oplog is kept. */
  readonly oplog: OplogControl;
  /** Settings that are kept in the data folder. */
  readonly clusterParameters: ClusterParameters;
  /** Of commands that name no read or write concern. */
  readonly defaultConcerns: DefaultConcerns;
  readonly profiler: Profiler;
  readonly metrics: EngineMetrics;
  readonly failPoints: FailPoints;
  readonly log: EngineLog;
  /** None: nothing is audited. */
  readonly audit: AuditTrail | undefined;
  /** Name, addresses, version and life cycle of this server. */
  readonly server: ServerState;
  /** Every command there is, for `listCommands`. */
  readonly commands: readonly CommandSummary[];
}
