// The control plane without HTTP: stores, clusters, journal, services, deployers and jobs, built from what a start found.
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ControlConnection } from '../adapters/mongodb/control-database.js';
import { isTransientMongoError } from '../adapters/mongodb/failures.js';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { ProcessDeployer } from '../adapters/process/process-deployer.js';
import type { RedisConnection } from '../adapters/redis/connection.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import type { Configuration } from '../config/settings.js';
import { tenantUri } from '../credentials/tenant-uri.js';
import { limitRules } from '../domain/limits.js';
import type { Secret } from '../domain/secret.js';
import { enforceQuotas } from '../jobs/enforce-quotas.js';
import { startJobs } from '../jobs/job.js';
import { recoverOperations } from '../jobs/recover-operations.js';
import { revokeUnusedCredentials } from '../jobs/revoke-unused-credentials.js';
import { runScheduled } from '../jobs/run-scheduled.js';
import { suspendDatabases } from '../jobs/suspend-databases.js';
import { tellOfFailedSignIns } from '../jobs/tell-failed-sign-ins.js';
import { createJournal } from '../journal/journal.js';
import type { RunDependencies } from '../journal/operation-run.js';
import { defaultRetryPolicy } from '../journal/retry-policy.js';
import { operationDefinitions } from '../operations/index.js';
import type { Deployer } from '../ports/deployer.js';
import type { EventSink } from '../ports/events.js';
import type { Keyring } from '../ports/keyring.js';
import type { LegacyCiphers } from '../ports/legacy-cipher.js';
import type { LegacySources } from '../ports/legacy-source.js';
import { noTracing, type Tracing } from '../ports/tracing.js';
import { AppDeployments } from '../services/app-deployments.js';
import { createAppService } from '../services/apps.js';
import { createBulkService } from '../services/bulk.js';
import type { Actor, AppService, BulkService, ClusterService, DatabaseService, LegacyMigrationService, MoveService, OperationService, ReconcileService, UsageService } from '../services/contracts.js';
import { createDatabaseService } from '../services/databases.js';
import { appsOfAllUsers, databasesOfAllUsers, usageOfAllUsers } from '../services/legacy-first-use.js';
import { createMoveService, movesOfAllUsers } from '../services/moves.js';
import { createOperationService } from '../services/operations.js';
import { limitDatabaseService } from '../services/rate-limited-databases.js';
import type { RateLimiter } from '../services/rate-limiter.js';
import type { Metrics } from '../telemetry/metrics.js';
import { buildClusters } from './clusters.js';
import { buildLegacy } from './legacy.js';
import { platformLimitsOf } from './platform-limits.js';
import { buildEvents, type EventServices } from './events.js';
import { buildReconcile } from './reconcile.js';
import { buildUsage } from './usage.js';

export interface ControlPlaneParts {
  readonly configuration: Configuration;
  readonly dataDirectory: string;
  readonly uri: Secret;
  readonly connection: ControlConnection;
  /** Reads the passwords of unmigrated users too. */
  readonly keyring: Keyring;
  readonly legacyCiphers: LegacyCiphers;
  readonly legacySources: LegacySources;
  readonly events: EventSink;
  readonly metrics: Metrics;
  readonly redis: RedisConnection | undefined;
  /** Undefined: nothing is limited. */
  readonly rateLimiter: RateLimiter | undefined;
  readonly onStep: RunDependencies['onStep'];
  /** Undefined: nothing is traced. */
  readonly tracing: Tracing | undefined;
}

export interface ControlPlane extends EventServices {
  readonly databases: DatabaseService;
  readonly moves: MoveService;
  readonly usage: UsageService;
  readonly bulk: BulkService;
  readonly apps: AppService;
  readonly operations: OperationService;
  readonly clusters: ClusterService;
  readonly legacyMigrations: LegacyMigrationService;
  readonly reconcile: ReconcileService;
  /** Begins the jobs, and takes up the apps that ran when the platform stopped. */
  start(): void;
  stop(): Promise<void>;
}

const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Apps as local processes have the platform's rights on the machine. While only this machine reaches the API, whoever has an
 * account may start them; on an address that others reach too, operators alone.
 */
function mayDeploy(host: string): (actor: Actor) => boolean {
  const isLocal = loopbackHosts.has(host);
  return (actor) => isLocal || actor.role === 'operator';
}

