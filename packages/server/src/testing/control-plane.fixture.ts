// The control plane without HTTP, on a test cluster: what integration tests drive. Replicas share the databases; each has
// its own journal, clock and crash points.
import { ObjectId } from 'mongodb';
import { AesGcmKeyring } from '../adapters/environment-keyring/aes-gcm-keyring.js';
import { parseMasterKeys } from '../adapters/environment-keyring/master-keys.js';
import { MongoClusterDirectory, primaryClusterId } from '../adapters/mongodb/cluster-directory.js';
import { MongoCluster } from '../adapters/mongodb/cluster.js';
import { connectControlDatabase, type ControlConnection } from '../adapters/mongodb/control-database.js';
import { isTransientMongoError } from '../adapters/mongodb/failures.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import type { LimitValues } from '../domain/limits.js';
import { createJournal, type Journal } from '../journal/journal.js';
import type { RunDependencies } from '../journal/operation-run.js';
import { defaultRetryPolicy } from '../journal/retry-policy.js';
import { operationDefinitions, type DatabaseOperations } from '../operations/index.js';
import type { AppRedeployer } from '../ports/app-redeployer.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { PlatformEvent } from '../ports/events.js';
import type { Identifiers } from '../ports/identifiers.js';
import type { Keyring } from '../ports/keyring.js';
import type { Actor, DatabaseService, MoveService } from '../services/contracts.js';
import { createDatabaseService } from '../services/databases.js';
import { createMoveService } from '../services/moves.js';
import { startTestCluster, type TestCluster } from './start-test-cluster.js';

export interface ReplicaOptions {
  readonly owner?: string;
  readonly clock?: Clock;
  readonly identifiers?: Identifiers;
  readonly clusters?: ClusterDirectory;
  readonly onStep?: RunDependencies['onStep'];
  readonly largestDatabaseCount?: number;
  readonly platformLimits?: LimitValues;
  /** Absent: one that notes which apps were to be deployed again. */
  readonly redeployer?: AppRedeployer;
}

/** One process of the control plane. */
export interface Replica {
  readonly databases: DatabaseService;
  readonly moves: MoveService;
  readonly journal: Journal;
  readonly operations: DatabaseOperations;
  readonly events: readonly PlatformEvent[];
  /** The user's apps that were to be deployed again. */
  readonly redeployed: readonly string[];
}

export interface ControlPlane {
  readonly testCluster: TestCluster;
  readonly connection: ControlConnection;
  readonly cluster: MongoCluster;
  readonly clusters: ClusterDirectory;
  /** The same. */
  readonly directory: MongoClusterDirectory;
  readonly keyring: Keyring;
  replica(options?: ReplicaOptions): Replica;
  /** A new account, and what it looks like to services. */
  newActor(fields?: Readonly<Record<string, unknown>>): Promise<Actor>;
  stop(): Promise<void>;
}

/** A clock that a test can set forward. */
export function movableClock(): Clock & { advance(milliseconds: number): void } {
  let offset = 0;
  return {
    now: () => new Date(Date.now() + offset),
    sleep: (milliseconds, signal) => systemClock.sleep(Math.min(milliseconds, 20), signal),
    advance: (milliseconds) => {
      offset += milliseconds;
    },
  };
}

export interface ControlPlaneOptions {
  /** The cluster's limit of MongoDB users. */
  readonly userLimit?: number;
  /** How long transactions that meet others are tried again, if not as long as ever. */
  readonly patienceMilliseconds?: number;
}

/** Starts a cluster and connects to it. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const testCluster = await startTestCluster();
  const plane = await connectControlPlane(testCluster, `freehold_test_${new ObjectId().toHexString()}`, options);
  const stop = async (): Promise<void> => {
    await plane.connection.db.dropDatabase();
    await plane.stop();
    await testCluster.stop();
  };
  return { ...plane, stop };
}

/** Connects to a cluster that runs: what one more process of the same control plane does. */
export async function connectControlPlane(testCluster: TestCluster, databaseName: string, options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const connection = await connectControlDatabase({ uri: testCluster.uri, databaseName, ...(options.patienceMilliseconds === undefined ? {} : { patienceMilliseconds: options.patienceMilliseconds }) });
  const keyring = new AesGcmKeyring(parseMasterKeys(`k1:${Buffer.alloc(32, 7).toString('base64')}`));
  const cluster = new MongoCluster({ id: primaryClusterId, uri: testCluster.uri, installationId: databaseName });
  const clusters = new MongoClusterDirectory({ store: connection.control.clusters, keyring, primary: cluster, installationId: databaseName });
  await connection.control.clusters.ensure({
    id: primaryClusterId, name: 'primary', uriEncrypted: null, userLimit: options.userLimit ?? 1000, userCount: 0, acceptsNewDatabases: true,
  });
  return {
    testCluster, connection, cluster, clusters, directory: clusters, keyring,
    replica: (replicaOptions = {}) => buildReplica({ connection, clusters, keyring }, replicaOptions),
    newActor: (fields) => newActor(connection, fields),
    stop: async () => {
      await clusters.close();
      await connection.close();
    },
  };
}

async function newActor({ db }: ControlConnection, fields: Readonly<Record<string, unknown>> = {}): Promise<Actor> {
  const _id = new ObjectId();
  await db.collection('users').insertOne({ _id, email: `${_id.toHexString()}@example.com`, databases: [], default_database_id: null, total_quota_mb: null, ...fields });
  return { userId: _id.toHexString(), role: 'user', credential: { kind: 'session', id: 'session' }, requestId: 'request', remoteAddress: '192.0.2.1' };
}

function notingRedeployer(redeployed: string[]): AppRedeployer {
  return {
    redeploy: async (_userId, appIds) => void redeployed.push(...appIds),
    move: async (_userId, appId) => {
      redeployed.push(appId);
      return { kind: 'healthy' };
    },
  };
}

function buildReplica(shared: Pick<ControlPlane, 'connection' | 'clusters' | 'keyring'>, options: ReplicaOptions): Replica {
  const events: PlatformEvent[] = [];
  const redeployed: string[] = [];
  const identifiers = options.identifiers ?? systemIdentifiers;
  const world = {
    control: shared.connection.control,
    clusters: options.clusters ?? shared.clusters,
    keyring: shared.keyring,
    clock: options.clock ?? systemClock,
    redeployer: options.redeployer ?? notingRedeployer(redeployed),
    largestDatabaseCount: options.largestDatabaseCount ?? 1000,
  };
  const operations = operationDefinitions(world);
  const sink = { emit: (event: PlatformEvent) => void events.push(event) };
  const journal = createJournal({
    ...world, definitions: operations, identifiers, events: sink, owner: options.owner ?? 'replica', leaseMilliseconds: 30_000,
    retries: { ...defaultRetryPolicy, firstDelayMilliseconds: 1 }, isTransient: isTransientMongoError, onStep: options.onStep ?? (() => undefined),
  });
  return { databases: createDatabaseService({ ...world, journal, operations, identifiers, events: sink, platformLimits: options.platformLimits ?? {} }), moves: createMoveService({ ...world, journal, operations }), journal, operations, events, redeployed };
}
