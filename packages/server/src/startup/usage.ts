// Sizes of databases: measured by jobs, kept in the control database, cached in Redis where there is one, else in memory.
import { MemoryStatsCache } from '../adapters/memory/stats-cache.js';
import type { ControlConnection } from '../adapters/mongodb/control-database.js';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { MongoUsageHistory } from '../adapters/mongodb/usage-history.js';
import type { RedisConnection } from '../adapters/redis/connection.js';
import { InsuredStatsCache, RedisStatsCache } from '../adapters/redis/stats-cache.js';
import { systemClock as clock } from '../adapters/system/clock.js';
import type { LimitValues } from '../domain/limits.js';
import { collectSizes } from '../jobs/collect-sizes.js';
import type { Job } from '../jobs/job.js';
import { publishSizeSeries } from '../jobs/publish-size-series.js';
import { watchConnections } from '../jobs/watch-connections.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { EventSink } from '../ports/events.js';
import type { UsageService } from '../services/contracts.js';
import { createStatsReader } from '../services/stats-reader.js';
import { createUsageService } from '../services/usage.js';
import type { Metrics } from '../telemetry/metrics.js';

export interface UsageParts {
  readonly connection: ControlConnection;
  readonly clusters: ClusterDirectory;
  readonly redis: RedisConnection | undefined;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly largestSeriesCount: number;
  readonly platformLimits: LimitValues;
}

export interface Usage {
  readonly usage: UsageService;
  readonly jobs: readonly Job[];
  /** Resolves when nothing is measured any more. */
  idle(): Promise<void>;
}

export async function buildUsage({ connection, clusters, redis, metrics, events, largestSeriesCount, platformLimits }: UsageParts): Promise<Usage> {
  const { control, db } = connection;
  const history = new MongoUsageHistory(db);
  await history.prepare();
  const inMemory = new MemoryStatsCache(clock);
  const cache = redis === undefined ? inMemory : new InsuredStatsCache(new RedisStatsCache(redis.client), inMemory);
  const stats = createStatsReader({ clusters, cache, clock });
  return {
    usage: createUsageService({ control, stats, history, clock, platformLimits }),
    jobs: [collectSizes({ control, clusters, history, walks: new MongoSharedWalks(db), events, clock }), publishSizeSeries({ control, metrics, largestSeriesCount }), watchConnections({ control, clusters, clock, events, metrics, largestSeriesCount, platformLimits })],
    idle: () => stats.idle(),
  };
}
