// Counts the open connections of databases, for their metric, and tells of databases that have more than their budget. Databases are
// taken from what a cluster shows, the busiest first, so that a million idle ones cost nothing. Every replica counts the same.
import { connectionBudget, type ConnectionBudgetSource } from '../credentials/connection-budget.js';
import { alternateUsername } from '../domain/naming.js';
import type { Clock } from '../ports/clock.js';
import type { Cluster, ClusterDirectory } from '../ports/cluster.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import { PermanentFailure } from '../ports/failures.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Job } from './job.js';

export interface WatchConnectionsDependencies extends ConnectionBudgetSource {
  readonly control: ControlDatabase;
  readonly clock: Pick<Clock, 'now'>;
  readonly clusters: ClusterDirectory;
  readonly events: EventSink;
  readonly metrics: Pick<Metrics, 'replace'>;
  /** How many series of single databases; none are published with 0. */
  readonly largestSeriesCount: number;
}

/** So many databases of a cluster are looked at in one run: those with most connections. */
const databasesPerCluster = 200;
const lookUpsAtOnce = 8;
/** Who is above the budget all the time is told of once in this time, whichever replica sees it. */
const warnAgainMilliseconds = 24 * 60 * 60_000;

interface Seen {
  readonly clusterId: string;
  readonly userId: string;
  readonly databaseId: string;
  readonly open: number;
  /** Null: there is none. */
  readonly budget: number | null;
}

/** The connections of both credentials of a database together, the most first. */
function busiest(byUser: ReadonlyMap<string, number>): readonly (readonly [username: string, open: number])[] {
  const sums = new Map<string, number>();
  for (const [username, open] of byUser) {
    const alternate = alternateUsername(username);
    const name = sums.has(alternate) ? alternate : username;
    sums.set(name, (sums.get(name) ?? 0) + open);
  }
  return [...sums].sort(([, a], [, b]) => b - a).slice(0, databasesPerCluster);
}

async function lookUp(dependencies: WatchConnectionsDependencies, cluster: Cluster, username: string, open: number): Promise<Seen | undefined> {
  const owner = (await cluster.findDatabaseUser(username))?.owner;
  if (owner === undefined || owner === null) return undefined;
  const database = await dependencies.control.databases.find(owner.userId, owner.databaseId);
  if (database === undefined) return undefined;
  return { clusterId: cluster.id, userId: owner.userId, databaseId: owner.databaseId, open, budget: await connectionBudget(dependencies, owner.userId, database.entry) };
}

async function lookAt(dependencies: WatchConnectionsDependencies, clusterId: string): Promise<readonly Seen[]> {
  const cluster = await dependencies.clusters.cluster(clusterId);
  const waiting = busiest(await cluster.connectionsByUser(null)).values();
  const seen: Seen[] = [];
  const worker = async (): Promise<void> => {
    for (const [username, open] of waiting) {
      const found = await lookUp(dependencies, cluster, username, open);
      if (found !== undefined) seen.push(found);
    }
  };
  await Promise.all(Array.from({ length: lookUpsAtOnce }, worker));
  return seen;
}

const isAbove = ({ open, budget }: Seen): boolean => budget !== null && open > budget;

function publish({ metrics, largestSeriesCount }: WatchConnectionsDependencies, seen: readonly Seen[], clusterIds: readonly string[]): void {
  const largest = [...seen].sort((a, b) => b.open - a.open).slice(0, largestSeriesCount);
  metrics.replace('platform_database_connections', largest.map(({ userId, databaseId, open }) => ({ labels: { user_id: userId, database_id: databaseId }, value: open })));
  metrics.replace('platform_databases_above_connection_budget', clusterIds.map((clusterId) => ({
    labels: { cluster_id: clusterId }, value: seen.filter((database) => database.clusterId === clusterId && isAbove(database)).length,
  })));
}

/** Tells of a database, where it is above its budget, unless somebody has. */
async function warn({ control, clock, events }: WatchConnectionsDependencies, { userId, databaseId, open, budget }: Seen): Promise<void> {
  if (budget === null || open <= budget) return;
  const now = clock.now();
  const since = new Date(now.getTime() - warnAgainMilliseconds);
  const isOurs = await control.transaction(async ({ databases, outbox }) => {
    if (!(await databases.change(userId, databaseId, { connections_warned_at: now }, { whereConnectionsWarnedBefore: since }))) return false;
    await outbox.record({ userId, type: 'connections.above_budget', at: now, data: { database_id: databaseId, open, budget } });
    return true;
  });
  if (isOurs) events.emit({ name: 'connections.above_budget', userId, databaseId, open, budget });
}

export function watchConnections(dependencies: WatchConnectionsDependencies): Job {
  return {
    name: 'watch_connections',
    everyMilliseconds: 60_000,
    run: async () => {
      const seen: Seen[] = [];
      const shown: string[] = [];
      const failures: unknown[] = [];
      for (const { id } of await dependencies.control.clusters.list()) {
        try {
          // One after the other: each is looked at with its own bound.
          seen.push(...await lookAt(dependencies, id));
          shown.push(id);
        } catch (error) {
          // A managed cluster may not show its connections. One that does not answer stops no other.
          if (!(error instanceof PermanentFailure)) failures.push(error);
        }
      }
      publish(dependencies, seen, shown);
      // One after the other: there are few.
      for (const database of seen) await warn(dependencies, database);
      if (failures.length > 0) throw new AggregateError(failures, `the connections of ${failures.length} clusters could not be counted`);
    },
  };
}
