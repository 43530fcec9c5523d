// Clusters against records: MongoDB users that carry our mark, and that no record knows. Those without it, and those of another
// installation on the same cluster, are counted and left alone.
import { PermanentFailure, TransientFailure } from '../ports/failures.js';
import type { ReconcileScope } from '../ports/reconcile-runs.js';
import { isSurelyOrphan } from './find-drift.js';
import { eachOf, grace, settleFinding, type PageWork, type ReconcilerDependencies } from './finding.js';

export const usersPerPage = 500;

/**
 * The names of the next users of a cluster; of one user's, where the run is about them. None, and noted, where it does not answer.
 */
export async function nextUsernames({ clusters, runs }: ReconcilerDependencies, run: { readonly id: string; readonly scope: ReconcileScope }, clusterId: string, after: string | null): Promise<readonly string[]> {
  const { userId } = run.scope;
  try {
    const cluster = await clusters.cluster(clusterId);
    const names = (await cluster.listDatabaseUsers(after ?? (userId === null ? null : `user_${userId}`), usersPerPage)).map(({ username }) => username);
    return userId === null ? names : names.filter((name) => name.startsWith(`user_${userId}_`));
  } catch (error) {
    if (!(error instanceof TransientFailure) && !(error instanceof PermanentFailure)) throw error;
    await runs.noteUnreachable(run.id, clusterId);
    return [];
  }
}

async function checkUsers(dependencies: ReconcilerDependencies, work: PageWork, clusterId: string): Promise<void> {
  const { control, clusters, reads, clock } = dependencies;
  const { tally } = work;
  const cluster = await clusters.cluster(clusterId);
  const users = [...(await cluster.findDatabaseUsers(work.page.keys)).values()];
  tally.mongoUsers += users.length;
  tally.foreignUsersByCluster[clusterId] = users.filter(({ owner }) => owner === null).length;
  const known = await reads.credentials([...new Set(users.flatMap(({ owner }) => owner?.databaseId ?? []))]);
  const unknown = users.filter(({ username, owner }) => {
    const written = owner === null ? undefined : known.get(owner.databaseId);
    return owner !== null && (written?.userId !== owner.userId || written.username !== username);
  });
  const closedBefore = new Date(clock.now().getTime() - grace.orphanMs);
  await eachOf(unknown, async (user) => {
    if (!(await isSurelyOrphan(control, user, closedBefore))) return;
    const { userId = null, databaseId = null, operationId = null } = user.owner ?? {};
    await settleFinding(dependencies, work, {
      kind: 'orphaned_credential', subject: { clusterId, userId, databaseId, username: user.username, operationId }, details: {}, mend: () => cluster.dropDatabaseUser(user.username),
    });
  });
}

/** Looks at the MongoDB users of a page. */
export async function checkUsersOf(dependencies: ReconcilerDependencies, work: PageWork, clusterId: string): Promise<void> {
  try {
    await checkUsers(dependencies, work, clusterId);
  } catch (error) {
    if (!(error instanceof TransientFailure) && !(error instanceof PermanentFailure)) throw error;
    work.tally.unreachable.add(clusterId);
  }
}
