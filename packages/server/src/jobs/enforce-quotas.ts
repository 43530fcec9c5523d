// Measures the databases that have a quota, or whose owners have one in total; warns where one fills up, and has the roles of those
// changed that went over their quota or fit again (R5.3). Each crossing is written before it is told, on the condition that nobody
// wrote it before: several replicas warn once. Replicas share the walk over all owners.
import type { DatabaseEntry, DatabaseOwner, QuotaLevel } from '../domain/database-entry.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { exceededBy } from '../domain/quota.js';
import { decideQuotaLevel, QuotaLevelUnchanged, quotaLevelOf, warningPercents, warningsBetween } from '../domain/quota-level.js';
import { sizeInMegabytes } from '../domain/usage-sampling.js';
import type { Journal } from '../journal/journal.js';
import { quotaEnforcementSchema } from '../operations/database-enforce-quota.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import { TransientFailure } from '../ports/failures.js';
import { DatabaseLocked, LeaseLost } from '../ports/operations.js';
import type { SharedWalks } from '../ports/shared-walks.js';
import type { Job } from './job.js';
import { takePages, type SharedWalk } from './shared-walk.js';

export interface EnforceQuotasDependencies {
  readonly control: Pick<ControlDatabase, 'databases' | 'transaction'>;
  readonly clusters: ClusterDirectory;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, 'database.enforce_quota'>;
  readonly events: EventSink;
  readonly walks: SharedWalks;
  readonly clock: Pick<Clock, 'now'>;
}

const ownersPerPage = 50;
const ownersAtOnce = 4;
/** How often each database with a quota is measured, while the replicas together keep up: four times as often as a quota is to take effect. */
const roundMilliseconds = 15_000;

/** What one run of the job remembers. */
interface Run {
  readonly signal: AbortSignal;
  /** Clusters that did not answer: they are not asked again in this run. */
  readonly silentClusters: Set<string>;
  readonly failures: unknown[];
}

function hasQuota(entry: DatabaseEntry, { totalQuotaMb }: DatabaseOwner): boolean {
  return entry.status === 'active' && (entry.quota_mb !== null || totalQuotaMb !== null);
}

/** The entry with the size it has now; where its cluster does not say, with the last one known. */
async function measured({ clusters }: EnforceQuotasDependencies, entry: DatabaseEntry, run: Run): Promise<DatabaseEntry> {
  if (run.silentClusters.has(entry.cluster_id)) return entry;
  try {
    const cluster = await clusters.cluster(entry.cluster_id);
    const current_size_mb = sizeInMegabytes((await cluster.databaseSize(entry.mongo_database)).bytes);
    return { ...entry, current_size_mb };
  } catch (error) {
    if (error instanceof TransientFailure) run.silentClusters.add(entry.cluster_id);
    run.failures.push(error);
    return entry;
  }
}

function warn({ events }: EnforceQuotasDependencies, { userId }: DatabaseOwner, entry: DatabaseEntry, before: QuotaLevel, after: QuotaLevel): void {
  for (const warning of warningsBetween(before, after)) {
    events.emit({ name: 'quota.warning', userId, databaseId: entry.id, warning, sizeMb: entry.current_size_mb, quotaMb: entry.quota_mb });
  }
}

/** Has the roles changed. Whoever else is at work on the database comes first: the next run looks again. */
async function enforce(dependencies: EnforceQuotasDependencies, owner: DatabaseOwner, entry: DatabaseEntry): Promise<void> {
  const { journal, operations, events } = dependencies;
  const { userId } = owner;
  try {
    const outcome = await journal.run(operations['database.enforce_quota'], { userId, databaseId: entry.id, params: { found: null } });
    if (outcome.state === 'failed') throw outcome.cause;
    if (outcome.state !== 'succeeded') return;
    const { before, after } = quotaEnforcementSchema.parse(outcome.result);
    warn(dependencies, owner, entry, before, after);
    if (after === 'exceeded') events.emit({ name: 'quota.exceeded', userId, databaseId: entry.id, quota: exceededBy(entry, owner).quota });
    events.emit({ name: 'quota.enforced', userId, databaseId: entry.id, isOverQuota: after === 'exceeded', sizeMb: entry.current_size_mb });
  } catch (error) {
    const isSomebodyElses = error instanceof QuotaLevelUnchanged || error instanceof DatabaseLocked || error instanceof LeaseLost;
    if (!isSomebodyElses && !(error instanceof DatabaseAbsent) && !(error instanceof DatabaseInWrongStatus)) throw error;
  }
}

