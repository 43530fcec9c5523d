// One page of owners: their records, then their MongoDB users.
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import { largestOwnerWithoutRows } from '../domain/database-rows.js';
import { checkCredentials } from './credential-drift.js';
import { eachOf, settleFinding, type PageWork, type ReconcilerDependencies } from './finding.js';
import { recordDriftOf } from './record-drift.js';
import { confirmRecordDrift } from './record-repairs.js';

/** What is read of a page at once: so many owners, who have so many databases together. */
export const ownersPageBounds = { owners: 200, databases: 1000 } as const;

async function checkRecords(dependencies: ReconcilerDependencies, work: PageWork, owners: readonly DatabaseOwner[], isWanted: (entry: DatabaseEntry) => boolean): Promise<void> {
  const { reads, clock } = dependencies;
  const deleted = owners.flatMap(({ databases }) => databases.filter(({ status }) => status === 'deleting').map(({ id }) => id));
  const [counts, purges] = await Promise.all([reads.appCounts(owners.map(({ userId }) => userId)), reads.scheduledPurges(deleted)]);
  const isWhole = work.run.scope.clusterId === null;
  await eachOf(owners, async (owner) => {
    const ofUser = counts.get(owner.userId);
    const suspects = recordDriftOf({ owner, now: clock.now(), appCount: (id) => ofUser?.get(id) ?? 0, hasPurge: (id) => purges.has(id) }, isWanted, isWhole);
    if (suspects.length === 0) return;
    // One after the other: they concern one document.
    for (const finding of await confirmRecordDrift(dependencies, owner.userId, suspects)) await settleFinding(dependencies, work, finding);
  });
}

/**
 * The rows that owners of many databases are listed from, against their documents. Those that nobody has needed yet are made on this
 * occasion, and are no difference.
 */
async function checkRows(dependencies: ReconcilerDependencies, work: PageWork, owners: readonly DatabaseOwner[]): Promise<void> {
  const { control: { databases }, reads } = dependencies;
  if (work.run.scope.clusterId !== null) return;
  const withRows = await reads.ownersWithRows(owners.map(({ userId }) => userId));
  for (const { userId, databases: { length } } of owners) {
    if (length <= largestOwnerWithoutRows && !withRows.has(userId)) continue;
    // One after the other: each reads everything of one owner, and these have much.
    const state = await databases.rowsState(userId);
    if (state === 'absent' && !work.run.isDryRun) await databases.settleRows(userId);
    if (state === 'wrong') await settleFinding(dependencies, work, { kind: 'database_rows_wrong', subject: { userId }, details: { databases: length }, mend: () => databases.settleRows(userId) });
  }
}

/** Looks at the owners of a page. Says nothing of databases whose cluster does not answer. */
export async function checkOwners(dependencies: ReconcilerDependencies, work: PageWork): Promise<void> {
  const { tally, page, run } = work;
  const { owners, malformed } = await dependencies.reads.owners(page.keys);
  for (const userId of malformed) await settleFinding(dependencies, work, { kind: 'entry_malformed', subject: { userId }, details: {} });
  const isWanted = (entry: DatabaseEntry): boolean => run.scope.clusterId === null || entry.cluster_id === run.scope.clusterId;
  await checkRecords(dependencies, work, owners, isWanted);
  await checkRows(dependencies, work, owners);
  const databases = owners.flatMap(({ userId, databases: entries }) => entries.filter(isWanted).map((entry) => ({ userId, entry })));
  for (const { entry } of databases) {
    tally.databases += 1;
    tally.databasesByCluster[entry.cluster_id] = (tally.databasesByCluster[entry.cluster_id] ?? 0) + 1;
  }
  await checkCredentials(dependencies, work, databases);
}
