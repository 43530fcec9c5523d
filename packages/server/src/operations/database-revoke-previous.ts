// Ends the credential that a rotation has replaced: when its grace time is over, or before, when the apps run with the new one and no
// connection of it is open any more.
import { z } from 'zod';
import { appsOfDatabase, deployedWithAnother, isDeployed } from '../credentials/database-apps.js';
import { dropTenantUser, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  reason: z.enum(['grace_over', 'unused']),
  /** Found out by the reservation. */
  found: z.strictObject({ cluster_id: z.string(), mongo_database: z.string(), previous_username: z.string() }).nullable(),
});

export type RevokePreviousParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<RevokePreviousParams>;

/** Read again under the lock: a rotation may have begun since this was due, and moved it. */
async function reserve(stores: ControlStores, { userId, databaseId, params }: Context, now: Date): Promise<RevokePreviousParams> {
  const database = await stores.databases.find(userId, databaseId);
  if (database === undefined) throw new DatabaseAbsent('no such database');
  const { cluster_id, mongo_database, mongo_username, status } = database.entry;
  const job = await stores.schedule.find('database.revoke_previous', databaseId);
  const previous_username = job?.username ?? null;
  if (job === undefined || previous_username === null || previous_username === mongo_username) throw new DatabaseInWrongStatus(status);
  const isReady = params.reason === 'grace_over' ? job.runAt <= now : job.quietSince !== undefined && await allAppsMoved(stores, userId, database.entry);
  if (!isReady) throw new DatabaseInWrongStatus(status);
  return { ...params, found: { cluster_id, mongo_database, previous_username } };
}

/** Whether apps of the platform use the database, and all of them run with its current credential. Without any, nobody here knows who uses it. */
export async function allAppsMoved(stores: Pick<ControlStores, 'apps' | 'databases'>, userId: string, entry: Pick<DatabaseEntry, 'id' | 'mongo_username'>): Promise<boolean> {
  const apps = await appsOfDatabase(stores, userId, entry.id);
  return apps.some(isDeployed) && deployedWithAnother(apps, entry.mongo_username).length === 0;
}

function previousUser({ userId, databaseId, params }: Context): TenantUser {
  if (params.found === null) throw new Error('the reservation writes down what it found');
  const { cluster_id: clusterId, mongo_database: database, previous_username: username } = params.found;
  return { clusterId, database, username, userId, databaseId };
}

/** The `database.revoke_previous` operation. */
export function databaseRevokePrevious(world: OperationWorld): OperationDefinition<RevokePreviousParams> {
  return {
    kind: 'database.revoke_previous',
    params: paramsSchema,
    onFailure: 'keep_trying',
    reservation: {
      name: 'reserve',
      apply: (stores, context) => reserve(stores, context, world.clock.now()),
      undo: () => Promise.reject(new Error('a revocation is not undone')),
    },
    steps: [{ name: 'drop_user', apply: (context) => dropTenantUser(world.clusters, previousUser(context)) }],
    conclusion: {
      name: 'finish',
      apply: async (stores, context) => {
        const { operationId, userId, databaseId, params } = context;
        const { username } = previousUser(context);
        await stores.schedule.cancel('database.revoke_previous', databaseId);
        const at = world.clock.now();
        await stores.audit.record({
          action: 'database.previous_credential_revoked', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: { username, reason: params.reason },
        });
        await stores.outbox.record({ userId, type: 'credentials.previous_revoked', at, operationId, data: { database_id: databaseId, username } });
        return { username, reason: params.reason };
      },
    },
  };
}