export async function buildControlPlane(parts: ControlPlaneParts): Promise<ControlPlane> {
  const { configuration, connection, keyring, events } = parts;
  const { control } = connection;
  const platformLimits = platformLimitsOf(configuration);
  const leaseMilliseconds = configuration.leaseSeconds * 1000;
  const { directory: clusters, service: clusterService, jobs: clusterJobs } = await buildClusters({ ...parts, publicHosts: configuration.publicMongodbHost });

  const deployers = new Map<string, Deployer>([['process', new ProcessDeployer({ directory: join(parts.dataDirectory, 'apps'), clock: systemClock })]]);
  const deployments = new AppDeployments({ stores: control, keyring, deployers, clock: systemClock, uriOf: (userId, entry, instances) => tenantUri({ clusters, keyring, control, platformLimits }, userId, entry, instances) });
  const world = { control, clusters, keyring, clock: systemClock, redeployer: deployments, largestDatabaseCount: limitRules.max_databases.defaultValue ?? Number.MAX_SAFE_INTEGER };
  const definitions = operationDefinitions(world);
  const owner = `${hostname()}:${process.pid}`;
  const journal = createJournal({
    ...world, definitions, identifiers: systemIdentifiers, events, owner, leaseMilliseconds,
    retries: defaultRetryPolicy, isTransient: isTransientMongoError, onStep: parts.onStep, tracing: parts.tracing ?? noTracing,
  });
  const telling = await buildEvents(parts);
  const usage = await buildUsage({ ...parts, clusters, platformLimits, largestSeriesCount: configuration.userSeries });
  const legacy = buildLegacy({ ...world, connection, journal, operations: definitions, events, ciphers: parts.legacyCiphers, sources: parts.legacySources, owner, leaseMilliseconds });
  const databases = databasesOfAllUsers(createDatabaseService({ ...world, platformLimits, journal, operations: definitions, identifiers: systemIdentifiers, events }), legacy.firstUse);
  const limited = parts.rateLimiter === undefined ? databases : limitDatabaseService(databases, parts.rateLimiter);
  const walks = new MongoSharedWalks(connection.db);
  const reconciling = await buildReconcile({ ...world, connection, journal, operations: definitions, events, walks, owner, leaseMilliseconds, metrics: parts.metrics });
  const jobs = [
    recoverOperations(journal), runScheduled({ ...world, journal, operations: definitions }), revokeUnusedCredentials({ ...world, journal, operations: definitions }), ...reconciling.jobs, ...clusterJobs,
    enforceQuotas({ control, clusters, journal, operations: definitions, events, walks, clock: systemClock }), suspendDatabases({ control, journal, operations: definitions }), tellOfFailedSignIns({ control, clock: systemClock }), ...usage.jobs, ...telling.jobs, ...legacy.jobs,
  ];
  let running: ReturnType<typeof startJobs> | undefined;
  const stopping = new AbortController();
  let resumed: Promise<void> = Promise.resolve();
  return {
    ...telling.services,
    databases,
    moves: movesOfAllUsers(createMoveService({ control, clusters, journal, operations: definitions }), legacy.firstUse),
    usage: usageOfAllUsers(usage.usage, legacy.firstUse),
    bulk: createBulkService({ databases: limited, control, journal, events, limiter: parts.rateLimiter }),
    apps: appsOfAllUsers(createAppService({ control, keyring, deployments, clock: systemClock, identifiers: systemIdentifiers, mayDeploy: mayDeploy(configuration.host) }), legacy.firstUse),
    operations: createOperationService(control.operations, systemClock),
    clusters: clusterService,
    legacyMigrations: legacy.service,
    reconcile: reconciling.service,
    start: () => {
      running = startJobs(jobs, systemClock, events);
      resumed = deployments.resume(stopping.signal).catch(() => events.emit({ name: 'job.failed', job: 'resume_apps', errorCode: 'RESUME_FAILED' }));
    },
    stop: async () => {
      stopping.abort();
      await running?.stop();
      await Promise.all([journal.stop(), usage.idle()]);
      await Promise.all([...deployers.values()].map((deployer) => deployer.close()));
      await resumed;
      telling.close();
      await clusters.close();
    },
  };
}
