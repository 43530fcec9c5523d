// One sweep of the reconciler: every database of every user against its cluster, then every MongoDB user against the records
// (R5.8). In pages by index, with bounded memory and concurrency; safe on several replicas at once, because repairs are
// operations under the database's lock.
import type { CredentialAction } from '../domain/credential-plan.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import type { Journal } from '../journal/journal.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { Cluster, ClusterDirectory } from '../ports/cluster.js';
import type { ClusterRecord } from '../ports/clusters.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import { TransientFailure } from '../ports/failures.js';
import { DatabaseLocked } from '../ports/operations.js';
import { isOrphan, plannedAction } from './find-drift.js';

export interface SweepDependencies {
  readonly control: ControlDatabase;
  readonly clusters: ClusterDirectory;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, 'database.repair'>;
  readonly events: EventSink;
  readonly signal: AbortSignal;
}

export interface SweepReport {
  readonly databases: number;
  readonly repaired: number;
  readonly orphansDropped: number;
}

const ownersPerPage = 100;
const usersPerPage = 500;
const checksAtOnce = 8;

const driftNames = { create_user: 'credential_missing', drop_user: 'credential_unwanted', set_roles: 'wrong_roles' } as const;

/** Runs the work over the items with a bound on how many are under way. */
async function eachOf<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: checksAtOnce }, worker));
}

async function repair(dependencies: SweepDependencies, userId: string, entry: DatabaseEntry, action: CredentialAction): Promise<boolean> {
  if (action.kind === 'nothing' || action.kind === 'wait') return false;
  let isMended = false;
  try {
    const outcome = await dependencies.journal.run(dependencies.operations['database.repair'], { userId, databaseId: entry.id, params: { found: null } });
    isMended = outcome.state === 'succeeded';
  } catch (error) {
    if (!(error instanceof DatabaseLocked)) throw error; // An operation began meanwhile: it knows better.
  }
  dependencies.events.emit({ name: 'reconciler.drift', drift: driftNames[action.kind], clusterId: entry.cluster_id, username: entry.mongo_username, isMended });
  return isMended;
}

interface Counts {
  databases: number;
  repaired: number;
  readonly perCluster: Map<string, number>;
}

async function sweepDatabases(dependencies: SweepDependencies): Promise<Counts> {
  const { control, clusters, signal } = dependencies;
  const counts: Counts = { databases: 0, repaired: 0, perCluster: new Map() };
  let after: string | null = null;
  while (!signal.aborted) {
    // Page after page: each begins where the last one ended.
    const owners = await control.databases.pageOfOwners(after, ownersPerPage);
    if (owners.length === 0) break;
    after = owners.at(-1)!.userId;
    const entries = owners.flatMap(({ userId, databases }) => databases.map((entry) => ({ userId, entry })));
    await eachOf(entries, async ({ userId, entry }) => {
      counts.databases += 1;
      counts.perCluster.set(entry.cluster_id, (counts.perCluster.get(entry.cluster_id) ?? 0) + 1);
      const action = await plannedAction(control, await clusters.cluster(entry.cluster_id), entry);
      if (await repair(dependencies, userId, entry, action)) counts.repaired += 1;
    });
  }
  return counts;
}

async function sweepUsers({ control, events, signal }: SweepDependencies, cluster: Cluster): Promise<{ readonly orphansDropped: number; readonly foreign: number }> {
  let after: string | null = null;
  let orphansDropped = 0;
  let foreign = 0;
  while (!signal.aborted) {
    // Page after page: each begins where the last one ended.
    const users = await cluster.listDatabaseUsers(after, usersPerPage);
    if (users.length === 0) break;
    after = users.at(-1)!.username;
    await eachOf(users, async (user) => {
      if (user.owner === null) foreign += 1;
      if (!(await isOrphan(control, user))) return;
      const isMended = await cluster.dropDatabaseUser(user.username);
      if (isMended) orphansDropped += 1;
      events.emit({ name: 'reconciler.drift', drift: 'orphaned_credential', clusterId: cluster.id, username: user.username, isMended });
    });
  }
  return { orphansDropped, foreign };
}

function unlessAway(error: unknown): undefined {
  if (!(error instanceof TransientFailure)) throw error;
}

/** Sweeps once. Stops early, between two pages, when the signal aborts. */
export async function sweep(dependencies: SweepDependencies): Promise<SweepReport> {
  const { control, clusters, signal } = dependencies;
  const registered: readonly ClusterRecord[] = await control.clusters.list();
  const counts = await sweepDatabases(dependencies);
  let orphansDropped = 0;
  for (const { id, userCount, foreignUserCount } of registered) {
    // One cluster after the other: each is walked with its own bound. One that does not answer stops no other.
    const found = await sweepUsers(dependencies, await clusters.cluster(id)).catch(unlessAway);
    if (found === undefined) continue;
    orphansDropped += found.orphansDropped;
    const counted = (counts.perCluster.get(id) ?? 0) + found.foreign;
    const isRight = counted === userCount && found.foreign === foreignUserCount;
    if (!signal.aborted && !isRight) await control.clusters.correctUserCount(id, userCount, counted, found.foreign);
  }
  return { databases: counts.databases, repaired: counts.repaired, orphansDropped };
}
