// Mends what is wrong with a user's records: looks again in the transaction that writes, so that what others did meanwhile is never undone.
import { platformOrigin } from '../domain/audit-origin.js';
import type { DatabaseOwner } from '../domain/database-entry.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { purgeTime } from '../domain/deletion.js';
import type { ControlStores } from '../ports/control-database.js';
import type { Finding, ReconcilerDependencies } from './finding.js';
import { recordDriftOf, type OwnerView, type RecordDrift } from './record-drift.js';

type Stores = ControlStores;
type Written = Exclude<RecordDrift['kind'], 'purge_overdue' | 'quota_level_wrong' | 'entry_stuck_migrating'>;

/** What a transaction reads of the databases that something seemed wrong with. */
async function viewOf(stores: Stores, userId: string, databaseIds: readonly string[], now: Date): Promise<OwnerView | undefined> {
  const owner = await stores.databases.owner(userId);
  if (owner === undefined) return undefined;
  const counts = new Map<string, number>();
  const purges = new Set<string>();
  for (const id of databaseIds) {
    // One after the other: a transaction does one thing at a time.
    counts.set(id, (await stores.apps.boundTo(userId, id)).length);
    if ((await stores.schedule.find('database.purge', id)) !== undefined) purges.add(id);
  }
  return { owner, now, appCount: (id) => counts.get(id) ?? 0, hasPurge: (id) => purges.has(id) };
}

async function isBusy(stores: Stores, { defaultDatabaseId }: DatabaseOwner, { entry }: RecordDrift): Promise<boolean> {
  const databaseId = entry?.id ?? defaultDatabaseId;
  return databaseId !== null && (await stores.operations.openOn(databaseId)) !== undefined;
}

const writes: Readonly<Record<Written, (stores: Stores, owner: DatabaseOwner, drift: RecordDrift, now: Date, counted: number) => Promise<boolean>>> = {
  entry_stuck_provisioning: (stores, { userId }, { entry }) => stores.databases.change(userId, entry!.id, { status: 'failed' }, { whereStatus: ['provisioning'] }),
  purge_unscheduled: async (stores, { userId }, { entry }, now) => {
    const { id: databaseId, deleted_at: deletedAt } = entry!;
    if (deletedAt === null && !(await stores.databases.change(userId, databaseId, { deleted_at: now }, { whereStatus: ['deleting'] }))) return false;
    await stores.schedule.schedule({ kind: 'database.purge', userId, databaseId, username: null, runAt: new Date(Math.max(purgeTime(deletedAt ?? now).getTime(), now.getTime())) });
    return true;
  },
  default_dangling: async (stores, { userId, databases, defaultDatabaseId }) => {
    const resolved = resolveDefaultDatabase(databases, defaultDatabaseId);
    if (resolved !== undefined) return stores.databases.change(userId, resolved.id, {}, { makeDefault: true });
    await stores.databases.clearDefault(userId, defaultDatabaseId!);
    return true;
  },
  default_flag_wrong: async (stores, { userId, databases, defaultDatabaseId }) => {
    if (defaultDatabaseId !== null) return stores.databases.change(userId, defaultDatabaseId, {}, { makeDefault: true });
    // One after the other: a transaction does one thing at a time.
    for (const { id } of databases.filter(({ is_default }) => is_default)) await stores.databases.clearDefault(userId, id);
    return true;
  },
  app_count_wrong: (stores, { userId }, { entry }, _now, counted) => stores.databases.change(userId, entry!.id, { app_count: counted }),
};

function isWritten(kind: RecordDrift['kind']): kind is Written {
  return Object.hasOwn(writes, kind);
}

function isSame(a: RecordDrift, b: RecordDrift): boolean {
  return a.kind === b.kind && a.entry?.id === b.entry?.id;
}

/** Looks at one user again, alone and at one moment: what is still so, and no operation is at work on, is a difference. */
export async function confirmRecordDrift(dependencies: ReconcilerDependencies, userId: string, suspects: readonly RecordDrift[]): Promise<readonly Finding[]> {
  const { control, clock } = dependencies;
  const ids = [...new Set(suspects.flatMap(({ entry }) => entry?.id ?? []))];
  const confirmed = await control.transaction(async (stores) => {
    const view = await viewOf(stores, userId, ids, clock.now());
    if (view === undefined) return [];
    const found: RecordDrift[] = [];
    for (const drift of recordDriftOf(view, ({ id }) => ids.includes(id), true)) {
      if (suspects.some((suspect) => isSame(suspect, drift)) && !(await isBusy(stores, view.owner, drift))) found.push(drift);
    }
    return found;
  });
  return confirmed.map((drift) => toFinding(dependencies, userId, drift));
}

function toFinding(dependencies: ReconcilerDependencies, userId: string, drift: RecordDrift): Finding {
  const { kind, entry, details } = drift;
  const mend = mendingOf(dependencies, userId, drift);
  return { kind, details, subject: { userId, ...(entry === null ? {} : { databaseId: entry.id, clusterId: entry.cluster_id }) }, ...(mend === undefined ? {} : { mend }) };
}

function mendingOf(dependencies: ReconcilerDependencies, userId: string, drift: RecordDrift): (() => Promise<boolean>) | undefined {
  const { control, journal, operations, clock } = dependencies;
  const { kind, entry } = drift;
  if (isWritten(kind)) {
    return () => control.transaction(async (stores) => {
      const now = clock.now();
      const view = await viewOf(stores, userId, entry === null ? [] : [entry.id], now);
      const still = view === undefined ? undefined : recordDriftOf(view, ({ id }) => id === entry?.id, true).find((other) => isSame(other, drift));
      if (view === undefined || still === undefined || (await isBusy(stores, view.owner, still))) return false;
      return writes[kind](stores, view.owner, still, now, entry === null ? 0 : view.appCount(entry.id));
    });
  }
  if (kind === 'purge_overdue') {
    return async () => (await journal.run(operations['database.purge'], { userId, databaseId: entry!.id, params: { origin: platformOrigin('reconciler'), found: null } })).state === 'succeeded';
  }
  if (kind === 'quota_level_wrong') {
    return async () => {
      const owner = await control.databases.owner(userId);
      const current = owner?.databases.find(({ id }) => id === entry!.id);
      if (owner === undefined || current === undefined) return false;
      await dependencies.settleQuotaLevel(owner, current);
      const after = await control.databases.owner(userId);
      return after !== undefined && !recordDriftOf({ owner: after, now: clock.now(), appCount: () => 0, hasPurge: () => true }, ({ id }) => id === entry!.id, false).some((other) => isSame(other, drift));
    };
  }
  return undefined;
}
