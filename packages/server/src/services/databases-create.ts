// Creating a database: finds it a cluster with room and a free id, and runs the operation (R1.6, R1.7).
import { ApiError, type CreateDatabase } from '@freehold/api';
import { sealPassword } from '../credentials/stored-password.js';
import { databaseIdFromUuid, mongoNames } from '../domain/naming.js';
import { placeDatabase } from '../domain/placement.js';
import type { Cluster } from '../ports/cluster.js';
import { DatabaseIdTaken } from '../ports/databases.js';
import { DatabaseLocked } from '../ports/operations.js';
import type { Actor } from './contracts.js';
import { succeeded } from './databases-errors.js';
import { originOf, type DatabaseServiceDependencies } from './databases-world.js';
import { operationIdFor, outcomeOfEarlier } from './request-operations.js';

/** With 32 bits a collision is rare even at 1,000,000 databases (one in 4,000 creations); eight in a row are not an accident. */
const largestAttemptCount = 8;

/** A cluster as this process knows it; one that cannot be opened, or was removed just now, is none to place a database on. */
async function opened({ clusters }: DatabaseServiceDependencies, clusterId: string): Promise<readonly Cluster[]> {
  try {
    return [await clusters.cluster(clusterId)];
  } catch {
    return [];
  }
}

/** What has just stopped to answer may be back in a moment, and comes last. */
function inTurn(clusters: readonly Cluster[]): readonly Cluster[] {
  return [...clusters.filter(({ contact }) => contact === 'present' || contact === 'untried'), ...clusters.filter(({ contact }) => contact === 'interrupted')];
}

/** A cluster that this process has never asked is asked before a database is placed on it. */
async function isAnswering(cluster: Cluster): Promise<boolean> {
  if (cluster.contact !== 'untried') return true;
  return cluster.describe().then(() => true, () => false);
}

/**
 * Reserves room for one MongoDB user on the cluster that has most of it, and answers. Throws CLUSTER_CAPACITY_EXHAUSTED, or
 * CLUSTER_UNAVAILABLE where there would be room, if only a cluster answered.
 */
async function claimCluster(dependencies: DatabaseServiceDependencies): Promise<string> {
  const { control, events } = dependencies;
  const { clusterIds, isHeldUp } = placeDatabase(await control.clusters.rooms());
  const candidates = inTurn((await Promise.all(clusterIds.map((id) => opened(dependencies, id)))).flat());
  let isSomeAway = isHeldUp || candidates.length < clusterIds.length;
  for (const cluster of candidates) {
    // One after the other: the next cluster is asked only if this one filled up meanwhile, or does not answer.
    if (!(await isAnswering(cluster))) isSomeAway = true;
    else if (await control.clusters.claimUser(cluster.id)) return cluster.id;
  }
  if (isSomeAway) throw new ApiError('CLUSTER_UNAVAILABLE', { retry_after_seconds: 30 }, { message: 'The clusters that have room do not answer.' });
  events.emit({ name: 'cluster.capacity_exhausted' });
  throw new ApiError('CLUSTER_CAPACITY_EXHAUSTED', { retry_after_seconds: 3600 });
}

interface Attempt {
  readonly clusterId: string;
  readonly operationId: string;
}

async function attempt(dependencies: DatabaseServiceDependencies, actor: Actor, input: CreateDatabase, { clusterId, operationId }: Attempt): Promise<string> {
  const { identifiers, keyring, journal, operations } = dependencies;
  const { userId } = actor;
  const databaseId = databaseIdFromUuid(identifiers.uuid());
  const names = mongoNames(userId, databaseId);
  const outcome = await journal.run(operations['database.create'], {
    userId,
    databaseId,
    params: {
      origin: originOf(actor),
      make_default: input.is_default ?? false,
      entry: {
        name: input.name,
        environment: input.environment,
        description: input.description ?? null,
        quota_mb: input.quota_mb ?? null,
        cluster_id: clusterId,
        mongo_database: names.database,
        mongo_username: names.username,
        mongo_password_encrypted: sealPassword(keyring, userId, databaseId, identifiers.password()),
      },
    },
  }, operationId);
  succeeded(outcome, databaseId);
  return databaseId;
}

/** Runs the operation under a free id; returns the id. */
export async function createDatabase(dependencies: DatabaseServiceDependencies, actor: Actor, input: CreateDatabase): Promise<string> {
  const earlier = await outcomeOfEarlier(dependencies, actor, 'database.create');
  if (earlier !== undefined) {
    succeeded(earlier.outcome, earlier.record.database_id);
    return earlier.record.database_id;
  }
  const clusterId = await claimCluster(dependencies);
  for (let attempts = 1; ; attempts += 1) {
    const operationId = await operationIdFor(dependencies, actor);
    try {
      // One after the other: another id is made only if this one is taken.
      return await attempt(dependencies, actor, input, { clusterId, operationId });
    } catch (error) {
      const isIdTaken = error instanceof DatabaseIdTaken || error instanceof DatabaseLocked;
      if (isIdTaken && attempts < largestAttemptCount) continue;
      await releaseUnlessRecorded(dependencies, clusterId, operationId);
      throw error;
    }
  }
}

/** A recorded operation keeps or gives back the room by itself; one that was refused has not taken it over. */
async function releaseUnlessRecorded({ control }: DatabaseServiceDependencies, clusterId: string, operationId: string): Promise<void> {
  if ((await control.operations.find(operationId)) === undefined) await control.clusters.releaseUser(clusterId);
}
