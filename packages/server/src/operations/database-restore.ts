// Brings a softly deleted database back within its seven days, with the same credential (R5.5).
import { z } from 'zod';
import { settleQuotaRoles } from '../credentials/quota-roles.js';
import { openPassword } from '../credentials/stored-password.js';
import { createTenantUser, dropTenantUser, proveTenantUser, tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { DatabaseInWrongStatus, requireEntry } from '../domain/database-status.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { decideSize, heldMb, QuotaExceeded } from '../domain/quota.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  /** Found out by the reservation. */
  found: z.strictObject({ cluster_id: z.string(), mongo_database: z.string(), mongo_username: z.string(), mongo_password_encrypted: z.string() }).nullable(),
});

export type RestoreDatabaseParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<RestoreDatabaseParams>;

async function reserve(stores: ControlStores, { userId, databaseId, params }: Context): Promise<RestoreDatabaseParams> {
  const { owner, entry } = requireEntry(await stores.databases.owner(userId), databaseId);
  if (entry.status !== 'deleting') throw new DatabaseInWrongStatus(entry.status);
  const others = owner.databases.filter(({ id }) => id !== databaseId);
  const decision = decideSize(others, heldMb(entry), owner.totalQuotaMb);
  if (decision.kind === 'exceeded') throw new QuotaExceeded(decision);
  const { cluster_id, mongo_database, mongo_username, mongo_password_encrypted } = entry;
  return { ...params, found: { cluster_id, mongo_database, mongo_username, mongo_password_encrypted } };
}

function found(context: Context): { readonly user: TenantUser; readonly envelope: string } {
  const { params } = context;
  if (params.found === null) throw new Error('the reservation of a restoration writes down what it found');
  return { user: tenantUserAt(params.found, context), envelope: params.found.mongo_password_encrypted };
}

async function activate(stores: ControlStores, { operationId, userId, databaseId, params }: Context, at: Date): Promise<void> {
  const owner = await stores.databases.owner(userId);
  const hasDefault = owner !== undefined && resolveDefaultDatabase(owner.databases, owner.defaultDatabaseId) !== undefined;
  const isActivated = await stores.databases.change(userId, databaseId, { status: 'active', deleted_at: null }, { whereStatus: ['deleting'], makeDefault: !hasDefault });
  if (!isActivated) throw new DatabaseInWrongStatus(owner?.databases.find(({ id }) => id === databaseId)?.status ?? 'failed');
  await stores.schedule.cancel('database.purge', databaseId);
  await stores.audit.record({ action: 'database.restored', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: {} });
  await stores.outbox.record({ userId, type: 'database.restored', at, operationId, data: { database_id: databaseId } });
}

/** The `database.restore` operation. */
export function databaseRestore(world: OperationWorld): OperationDefinition<RestoreDatabaseParams> {
  const { clusters, keyring } = world;
  const password = (context: Context) => openPassword(keyring, context.userId, context.databaseId, found(context).envelope);
  return {
    kind: 'database.restore',
    params: paramsSchema,
    onFailure: 'undo',
    reservation: {
      name: 'reserve',
      apply: reserve,
      // Nothing was changed: the lock alone keeps the purge away meanwhile.
      undo: () => Promise.resolve(),
    },
    steps: [
      {
        name: 'create_user',
        apply: (context) => createTenantUser(clusters, found(context).user, password(context), context.operationId),
        undo: (context) => dropTenantUser(clusters, found(context).user),
      },
      { name: 'prove', apply: (context) => proveTenantUser(clusters, found(context).user, password(context)) },
      { name: 'settle_roles', apply: (context) => settleQuotaRoles(world, found(context).user) },
    ],
    conclusion: {
      name: 'activate',
      apply: async (stores, context) => {
        await activate(stores, context, world.clock.now());
        return { database_id: context.databaseId };
      },
    },
  };
}
