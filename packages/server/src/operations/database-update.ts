// Changes what a user may change of a database. One transaction in the control database alone, nothing outside: it needs no
// journal, because it cannot be left half-done.
import type { AuditOrigin } from '../domain/audit-origin.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { decideQuota, decideSize, QuotaExceeded, quotaChoice, quotaFor } from '../domain/quota.js';
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

/** The quota that the database gets; undefined: it stays. Throws QuotaExceeded. */
async function quotaAfter(stores: ControlStores, { userId, databaseId, change, isByOperator = false }: UpdateDatabase): Promise<number | null | undefined> {
  if (change.quota_mb === undefined) return undefined;
  const owner = await stores.databases.owner(userId);
  if (owner === undefined) return change.quota_mb;
  const choice = isByOperator ? { defaultQuotaMb: null, largestQuotaMb: null } : quotaChoice(owner.limits);
  const quotaMb = quotaFor(change.quota_mb, choice);
  const current = owner.databases.find(({ id }) => id === databaseId)?.quota_mb ?? null;
  // Whoever asks for less than they have is never refused, however little the total has become.
  if (quotaMb !== null && current !== null && quotaMb <= current) return quotaMb;
  const largest = decideQuota(quotaMb, choice);
  const decision = largest.kind === 'exceeded' ? largest : decideSize(owner.databases.filter(({ id }) => id !== databaseId), quotaMb, owner.totalQuotaMb);
  if (decision.kind === 'exceeded') throw new QuotaExceeded(decision);
  return quotaMb;
}

/** What may be changed holds no secret. */
function fieldsOf(entry: DatabaseEntry, names: readonly string[]): Readonly<Record<string, unknown>> {
  const fields: Readonly<Record<string, unknown>> = { ...entry };
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}

/** Throws DatabaseAbsent, DatabaseInWrongStatus, DatabaseNameTaken, QuotaExceeded. */
export async function updateDatabase({ control, clock }: Pick<OperationWorld, 'control' | 'clock'>, update: UpdateDatabase): Promise<void> {
  const { userId, databaseId, origin, change, makeDefault } = update;
  await control.transaction(async (stores) => {
    const quotaMb = await quotaAfter(stores, update);
    const before = (await stores.databases.find(userId, databaseId))?.entry;
    if (!(await stores.databases.change(userId, databaseId, quotaMb === undefined ? change : { ...change, quota_mb: quotaMb }, { whereStatus: ['active'], makeDefault }))) {
      const database = await stores.databases.find(userId, databaseId);
      throw database === undefined ? new DatabaseAbsent('no such database') : new DatabaseInWrongStatus(database.entry.status);
    }
    const changed = [...Object.keys(change), ...(makeDefault ? ['is_default'] : [])];
    const after = { ...change, ...(quotaMb === undefined ? {} : { quota_mb: quotaMb }), ...(makeDefault ? { is_default: true } : {}) };
    const at = clock.now();
    await stores.audit.record({
      action: 'database.updated', origin, userId, subject: { kind: 'database', id: databaseId }, at,
      details: { changed, before: before === undefined ? {} : fieldsOf(before, Object.keys(after)), after },
    });
    await stores.outbox.record({ userId, type: 'database.updated', at, data: { database_id: databaseId, changed } });
  });
}
