// Changes what a user may change of a database. One transaction in the control database alone, nothing outside: it needs no
// journal, because it cannot be left half-done.
import type { AuditOrigin } from '../domain/audit-origin.js';
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { decideQuota, decideSize, QuotaExceeded, quotaChoice, quotaFor, type QuotaChoice } from '../domain/quota.js';
import type { ControlStores } from '../ports/control-database.js';
import type { DatabaseChange } from '../ports/databases.js';
import type { OperationWorld } from './operation-world.js';

export interface UpdateDatabase {
  readonly userId: string;
  readonly databaseId: string;
  readonly origin: AuditOrigin;
  readonly change: Pick<DatabaseChange, 'name' | 'description' | 'environment' | 'quota_mb' | 'connection_budget'>;
  readonly makeDefault: boolean;
  /** An operator is not held to the largest quota that the owner may ask for. */
  readonly isByOperator?: boolean;
}

/** The quota that a database of the owner gets. Throws QuotaExceeded. */
function quotaAfter(owner: DatabaseOwner, databaseId: string, askedMb: number | null, choice: QuotaChoice): number | null {
  const quotaMb = quotaFor(askedMb, choice);
  const current = owner.databases.find(({ id }) => id === databaseId)?.quota_mb ?? null;
  // Whoever asks for less than they have is never refused, however little the total has become.
  if (quotaMb !== null && current !== null && quotaMb <= current) return quotaMb;
  const largest = decideQuota(quotaMb, choice);
  const decision = largest.kind === 'exceeded' ? largest : decideSize(owner.databases.filter(({ id }) => id !== databaseId), quotaMb, owner.totalQuotaMb);
  if (decision.kind === 'exceeded') throw new QuotaExceeded(decision);
  return quotaMb;
}

/** The same for an update; undefined: it stays. */
async function quotaOf(stores: ControlStores, { userId, databaseId, change, isByOperator = false }: UpdateDatabase): Promise<number | null | undefined> {
  if (change.quota_mb === undefined) return undefined;
  const owner = await stores.databases.owner(userId);
  if (owner === undefined) return change.quota_mb;
  return quotaAfter(owner, databaseId, change.quota_mb, isByOperator ? { defaultQuotaMb: null, largestQuotaMb: null } : quotaChoice(owner.limits));
}

/** What may be changed holds no secret. */
function fieldsOf(entry: DatabaseEntry, names: readonly string[]): Readonly<Record<string, unknown>> {
  const fields: Readonly<Record<string, unknown>> = { ...entry };
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}

interface Changed {
  readonly before: DatabaseEntry | undefined;
  readonly after: Readonly<Record<string, unknown>>;
  /** Fields that were asked for. */
  readonly fields: readonly string[];
}

async function tell(stores: ControlStores, { userId, databaseId, origin }: Pick<UpdateDatabase, 'userId' | 'databaseId' | 'origin'>, at: Date, { before, after, fields }: Changed): Promise<void> {
  await stores.audit.record({
    action: 'database.updated', origin, userId, subject: { kind: 'database', id: databaseId }, at,
    details: { changed: [...fields], before: before === undefined ? {} : fieldsOf(before, Object.keys(after)), after },
  });
  await stores.outbox.record({ userId, type: 'database.updated', at, data: { database_id: databaseId, changed: [...fields] } });
}

/** Throws DatabaseAbsent, DatabaseInWrongStatus, DatabaseNameTaken, QuotaExceeded. */
export async function updateDatabase({ control, clock }: Pick<OperationWorld, 'control' | 'clock'>, update: UpdateDatabase): Promise<void> {
  const { userId, databaseId, change, makeDefault } = update;
  await control.transaction(async (stores) => {
    const quotaMb = await quotaOf(stores, update);
    const before = (await stores.databases.find(userId, databaseId))?.entry;
    if (!(await stores.databases.change(userId, databaseId, quotaMb === undefined ? change : { ...change, quota_mb: quotaMb }, { whereStatus: ['active'], makeDefault }))) {
      const database = await stores.databases.find(userId, databaseId);
      throw database === undefined ? new DatabaseAbsent('no such database') : new DatabaseInWrongStatus(database.entry.status);
    }
    const fields = [...Object.keys(change), ...(makeDefault ? ['is_default'] : [])];
    const after = { ...change, ...(quotaMb === undefined ? {} : { quota_mb: quotaMb }), ...(makeDefault ? { is_default: true } : {}) };
    await tell(stores, update, clock.now(), { before, after, fields });
  });
}

export interface SetQuotas {
  readonly userId: string;
  readonly databaseIds: readonly string[];
  readonly origin: AuditOrigin;
  readonly quotaMb: number | null;
}

/** Why one of several databases keeps its quota. */
export type QuotaRefusal = DatabaseAbsent | DatabaseInWrongStatus | QuotaExceeded;

/**
 * Gives several databases of one owner a quota, in one transaction: each that the quotas before it leave room for. One that has it already
 * is left alone, so a repeat changes nothing. What was refused, by database.
 */
export async function setQuotas({ control, clock }: Pick<OperationWorld, 'control' | 'clock'>, { userId, databaseIds, origin, quotaMb: askedMb }: SetQuotas): Promise<ReadonlyMap<string, QuotaRefusal>> {
  return control.transaction(async (stores) => {
    const refused = new Map<string, QuotaRefusal>();
    let owner = await stores.databases.owner(userId);
    for (const databaseId of databaseIds) {
      const before = owner?.databases.find(({ id }) => id === databaseId);
      try {
        if (owner === undefined || before === undefined) throw new DatabaseAbsent('no such database');
        if (before.status !== 'active') throw new DatabaseInWrongStatus(before.status);
        const change = { quota_mb: quotaAfter(owner, databaseId, askedMb, quotaChoice(owner.limits)) };
        if (change.quota_mb === before.quota_mb) continue;
        // One after the other: each takes room from those that come next.
        await stores.databases.change(userId, databaseId, change);
        await tell(stores, { userId, databaseId, origin }, clock.now(), { before, after: change, fields: ['quota_mb'] });
        owner = { ...owner, databases: owner.databases.map((entry) => (entry.id === databaseId ? { ...entry, ...change } : entry)) };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused.set(databaseId, error);
      }
    }
    return refused;
  });
}

function isRefusal(error: unknown): error is QuotaRefusal {
  return error instanceof DatabaseAbsent || error instanceof DatabaseInWrongStatus || error instanceof QuotaExceeded;
}
