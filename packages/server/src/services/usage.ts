// What a database uses (`UsageService`): sizes from the cache (R6.1), their past, apps and quota (R4.3, R4.6).
import { ApiError, type DatabaseUsage } from '@freehold/api';
import { connectionBudget } from '../credentials/connection-budget.js';
import { DatabaseAbsent } from '../domain/database-status.js';
import type { LimitValues } from '../domain/limits.js';
import { dayMs, forecast, forecastWindowMs } from '../domain/forecast.js';
import { bytesPerMegabyte, mergeTrend, sizeInMegabytes, type UsageSample } from '../domain/usage-sampling.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { OwnedDatabase } from '../ports/databases.js';
import type { DatabaseStats } from '../ports/stats-cache.js';
import type { UsageHistory } from '../ports/usage-history.js';
import type { UsageService } from './contracts.js';
import { answering } from './databases-errors.js';
import type { StatsReader } from './stats-reader.js';

export interface UsageServiceDependencies {
  readonly control: ControlDatabase;
  readonly stats: StatsReader;
  readonly history: Pick<UsageHistory, 'samplesOf'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly platformLimits: LimitValues;
}

type App = DatabaseUsage['apps'][number];

/** Those that name the database, and, where it is the default, those that name none. */
async function appsOf({ apps }: ControlDatabase, { userId, entry, isDefault }: OwnedDatabase): Promise<readonly App[]> {
  const [bound, usingDefault] = await Promise.all([apps.boundTo(userId, entry.id), isDefault ? apps.boundTo(userId, null) : []]);
  return [...bound, ...usingDefault].map(({ _id: id, name, status }) => ({ id, name, status }));
}

function collectionsOf({ collections }: DatabaseStats): DatabaseUsage['collections'] {
  const sizeOf = ({ storageBytes, indexBytes }: DatabaseStats['collections'][number]): number => storageBytes + indexBytes;
  return [...collections].sort((a, b) => sizeOf(b) - sizeOf(a) || (a.name < b.name ? -1 : 1)).map(({ name, documents, dataBytes, storageBytes, indexBytes, indexes }) =>
    ({ name, documents, data_size: dataBytes, storage_size: storageBytes, index_size: indexBytes, indexes }));
}

function totalsOf({ size }: DatabaseStats): DatabaseUsage['totals'] {
  return {
    collections: size.collections, documents: size.documents, data_size: size.dataBytes, storage_size: size.storageBytes, index_size: size.indexBytes, total_size: size.bytes,
  };
}

function quotaOf(quotaMb: number | null, { size }: DatabaseStats): DatabaseUsage['quota'] {
  const usedMb = sizeInMegabytes(size.bytes);
  return { quota_mb: quotaMb, used_mb: usedMb, used_percent: quotaMb === null ? null : Math.round((usedMb / quotaMb) * 10_000) / 100 };
}

function forecastOf(trend: readonly UsageSample[], quotaMb: number | null, now: Date): DatabaseUsage['forecast'] {
  const { growthBytesPerDay, fullAt, daysLeft, confidence, reason } = forecast(trend, quotaMb === null ? null : quotaMb * bytesPerMegabyte, now);
  return { growth_bytes_per_day: growthBytesPerDay, full_at: fullAt?.toISOString() ?? null, days_left: daysLeft, confidence, reason };
}

/** Builds the service. */
export function createUsageService({ control, stats, history, clock, platformLimits }: UsageServiceDependencies): UsageService {
  const answer = <Result>(databaseId: string | null, work: () => Promise<Result>): Promise<Result> => answering(control.operations, databaseId, work);
  return {
    usage: (actor, databaseId, { trend_days: days }) => answer(databaseId, async () => {
      const database = await control.databases.find(actor.userId, databaseId);
      if (database === undefined) throw new DatabaseAbsent('no such database');
      const now = clock.now();
      const since = new Date(now.getTime() - days * dayMs);
      const seen = new Date(Math.min(since.getTime(), now.getTime() - forecastWindowMs));
      const [measured, samples, apps, budget] = await Promise.all([
        stats.read(database.entry), history.samplesOf(databaseId, seen), appsOf(control, database), connectionBudget({ control, platformLimits }, actor.userId, database.entry),
      ]);
      const trend = mergeTrend(samples);
      return {
        database_id: databaseId,
        as_of: measured.takenAt.toISOString(),
        totals: totalsOf(measured),
        collections: collectionsOf(measured),
        trend: trend.filter(({ at }) => at >= since).map(({ at, bytes, documents }) => ({ at: at.toISOString(), total_size: bytes, documents })),
        apps: [...apps],
        connections: { open: measured.connections, budget },
        quota: quotaOf(database.entry.quota_mb, measured),
        forecast: forecastOf(trend, database.entry.quota_mb, now),
      };
    }),
    defaultDatabaseStats: (actor) => answer(null, async () => {
      const { items: [found] } = await control.databases.list(actor.userId, { isDefault: true, limit: 1, offset: 0, sort: { key: 'created_at', descending: false } });
      const entry = found?.entry;
      if (entry === undefined) throw new ApiError('NO_DATABASE_AVAILABLE');
      const { takenAt, size } = await stats.read(entry);
      return {
        database_id: entry.id, database: entry.mongo_database, collections: size.collections, objects: size.documents, data_size: size.dataBytes,
        storage_size: size.storageBytes, index_size: size.indexBytes, as_of: takenAt.toISOString(),
      };
    }),
  };
}
