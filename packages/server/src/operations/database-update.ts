// Changes what a user may change of a database. One transaction in the control database alone, nothing outside: it needs no
// journal, because it cannot be left half-done.
import type { AuditOrigin } from '../domain/audit-origin.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { decideSize, QuotaExceeded } from '../domain/quota.js';
import type { ControlStores } from '../ports/control-database.js';
import type { DatabaseChange } from '../ports/databases.js';
import type { OperationWorld } from './operation-world.js';

export interface UpdateDatabase {
  readonly userId: string;
  readonly databaseId: string;
  readonly origin: AuditOrigin;
  readonly change: Pick<DatabaseChange, 'name' | 'description' | 'environment' | 'quota_mb'>;
  readonly makeDefault: boolean;
}

async function refuseOverQuota(stores: ControlStores, { userId, databaseId, change }: UpdateDatabase): Promise<void> {
  if (change.quota_mb === undefined) return;
  const owner = await stores.databases.owner(userId);
  const current = owner?.databases.find(({ id }) => id === databaseId)?.quota_mb ?? null;
  // Whoever asks for less than they have is never refused, however little the total has become.
  if (change.quota_mb !== null && current !== null && change.quota_mb <= current) return;
  const decision = decideSize((owner?.databases ?? []).filter(({ id }) => id !== databaseId), change.quota_mb, owner?.totalQuotaMb ?? null);
  if (decision.kind === 'exceeded') throw new QuotaExceeded(decision);
}

/** Throws DatabaseAbsent, DatabaseInWrongStatus, DatabaseNameTaken, QuotaExceeded. */
export async function updateDatabase({ control, clock }: OperationWorld, update: UpdateDatabase): Promise<void> {
  const { userId, databaseId, origin, change, makeDefault } = update;
  await control.transaction(async (stores) => {
    await refuseOverQuota(stores, update);
    if (!(await stores.databases.change(userId, databaseId, change, { whereStatus: ['active'], makeDefault }))) {
      const database = await stores.databases.find(userId, databaseId);
      throw database === undefined ? new DatabaseAbsent('no such database') : new DatabaseInWrongStatus(database.entry.status);
    }
    const changed = [...Object.keys(change), ...(makeDefault ? ['is_default'] : [])];
    await stores.audit.record({ action: 'database.updated', origin, userId, subject: { kind: 'database', id: databaseId }, at: clock.now(), details: { changed } });
  });
}
