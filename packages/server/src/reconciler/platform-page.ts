// What a run looks at once: operations that nobody takes up, records that should have expired, indexes, measurements; and, when all else
// is done, what clusters are said to hold.
import { expiringRecords } from '../ports/drift-reads.js';
import type { ReconcileRunRecord } from '../ports/reconcile-runs.js';
import { grace, settleFinding, type Finding, type PageWork, type ReconcilerDependencies } from './finding.js';

const operationsPerRun = 1000;

async function staleLeases({ control, journal, clock }: ReconcilerDependencies): Promise<readonly Finding[]> {
  const abandoned = await control.operations.abandoned(new Date(clock.now().getTime() - grace.operationMs), operationsPerRun);
  const operations = await control.operations.findMany(abandoned);
  return operations.map(({ _id: operationId, kind, user_id: userId, database_id: databaseId, lease }) => ({
    kind: 'lease_stale', subject: { operationId, userId, databaseId }, details: { operation: kind, lease_expired_at: lease.expires_at },
    // One that rests again was taken up all the same.
    mend: async () => (await journal.resume(operationId)) !== undefined,
  }));
}

async function expired({ reads, clock }: ReconcilerDependencies): Promise<readonly Finding[]> {
  const before = new Date(clock.now().getTime() - grace.expiryMs);
  const counts = await Promise.all(expiringRecords.map(async (of) => [of, await reads.countExpired(of, before)] as const));
  const left = counts.filter(([, count]) => count > 0);
  if (left.length === 0) return [];
  return [{ kind: 'expired_records', subject: {}, details: Object.fromEntries(left), mend: async () => {
    await Promise.all(left.map(([of]) => reads.removeExpired(of, before)));
    return true;
  } }];
}

async function missingIndexes({ indexes }: ReconcilerDependencies): Promise<readonly Finding[]> {
  const missing = await indexes.missing();
  return missing.length === 0 ? [] : [{ kind: 'index_missing', subject: {}, details: { indexes: missing }, mend: async () => {
    await indexes.make();
    return true;
  } }];
}

async function staleSizes({ walks, clock }: ReconcilerDependencies): Promise<readonly Finding[]> {
  const round = await walks.round('sizes');
  const begun = round?.isDone === false ? round.previousStartedAt : round?.startedAt;
  if (round === undefined || clock.now().getTime() - (begun ?? round.startedAt).getTime() <= grace.sizesMs) return [];
  return [{ kind: 'sizes_stale', subject: {}, details: { last_finished_round: begun ?? null } }];
}

/** Looks at what belongs to no user and no cluster. */
export async function checkPlatform(dependencies: ReconcilerDependencies, work: PageWork): Promise<void> {
  const found = await Promise.all([staleLeases, expired, missingIndexes, staleSizes].map((look) => look(dependencies)));
  // One after the other: operations are taken up as if by recovery, which is in no hurry.
  for (const finding of found.flat()) await settleFinding(dependencies, work, finding);
}

/** Whether every database and every MongoDB user was counted once: no more and no less. */
function isCounted({ found, undecided }: ReconcileRunRecord): boolean {
  const doubtful = [found.entry_malformed, found.cluster_unregistered, found.credential_foreign, undecided];
  return doubtful.every((count = 0) => count === 0);
}

/**
 * Compares the counts of clusters with what all pages have counted. Where reservations came or went meanwhile, nothing is concluded.
 * Users that are none of ours come and go as their makers please: that is written down, and is no difference.
 */
export async function checkCounts(dependencies: ReconcilerDependencies, work: PageWork): Promise<void> {
  const { control } = dependencies;
  const run = await dependencies.runs.find(work.run.id);
  if (run === undefined || !isCounted(run)) return;
  for (const { clusterId, userCount, foreignUserCount } of run.clusters) {
    if (run.unreachableClusters.includes(clusterId)) continue;
    const [databases, foreign] = [run.databasesByCluster[clusterId] ?? 0, run.foreignUsersByCluster[clusterId] ?? 0];
    if ((await control.clusters.find(clusterId))?.userCount !== userCount) continue;
    const correct = (): Promise<boolean> => control.clusters.correctUserCount(clusterId, userCount, databases + foreign, foreign);
    const written = userCount - foreignUserCount;
    if (written !== databases) await settleFinding(dependencies, work, { kind: 'user_count_wrong', subject: { clusterId }, details: { written, counted: databases }, mend: correct });
    else if (foreign !== foreignUserCount && !run.isDryRun) await correct();
  }
}
