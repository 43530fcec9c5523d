// Measures every database every 5 minutes: the size goes into its entry, where lists and quotas read it (R6.2), and into the history.
// The walk over all owners is a round; replicas take its pages in turn, so that many of them measure faster, and none twice.
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import { forecast, forecastWindowMs, isWorthAWarning } from '../domain/forecast.js';
import { bytesPerMegabyte, mergeTrend, resolutionsDue, sampleResolutions, sizeInMegabytes } from '../domain/usage-sampling.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlStores } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import { TransientFailure } from '../ports/failures.js';
import type { SharedWalks } from '../ports/shared-walks.js';
import type { DatabaseSample, UsageHistory } from '../ports/usage-history.js';
import type { Job } from './job.js';
import { takePages, type WalkPage } from './shared-walk.js';

export interface CollectSizesDependencies {
  readonly control: Pick<ControlStores, 'databases' | 'outbox'>;
  readonly clusters: ClusterDirectory;
  readonly history: Pick<UsageHistory, 'record' | 'samplesOf'>;
  readonly events: EventSink;
  readonly walks: SharedWalks;
  readonly clock: Pick<Clock, 'now'>;
}

const ownersPerPage = 50;
const measurementsAtOnce = 8;
/** Of a quota that is less used than this, the past is not looked at: reading it costs more than measuring. */
const shareWorthAForecast = 0.5;

/** What one run of the job remembers. */
interface Run {
  /** Clusters that did not answer: they are not asked again in this run. */
  readonly silentClusters: Set<string>;
  readonly failures: unknown[];
}

function isMeasured({ status }: DatabaseEntry): boolean {
  return status === 'active' || status === 'migrating';
}

async function measure({ clusters }: CollectSizesDependencies, entry: DatabaseEntry, at: Date): Promise<DatabaseSample> {
  const cluster = await clusters.cluster(entry.cluster_id);
  const { bytes, documents } = await cluster.databaseSize(entry.mongo_database);
  return { databaseId: entry.id, at, bytes, documents };
}

/** Writes the sizes that have changed, all of one owner's together: each write is one of the owner's whole document. */
async function writeSizes({ control }: CollectSizesDependencies, owners: readonly DatabaseOwner[], samples: readonly DatabaseSample[], run: Run): Promise<void> {
  const measured = new Map(samples.map(({ databaseId, bytes }) => [databaseId, sizeInMegabytes(bytes)]));
  for (const { userId, databases } of owners) {
    const changed = databases.filter(({ id, current_size_mb: sizeMb }) => (measured.get(id) ?? sizeMb) !== sizeMb);
    // One owner after the other: it is the measuring that takes long. One that cannot be written stops no other.
    if (changed.length > 0) await control.databases.writeSizes(userId, new Map(changed.map(({ id }) => [id, measured.get(id)!]))).catch((error: unknown) => run.failures.push(error));
  }
}

async function measurePage(dependencies: CollectSizesDependencies, { round, owners }: WalkPage, run: Run): Promise<void> {
  const { startedAt, previousStartedAt } = round;
  const waiting = owners.flatMap(({ databases }) => databases.filter(isMeasured)).values();
  const samples: DatabaseSample[] = [];
  const worker = async (): Promise<void> => {
    for (const database of waiting) {
      const { cluster_id: clusterId } = database;
      if (run.silentClusters.has(clusterId)) continue;
      try {
        samples.push(await measure(dependencies, database, startedAt));
      } catch (error) {
        if (error instanceof TransientFailure) run.silentClusters.add(clusterId);
        run.failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: measurementsAtOnce }, worker));
  await writeSizes(dependencies, owners, samples, run);
  const resolutions = resolutionsDue(previousStartedAt, startedAt);
  await dependencies.history.record(samples, resolutions);
  if (resolutions.includes('day')) await warnOfNearEnds(dependencies, owners, samples);
}

/** Once a day: warns where a quota that is half used will be full within a week. */
async function warnOfNearEnds({ control, history, clock, events }: CollectSizesDependencies, owners: readonly DatabaseOwner[], samples: readonly DatabaseSample[]): Promise<void> {
  const sizes = new Map(samples.map(({ databaseId, bytes }) => [databaseId, bytes]));
  const now = clock.now();
  for (const { userId, databases } of owners) {
    for (const { id: databaseId, quota_mb: quotaMb } of databases) {
      const bytes = sizes.get(databaseId);
      if (quotaMb === null || bytes === undefined || bytes < quotaMb * bytesPerMegabyte * shareWorthAForecast) continue;
      // One after the other: these are few, and nobody waits.
      const trend = mergeTrend(await history.samplesOf(databaseId, new Date(now.getTime() - forecastWindowMs)));
      const found = forecast(trend, quotaMb * bytesPerMegabyte, now);
      const { daysLeft, growthBytesPerDay, confidence } = found;
      if (!isWorthAWarning(found) || daysLeft === null || growthBytesPerDay === null || confidence === null) continue;
      events.emit({ name: 'quota.forecast', userId, databaseId, daysLeft, growthBytesPerDay, confidence });
      await control.outbox.record({ userId, type: 'quota.forecast', at: now, data: { database_id: databaseId, days_left: daysLeft, growth_bytes_per_day: growthBytesPerDay, confidence } });
    }
  }
}

export function collectSizes(dependencies: CollectSizesDependencies): Job {
  return {
    name: 'collect_sizes',
    // More often than a round is due: a replica that comes late to one still takes its share.
    everyMilliseconds: 30_000,
    run: async (signal) => {
      const run: Run = { silentClusters: new Set(), failures: [] };
      const { walks, clock, control } = dependencies;
      const walk = {
        name: 'sizes', walks, clock, periodMilliseconds: sampleResolutions.five_minutes.everyMilliseconds, pageAfter: (userId: string | null) => control.databases.pageOfOwners(userId, ownersPerPage),
      } as const;
      // One page after the other: within it several are measured at once.
      for await (const page of takePages(walk, signal)) await measurePage(dependencies, page, run);
      if (run.failures.length > 0) throw new AggregateError(run.failures, `${run.failures.length} databases could not be measured`);
    },
  };
}
