// Ends the time in which a move can be taken back: the place that the database has left is dropped; a source whose data went into another
// database is deleted softly, if that was asked for, or can be written to again.
import { z } from 'zod';
import { movedBefore } from '../copying/moved-before.js';
import { isRelocation, userAt } from '../copying/move-parameters.js';
import { setAsidePrefix } from '../copying/preflight.js';
import { setDatabaseAccess } from '../credentials/quota-roles.js';
import { dropTenantDatabase, dropTenantUsers } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { accessOf } from '../domain/database-access.js';
import { purgeTime } from '../domain/deletion.js';
import { MoveNotReversible, movePlaceSchema } from '../domain/move.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import { PermanentFailure } from '../ports/failures.js';
import type { OperationWorld } from './operation-world.js';

const foundSchema = z.strictObject({
  move_operation_id: z.string(),
  what: z.enum(['drop_place', 'delete_source', 'free_source', 'nothing']),
  /** Which place that is about. */
  place: movePlaceSchema,
  /** Where collections may have been put aside. */
  target: movePlaceSchema.nullable(),
});

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  /** Before its time, because somebody asks for it. */
  is_early: z.boolean(),
  /** Found out by the reservation. */
  found: foundSchema.nullable(),
});

export type EndMoveParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<EndMoveParams>;
type Found = z.infer<typeof foundSchema>;

async function deleteSoftly(stores: ControlStores, { userId, databaseId }: Context, now: Date): Promise<void> {
  await stores.databases.change(userId, databaseId, { status: 'deleting', deleted_at: now, is_frozen: false });
  await stores.databases.clearDefault(userId, databaseId);
  await stores.schedule.cancel('database.revoke_previous', databaseId);
  await stores.schedule.schedule({ kind: 'database.purge', userId, databaseId, username: null, runAt: purgeTime(now) });
}

async function reserve(stores: ControlStores, context: Context, now: Date): Promise<EndMoveParams> {
  const { userId, databaseId, params } = context;
  const { operationId: move_operation_id, params: move, found, reversibleUntil } = await movedBefore(stores, databaseId);
  if (!params.is_early && reversibleUntil > now) throw new MoveNotReversible('not_ended');
  const entry = (await stores.databases.find(userId, databaseId))?.entry;
  const { from, to } = found;
  const is = (what: Found['what'], place = from, target: Found['target'] = null): EndMoveParams => ({ ...params, found: { move_operation_id, what, place, target } });
  if (isRelocation(found)) {
    const isBack = entry?.cluster_id === from.cluster_id && entry.mongo_database === from.mongo_database;
    return is('drop_place', isBack ? to : from);
  }
  const target = move.on_conflict === 'overwrite' ? to : null;
  // Deleted meanwhile, or written to again: there is nothing to be done to it.
  if (entry?.status !== 'active' || entry.is_frozen !== true) return is('nothing', from, target);
  const place = { ...from, mongo_username: entry.mongo_username };
  // An app that was bound to it meanwhile still needs it.
  const isInUse = (await stores.apps.boundTo(userId, databaseId)).length > 0;
  if (move.delete_source && !isInUse) {
    await deleteSoftly(stores, context, now);
    return is('delete_source', place, target);
  }
  await stores.databases.change(userId, databaseId, { is_frozen: false });
  return is('free_source', place, target);
}

function foundOf({ params }: Context): Found {
  if (params.found === null) throw new Error('the reservation of an end of a move writes down what it found');
  return params.found;
}

async function apply(world: OperationWorld, context: Context): Promise<void> {
  const { what, place } = foundOf(context);
  const user = userAt(context.userId, place);
  switch (what) {
    case 'drop_place':
      // The cluster may have been taken out of the platform meanwhile, with what it held.
      return dropTenantDatabase(world.clusters, user).catch((error: unknown) => {
        if (!(error instanceof PermanentFailure) || error.code !== 'CLUSTER_UNKNOWN') throw error;
      });
    case 'delete_source':
      return dropTenantUsers(world.clusters, user);
    case 'free_source': {
      const entry = (await world.control.databases.find(context.userId, context.databaseId))?.entry;
      return entry === undefined ? undefined : setDatabaseAccess(world.clusters, user, accessOf(entry));
    }
    case 'nothing':
      return;
  }
}

async function dropSetAside({ clusters }: OperationWorld, context: Context): Promise<void> {
  const { target } = foundOf(context);
  if (target === null) return;
  const contents = (await clusters.cluster(target.cluster_id)).contents(target.mongo_database);
  // One after the other: there are few.
  for (const { name } of await contents.list()) if (name.startsWith(setAsidePrefix)) await contents.drop(name);
}

async function finish(stores: ControlStores, context: Context, at: Date): Promise<Readonly<Record<string, unknown>>> {
  const { operationId, userId, databaseId, params } = context;
  const { what, place, move_operation_id } = foundOf(context);
  await stores.schedule.cancel('database.end_move', databaseId);
  await stores.audit.record({ action: 'database.move_ended', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: { what, place, move_operation_id } });
  if (what === 'delete_source') {
    const purge_at = (await stores.schedule.find('database.purge', databaseId))?.runAt.toISOString() ?? null;
    await stores.outbox.record({ userId, type: 'database.deleted', at, operationId, data: { database_id: databaseId, purge_at } });
  }
  return { what };
}

/** The `database.end_move` operation. */
export function databaseEndMove(world: OperationWorld): OperationDefinition<EndMoveParams> {
  return {
    kind: 'database.end_move',
    params: paramsSchema,
    onFailure: 'keep_trying',
    alsoLocks: ({ found }) => (found?.target == null ? [] : [found.target.database_id]),
    reservation: {
      name: 'reserve',
      apply: (stores, context) => reserve(stores, context, world.clock.now()),
      undo: () => Promise.reject(new Error('the end of a move is not undone')),
    },
    steps: [
      { name: 'end_source', apply: (context) => apply(world, context) },
      { name: 'drop_set_aside', apply: (context) => dropSetAside(world, context) },
    ],
    conclusion: { name: 'finish', apply: (stores, context) => finish(stores, context, world.clock.now()) },
  };
}
