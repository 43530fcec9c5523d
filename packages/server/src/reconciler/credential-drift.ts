// Records against clusters: whether each database's MongoDB user is what its record says. All users of a page are asked for at once;
// what looks wrong is looked at again, alone, before it counts: an operation may have been at work between the two readings.
import type { DriftKind } from '@freehold/api';
import { planCredential, type CredentialAction, type ObservedCredential } from '../domain/credential-plan.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import { PermanentFailure, TransientFailure } from '../ports/failures.js';
import type { Cluster, DatabaseUser } from '../ports/cluster.js';
import { intentOf, observeCredential, plannedAction } from './find-drift.js';
import { eachOf, settleFinding, type Finding, type PageWork, type ReconcilerDependencies } from './finding.js';

export interface OwnedEntry {
  readonly userId: string;
  readonly entry: DatabaseEntry;
}

const usersAtOnce = 500;
const kinds = { create_user: 'credential_missing', drop_user: 'credential_unwanted', set_roles: 'wrong_roles' } as const satisfies Partial<Record<CredentialAction['kind'], DriftKind>>;

function isForeign(observed: ObservedCredential, { userId, entry }: OwnedEntry): boolean {
  return observed.state === 'present' && (observed.owner?.databaseId !== entry.id || observed.owner.userId !== userId);
}

function observedAs(user: DatabaseUser | undefined): ObservedCredential {
  return user === undefined ? { state: 'absent' } : { state: 'present', roles: user.roles, owner: user.owner };
}

/** Whether there may be a difference, by what was read of many at once. */
function isSuspect(database: OwnedEntry, observed: ObservedCredential): boolean {
  const action = planCredential(intentOf(database.entry), observed);
  return (action.kind !== 'nothing' && action.kind !== 'wait') || (database.entry.status === 'active' && isForeign(observed, database));
}

/** The same look at one database alone; undefined: there is no difference, or an operation is at work. */
async function lookAgain(dependencies: ReconcilerDependencies, cluster: Cluster, { userId, entry: { id } }: OwnedEntry): Promise<Finding | undefined> {
  const { control, journal, operations } = dependencies;
  const before = await control.databases.find(userId, id);
  if (before === undefined) return undefined;
  const { entry } = before;
  const observed = await observeCredential(cluster, entry.mongo_username);
  const action = await plannedAction(control, cluster, entry);
  const after = await control.databases.find(userId, id);
  if (after === undefined || JSON.stringify([after.entry.mongo_username, intentOf(after.entry)]) !== JSON.stringify([entry.mongo_username, intentOf(entry)])) return undefined;
  const subject = { clusterId: entry.cluster_id, userId, databaseId: id, username: entry.mongo_username };
  if (entry.status === 'active' && isForeign(observed, { userId, entry }) && (await control.operations.openOn(id)) === undefined) {
    return { kind: 'credential_foreign', subject, details: {} };
  }
  if (action.kind === 'nothing' || action.kind === 'wait') return undefined;
  const details = { status: entry.status, ...(observed.state === 'present' ? { roles: observed.roles } : {}) };
  const mend = async (): Promise<boolean> => (await journal.run(operations['database.repair'], { userId, databaseId: id, params: { found: null } })).state === 'succeeded';
  return { kind: kinds[action.kind], subject, details, mend };
}

async function checkSome(dependencies: ReconcilerDependencies, work: PageWork, cluster: Cluster, databases: readonly OwnedEntry[]): Promise<void> {
  const users = await cluster.findDatabaseUsers(databases.map(({ entry }) => entry.mongo_username));
  const suspects = databases.filter((database) => isSuspect(database, observedAs(users.get(database.entry.mongo_username))));
  await eachOf(suspects, async (database) => {
    const finding = await lookAgain(dependencies, cluster, database);
    if (finding !== undefined) await settleFinding(dependencies, work, finding);
  });
}

/** Says nothing of databases whose cluster does not answer: absent and unknown are two things. */
async function checkCluster(dependencies: ReconcilerDependencies, work: PageWork, clusterId: string, databases: readonly OwnedEntry[]): Promise<void> {
  try {
    const cluster = await dependencies.clusters.cluster(clusterId);
    for (let start = 0; start < databases.length && !work.signal.aborted; start += usersAtOnce) {
      // One after the other: what is found in each is looked at several at once.
      await checkSome(dependencies, work, cluster, databases.slice(start, start + usersAtOnce));
    }
  } catch (error) {
    if (!(error instanceof TransientFailure) && !(error instanceof PermanentFailure)) throw error;
    if (error.code !== 'CLUSTER_UNKNOWN') {
      // Away, or not as it should be, as after a change of its administrator's password.
      work.tally.unreachable.add(clusterId);
      work.tally.undecided += databases.length;
      return;
    }
    for (const { userId, entry } of databases) await settleFinding(dependencies, work, { kind: 'cluster_unregistered', subject: { clusterId, userId, databaseId: entry.id }, details: {} });
  }
}

/** Each cluster's in turn of its own: one that is slow holds up no other. */
export async function checkCredentials(dependencies: ReconcilerDependencies, work: PageWork, databases: readonly OwnedEntry[]): Promise<void> {
  const byCluster = new Map<string, OwnedEntry[]>();
  for (const database of databases) {
    const ofCluster = byCluster.get(database.entry.cluster_id);
    if (ofCluster === undefined) byCluster.set(database.entry.cluster_id, [database]);
    else ofCluster.push(database);
  }
  await Promise.all([...byCluster].map(([clusterId, ofCluster]) => checkCluster(dependencies, work, clusterId, ofCluster)));
}
