// Measures every database every 5 minutes: the size goes into its entry, where lists and quotas read it (R6.2), and into the history.
// The walk over all owners is a round; replicas take its pages in turn, so that many of them measure faster, and none twice.
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import { periodOf, resolutionsDue, sizeInMegabytes } from '../domain/usage-sampling.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlStores } from '../ports/control-database.js';
import { TransientFailure } from '../ports/failures.js';
import type { CollectionRound, DatabaseSample, UsageHistory } from '../ports/usage-history.js';
import type { Job } from './job.js';

export interface CollectSizesDependencies {
  readonly control: Pick<ControlStores, 'databases'>;
  readonly clusters: ClusterDirectory;
  readonly history: UsageHistory;
  readonly clock: Pick<Clock, 'now'>;
}

const ownersPerPage = 50;
const measurementsAtOnce = 8;

interface Page {
  readonly round: CollectionRound;
  readonly owners: readonly DatabaseOwner[];
}

/** What one run of the job remembers. */
interface Run {
  /** Clusters that did not answer: they are not asked again in this run. */
  readonly silentClusters: Set<string>;
  readonly failures: unknown[];
}

/** Begins a round where one is due. Undefined: the last one is done, and the next is not due. */
async function currentRound({ history, clock }: CollectSizesDependencies): Promise<CollectionRound | undefined> {
  const last = await history.round();
  if (last !== undefined && !last.isDone) return last;
  const startedAt = periodOf(clock.now(), 'five_minutes');
  if (last !== undefined && startedAt <= last.startedAt) return undefined;
  const next: CollectionRound = { startedAt, previousStartedAt: last?.startedAt ?? null, afterUserId: null, isDone: false };
  return (await history.advance(last, next)) ? next : history.round();
}

/** Takes the next page of the round for this replica. Undefined: there is none. */
async function takePage(dependencies: CollectSizesDependencies, signal: AbortSignal): Promise<Page | undefined> {
  const { control, history } = dependencies;
  while (!signal.aborted) {
    // One after the other: where another replica was faster, this one looks again.
    const round = await currentRound(dependencies);
    if (round === undefined || round.isDone) return undefined;
    const owners = await control.databases.pageOfOwners(round.afterUserId, ownersPerPage);
    const last = owners.at(-1);
    const isTaken = await history.advance(round, last === undefined ? { ...round, isDone: true } : { ...round, afterUserId: last.userId });
    if (isTaken && last !== undefined) return { round, owners };
  }
  return undefined;
}

interface Measured {
  readonly userId: string;
  readonly entry: DatabaseEntry;
}

function isMeasured({ status }: DatabaseEntry): boolean {
  return status === 'active' || status === 'migrating';
}

async function measure({ control, clusters }: CollectSizesDependencies, { userId, entry }: Measured, at: Date): Promise<DatabaseSample> {
  const cluster = await clusters.cluster(entry.cluster_id);
  const { bytes, documents } = await cluster.databaseSize(entry.mongo_database);
  const sizeMb = sizeInMegabytes(bytes);
  if (sizeMb !== entry.current_size_mb) await control.databases.change(userId, entry.id, { current_size_mb: sizeMb }, { whereStatus: ['active', 'migrating'] });
  return { databaseId: entry.id, at, bytes, documents };
}

async function measurePage(dependencies: CollectSizesDependencies, { round, owners }: Page, run: Run): Promise<void> {
  const { startedAt, previousStartedAt } = round;
  const waiting = owners.flatMap(({ userId, databases }) => databases.filter(isMeasured).map((entry) => ({ userId, entry }))).values();
  const samples: DatabaseSample[] = [];
  const worker = async (): Promise<void> => {
    for (const database of waiting) {
      const { cluster_id: clusterId } = database.entry;
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
  await dependencies.history.record(samples, resolutionsDue(previousStartedAt, startedAt));
}

export function collectSizes(dependencies: CollectSizesDependencies): Job {
  return {
    name: 'collect_sizes',
    // More often than a round is due: a replica that comes late to one still takes its share.
    everyMilliseconds: 30_000,
    run: async (signal) => {
      const run: Run = { silentClusters: new Set(), failures: [] };
      for (let page = await takePage(dependencies, signal); page !== undefined; page = await takePage(dependencies, signal)) {
        // One after the other: within a page several are measured at once.
        await measurePage(dependencies, page, run);
      }
      if (run.failures.length > 0) throw new AggregateError(run.failures, `${run.failures.length} databases could not be measured`);
    },
  };
}
