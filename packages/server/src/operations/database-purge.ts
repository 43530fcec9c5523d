// Removes a softly deleted database for good when its seven days are over (R5.5): credential, data, sizes of the past, entry.
import { z } from 'zod';
import { dropTenantDatabase, dropTenantUsers, tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { purgeTime } from '../domain/deletion.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  /** Found out by the reservation. */
  found: z.strictObject({ cluster_id: z.string(), mongo_database: z.string(), mongo_username: z.string() }).nullable(),
});

export type PurgeDatabaseParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<PurgeDatabaseParams>;

async function reserve(stores: ControlStores, { userId, databaseId, params }: Context, now: Date): Promise<PurgeDatabaseParams> {
  const database = await stores.databases.find(userId, databaseId);
  if (database === undefined) throw new DatabaseAbsent('no such database');
  const { status, deleted_at: deletedAt, cluster_id, mongo_database, mongo_username } = database.entry;
  if (status !== 'deleting' || deletedAt === null || purgeTime(deletedAt) > now) throw new DatabaseInWrongStatus(status);
  return { ...params, found: { cluster_id, mongo_database, mongo_username } };
}

function tenantUser(context: Context): TenantUser {
  const { params } = context;
  if (params.found === null) throw new Error('the reservation of a purge writes down what it found');
  return tenantUserAt(params.found, context);
}

/** The `database.purge` operation. */
export function databasePurge(world: OperationWorld): OperationDefinition<PurgeDatabaseParams> {
  return {
    kind: 'database.purge',
    params: paramsSchema,
    onFailure: 'keep_trying',
    reservation: {
      name: 'reserve',
      apply: (stores, context) => reserve(stores, context, world.clock.now()),
      undo: () => Promise.reject(new Error('a purge is not undone')),
    },
    steps: [
      { name: 'drop_users', apply: (context) => dropTenantUsers(world.clusters, tenantUser(context)) },
      { name: 'drop_data', apply: (context) => dropTenantDatabase(world.clusters, tenantUser(context)) },
      { name: 'forget_usage', apply: ({ databaseId }) => world.control.usageHistory.forget(databaseId) },
    ],
    conclusion: {
      name: 'remove_entry',
      apply: async (stores, context) => {
        const { operationId, userId, databaseId, params } = context;
        if (await stores.databases.remove(userId, databaseId)) await stores.clusters.releaseUser(tenantUser(context).clusterId);
        await stores.schedule.cancel('database.purge', databaseId);
        const at = world.clock.now();
        await stores.audit.record({ action: 'database.purged', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: {} });
        await stores.outbox.record({ userId, type: 'database.purged', at, operationId, data: { database_id: databaseId } });
        return {};
      },
    },
  };
}