/** Writes the level that a database is to have by its recorded size, where it is another, and has its roles changed where that takes it. */
export async function settleQuotaLevel(dependencies: EnforceQuotasDependencies, owner: DatabaseOwner, entry: DatabaseEntry): Promise<void> {
  const [before, after] = [quotaLevelOf(entry), decideQuotaLevel(entry, owner)];
  if (before === after) return;
  if (before === 'exceeded' || after === 'exceeded') {
    await enforce(dependencies, owner, entry);
    return;
  }
  const isOurs = await dependencies.control.transaction(async (stores) => {
    if (!(await stores.databases.change(owner.userId, entry.id, { quota_level: after }, { whereStatus: ['active'], whereQuotaLevel: before }))) return false;
    const { userId } = owner;
    for (const warning of warningsBetween(before, after)) {
      // One after the other: a transaction does one thing at a time.
      await stores.outbox.record({
        userId, type: 'quota.warning', at: dependencies.clock.now(), data: { database_id: entry.id, percent: warningPercents[warning], size_mb: entry.current_size_mb, quota_mb: entry.quota_mb },
      });
    }
    return true;
  });
  if (isOurs) warn(dependencies, owner, entry, before, after);
}

/** Measures first, then decides: the databases of one owner may share a quota. */
async function enforceOwner(dependencies: EnforceQuotasDependencies, owner: DatabaseOwner, run: Run): Promise<void> {
  const databases: DatabaseEntry[] = [];
  for (const entry of owner.databases) {
    // One after the other: owners are looked at several at once.
    databases.push(hasQuota(entry, owner) ? await measured(dependencies, entry, run) : entry);
  }
  // All together: each write is one of the owner's whole document.
  const changed = databases.filter(({ current_size_mb: sizeMb }, index) => sizeMb !== owner.databases[index]!.current_size_mb);
  if (changed.length > 0) await dependencies.control.databases.writeSizes(owner.userId, new Map(changed.map(({ id, current_size_mb: sizeMb }) => [id, sizeMb]))).catch((error: unknown) => run.failures.push(error));
  const current = { ...owner, databases };
  for (const entry of databases) {
    if (run.signal.aborted) return;
    // A quota that was taken away leaves the last level to be taken back.
    if (entry.status !== 'active' || (!hasQuota(entry, owner) && quotaLevelOf(entry) === 'normal')) continue;
    // One after the other: transactions on one owner's document take turns anyway. One that fails stops no other.
    await settleQuotaLevel(dependencies, current, entry).catch((error: unknown) => run.failures.push(error));
  }
}

async function enforcePage(dependencies: EnforceQuotasDependencies, owners: readonly DatabaseOwner[], run: Run): Promise<void> {
  const waiting = owners.values();
  const worker = async (): Promise<void> => {
    for (const owner of waiting) {
      if (run.signal.aborted) return;
      await enforceOwner(dependencies, owner, run);
    }
  };
  await Promise.all(Array.from({ length: ownersAtOnce }, worker));
}

export function enforceQuotas(dependencies: EnforceQuotasDependencies): Job {
  const { control, walks, clock } = dependencies;
  const walk: SharedWalk = { name: 'quotas', walks, clock, periodMilliseconds: roundMilliseconds, pageAfter: (userId) => control.databases.pageOfOwnersWithQuota(userId, ownersPerPage) };
  return {
    name: 'enforce_quotas',
    // More often than a round is due: a replica that comes late to one still takes its share.
    everyMilliseconds: 5_000,
    run: async (signal) => {
      const run: Run = { signal, silentClusters: new Set(), failures: [] };
      // One page after the other: within it several owners are looked at at once.
      for await (const { owners } of takePages(walk, signal)) await enforcePage(dependencies, owners, run);
      if (run.failures.length > 0) throw new AggregateError(run.failures, `${run.failures.length} quotas could not be looked after`);
    },
  };
}
