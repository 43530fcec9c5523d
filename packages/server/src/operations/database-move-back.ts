// Takes a move back within its time: apps and record return to the source, which has been left as it was. What was written to the target since
// stays there, and is not copied back.
import { z } from 'zod';
import { movedBefore } from '../copying/moved-before.js';
import { isRelocation, userAt } from '../copying/move-parameters.js';
import { setDatabaseAccess, settleQuotaRoles } from '../credentials/quota-roles.js';
import { openPassword } from '../credentials/stored-password.js';
import { createTenantUser, dropOwnTenantUser, dropTenantUsers, proveTenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { accessOf } from '../domain/database-access.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { MoveNotReversible, MoveRefused, movePlaceSchema } from '../domain/move.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const foundSchema = z.strictObject({
  move_operation_id: z.string(),
  /** Where it is now, and where it goes back to. */
  here: movePlaceSchema, back: movePlaceSchema,
  password_encrypted: z.string(),
  was_default: z.boolean(),
  app_ids: z.array(z.string()),
});

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  /** Found out by the reservation. */
  found: foundSchema.nullable(),
});

export type MoveBackParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<MoveBackParams>;

async function reserve(stores: ControlStores, { userId, databaseId, params }: Context, now: Date): Promise<MoveBackParams> {
  const { operationId: move_operation_id, found, reversibleUntil } = await movedBefore(stores, databaseId);
  if (reversibleUntil <= now) throw new MoveNotReversible('over');
  const entry = (await stores.databases.find(userId, databaseId))?.entry;
  if (entry === undefined) throw new DatabaseAbsent('no such database');
  if (entry.status !== 'active') throw new DatabaseInWrongStatus(entry.status);
  const { from, to, was_default, app_ids } = found;
  const here = isRelocation(found) ? { ...to, mongo_username: entry.mongo_username } : to;
  const isAsItWasLeft = isRelocation(found) ? entry.cluster_id === to.cluster_id && entry.mongo_database === to.mongo_database : entry.is_frozen === true;
  if (!isAsItWasLeft) throw new MoveNotReversible('changed_since');
  if (isRelocation(found) && from.cluster_id !== to.cluster_id && !(await stores.clusters.claimUser(from.cluster_id))) throw new MoveRefused('cluster_without_room');
  return { ...params, found: { move_operation_id, here, back: from, password_encrypted: entry.mongo_password_encrypted, was_default, app_ids } };
}

function foundOf({ params }: { readonly params: MoveBackParams }): z.infer<typeof foundSchema> {
  if (params.found === null) throw new Error('the reservation of a way back writes down what it found');
  return params.found;
}

function isToAnotherPlace(context: Context): boolean {
  const { here, back } = foundOf(context);
  return here.database_id === back.database_id;
}

/** The old place gets the credential that the database has now; where it is left, reading is still possible. */
async function open(world: OperationWorld, context: Context): Promise<void> {
  if (!isToAnotherPlace(context)) return;
  const { userId, databaseId, operationId } = context;
  const { here, back, password_encrypted } = foundOf(context);
  const [user, password] = [userAt(userId, back), openPassword(world.keyring, userId, databaseId, password_encrypted)];
  await setDatabaseAccess(world.clusters, userAt(userId, here), 'reading');
  await createTenantUser(world.clusters, user, password, operationId);
  await proveTenantUser(world.clusters, user, password);
}

async function close(world: OperationWorld, context: Context): Promise<void> {
  if (!isToAnotherPlace(context)) return;
  const { here, back } = foundOf(context);
  await dropOwnTenantUser(world.clusters, userAt(context.userId, back));
  const entry = (await world.control.databases.find(context.userId, context.databaseId))?.entry;
  if (entry !== undefined) await setDatabaseAccess(world.clusters, userAt(context.userId, here), accessOf(entry));
}

async function turnBack(stores: ControlStores, context: Context): Promise<void> {
  const { userId, databaseId } = context;
  const { here, back, was_default, app_ids } = foundOf(context);
  if (isToAnotherPlace(context)) {
    const { cluster_id, mongo_database, mongo_username } = back;
    if (!(await stores.databases.change(userId, databaseId, { cluster_id, mongo_database, mongo_username }))) throw new DatabaseAbsent('the database is gone');
    return stores.schedule.cancel('database.revoke_previous', databaseId);
  }
  await stores.databases.change(userId, databaseId, { is_frozen: false }, { makeDefault: was_default });
  await stores.apps.rebind(userId, app_ids, here.database_id, databaseId);
  // The data that was copied is the other database's own from now on: there is nothing to be dropped later.
  await stores.schedule.cancel('database.end_move', databaseId);
}

async function settle(world: OperationWorld, context: Context): Promise<void> {
  const { userId, databaseId } = context;
  const { back } = foundOf(context);
  if (isToAnotherPlace(context)) return settleQuotaRoles(world, userAt(userId, back));
  const entry = (await world.control.databases.find(userId, databaseId))?.entry;
  if (entry !== undefined) await setDatabaseAccess(world.clusters, userAt(userId, { ...back, mongo_username: entry.mongo_username }), accessOf(entry));
}

async function redeploy({ control, redeployer }: OperationWorld, context: Context): Promise<void> {
  const { app_ids: named, was_default } = foundOf(context);
  const unnamed = was_default ? (await control.apps.boundTo(context.userId, null)).map(({ _id }) => _id) : [];
  if (named.length + unnamed.length > 0) await redeployer.redeploy(context.userId, [...named, ...unnamed]);
}

async function finish(stores: ControlStores, context: Context, at: Date): Promise<Readonly<Record<string, unknown>>> {
  const { operationId, userId, databaseId, params } = context;
  const { here, back, move_operation_id } = foundOf(context);
  if (isToAnotherPlace(context) && here.cluster_id !== back.cluster_id) await stores.clusters.releaseUser(here.cluster_id);
  await stores.audit.record({ action: 'database.moved_back', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: { from: here, to: back, move_operation_id } });
  await stores.outbox.record({ userId, type: 'database.moved_back', at, operationId, data: { database_id: databaseId, cluster_id: back.cluster_id } });
  return { move_operation_id };
}

/** The `database.move_back` operation. */
export function databaseMoveBack(world: OperationWorld): OperationDefinition<MoveBackParams> {
  return {
    kind: 'database.move_back',
    params: paramsSchema,
    onFailure: 'undo',
    alsoLocks: (params) => {
      const { here, back } = foundOf({ params });
      return here.database_id === back.database_id ? [] : [here.database_id];
    },
    reservation: {
      name: 'reserve',
      apply: (stores, context) => reserve(stores, context, world.clock.now()),
      undo: async (stores, context) => {
        const { here, back } = foundOf(context);
        if (isToAnotherPlace(context) && here.cluster_id !== back.cluster_id) await stores.clusters.releaseUser(back.cluster_id);
      },
    },
    steps: [
      { name: 'open_source', apply: (context) => open(world, context), undo: (context) => close(world, context) },
      { name: 'turn_back', record: turnBack },
      { name: 'settle_roles', apply: (context) => settle(world, context) },
      { name: 'redeploy_apps', apply: (context) => redeploy(world, context) },
      {
        name: 'leave_target',
        apply: async (context) => {
          if (isToAnotherPlace(context)) await dropTenantUsers(world.clusters, userAt(context.userId, foundOf(context).here));
        },
      },
    ],
    conclusion: { name: 'finish', apply: (stores, context) => finish(stores, context, world.clock.now()) },
  };
}
