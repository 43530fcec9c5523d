// Sizes of single databases, measured at most once in 5 minutes however many ask (R6.1). From 4 minutes on, whoever asks gets the
// sizes that are there and sets off a new measurement behind their back; nobody waits unless there is nothing recent.
import { largestCollectionCount } from '@freehold/api';
import { alternateUsername } from '../domain/naming.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import { PermanentFailure, TransientFailure } from '../ports/failures.js';
import type { DatabaseStats, StatsCache } from '../ports/stats-cache.js';

export interface StatsReaderDependencies {
  readonly clusters: ClusterDirectory;
  readonly cache: StatsCache;
  readonly clock: Clock;
}

export type MeasuredDatabase = Pick<DatabaseEntry, 'id' | 'cluster_id' | 'mongo_database' | 'mongo_username'>;

export interface StatsReader {
  /** Throws what the cluster throws, where there is nothing recent to fall back on. */
  readonly read: (database: MeasuredDatabase) => Promise<DatabaseStats>;
  /** Resolves when nothing is measured here any more. */
  readonly idle: () => Promise<void>;
}

const freshMilliseconds = 5 * 60_000;
const refreshAfterMilliseconds = 4 * 60_000;
/** For a cluster that does not answer: better sizes of a while ago, which say so, than none. */
const keptMilliseconds = 60 * 60_000;
/** A replica that dies while it measures holds the others up for this long. */
const claimMilliseconds = 10_000;
const pollMilliseconds = 50;

async function measure(clusters: ClusterDirectory, takenAt: Date, { cluster_id, mongo_database, mongo_username }: MeasuredDatabase): Promise<DatabaseStats> {
  const cluster = await clusters.cluster(cluster_id);
  const [size, collections, connections] = await Promise.all([
    cluster.databaseSize(mongo_database),
    cluster.collectionSizes(mongo_database, largestCollectionCount),
    cluster.connectionsByUser([mongo_username, alternateUsername(mongo_username)]).then(sumOf, unlessRefused),
  ]);
  return { takenAt, size, collections, connections };
}

function sumOf(byUser: ReadonlyMap<string, number>): number {
  return [...byUser.values()].reduce((sum, count) => sum + count, 0);
}

/** Managed clusters may not let anybody look at connections. */
function unlessRefused(error: unknown): null {
  if (error instanceof PermanentFailure) return null;
  throw error;
}

/** Builds the reader. */
export function createStatsReader({ clusters, cache, clock }: StatsReaderDependencies): StatsReader {
  const running = new Map<string, Promise<DatabaseStats>>();

  const ageOf = ({ takenAt }: DatabaseStats): number => clock.now().getTime() - takenAt.getTime();

  /** What another asker has measured since; undefined where this one is to do it. */
  async function measuredElsewhere(databaseId: string): Promise<DatabaseStats | undefined> {
    const attempts = claimMilliseconds / pollMilliseconds;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      // One after the other: this waits for somebody else.
      const isOurs = await cache.claim(databaseId, claimMilliseconds);
      const cached = await cache.get(databaseId);
      if (cached !== undefined && ageOf(cached) < refreshAfterMilliseconds) {
        if (isOurs) await cache.release(databaseId);
        return cached;
      }
      if (isOurs) return undefined;
      await clock.sleep(pollMilliseconds);
    }
    return undefined;
  }

  async function take(database: MeasuredDatabase): Promise<DatabaseStats> {
    const elsewhere = await measuredElsewhere(database.id);
    if (elsewhere !== undefined) return elsewhere;
    try {
      const stats = await measure(clusters, clock.now(), database);
      await cache.put(database.id, stats, keptMilliseconds);
      return stats;
    } finally {
      await cache.release(database.id);
    }
  }

  /** One at a time for each database: who comes meanwhile waits for the same. */
  function refresh(database: MeasuredDatabase): Promise<DatabaseStats> {
    const underWay = running.get(database.id);
    if (underWay !== undefined) return underWay;
    const taking = take(database).finally(() => running.delete(database.id));
    running.set(database.id, taking);
    return taking;
  }

  return {
    read: async (database) => {
      const cached = await cache.get(database.id);
      const age = cached === undefined ? Infinity : ageOf(cached);
      if (cached !== undefined && age < freshMilliseconds) {
        // A failure behind somebody's back is found again by who asks a minute later.
        if (age >= refreshAfterMilliseconds) refresh(database).catch(() => undefined);
        return cached;
      }
      try {
        return await refresh(database);
      } catch (error) {
        if (cached !== undefined && error instanceof TransientFailure) return cached;
        throw error;
      }
    },
    idle: async () => {
      while (running.size > 0) await Promise.allSettled(running.values());
    },
  };
}
