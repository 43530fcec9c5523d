// Deletes a database softly: from the first moment it is `deleting`, its credential is revoked at once, its data stays for
// seven days (R5.5). It is never undone: a credential that somebody wanted revoked is not brought back by a failure.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { dropTenantUsers, tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { confirmsDeletion, ConfirmTokenRefused, deletionState } from '../domain/confirm-token.js';
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import { DatabaseInWrongStatus, requireEntry, statusesBefore } from '../domain/database-status.js';
import { appsUsing, decideDeletion, DeletionRefused, purgeTime, type BoundApp, type DeletionDecision } from '../domain/deletion.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  /** SHA-256, hexadecimal. */
  confirm_token_hash: z.string(),
  on_apps: z.enum(['refuse', 'move', 'detach']),
  target_database_id: z.string().nullable(),
  new_default_database_id: z.string().nullable().default(null),
  /** Found out by the reservation. */
  found: z.strictObject({ cluster_id: z.string(), mongo_database: z.string(), mongo_username: z.string(), moved_app_ids: z.array(z.string()) }).nullable(),
});

export type DeleteDatabaseParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<DeleteDatabaseParams>;

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The hash under which a confirm token is kept. */
export function confirmTokenHash(token: string): string {
  return sha256(token);
}

/** The hash of the state a confirm token agrees to. */
export function deletionStateHash(entry: DatabaseEntry, apps: readonly BoundApp[]): string {
  return sha256(deletionState(entry, apps));
}

/** The user's apps as the rules of deletion see them: those bound to the database, and those that use the default. */
export async function appsAtStake(stores: ControlStores, userId: string, databaseId: string): Promise<readonly BoundApp[]> {
  const [bound, usingDefault] = [await stores.apps.boundTo(userId, databaseId), await stores.apps.boundTo(userId, null)];
  return [...bound, ...usingDefault].map(({ _id: id, name, status, database_id }) => ({ id, name, status, databaseId: database_id }));
}

type Allowed = Extract<DeletionDecision, { readonly kind: 'allowed' }>;

async function decide(stores: ControlStores, { userId, databaseId, params }: Context, owner: DatabaseOwner, entry: DatabaseEntry, now: Date): Promise<Allowed> {
  const { databases, defaultDatabaseId } = owner;
  const apps = await appsAtStake(stores, userId, databaseId);
  const token = await stores.confirmTokens.take(params.confirm_token_hash);
  const stateHash = deletionStateHash(entry, appsUsing(databaseId, databases, defaultDatabaseId, apps));
  if (token === undefined || !confirmsDeletion(token, { userId, databaseId, stateHash }, now)) throw new ConfirmTokenRefused('the confirm token does not fit');
  const decision = decideDeletion({
    databaseId, databases, defaultDatabaseId, apps, onApps: params.on_apps, targetDatabaseId: params.target_database_id, newDefaultDatabaseId: params.new_default_database_id,
  });
  if (decision.kind !== 'allowed') throw new DeletionRefused(decision); // Rolls back the taking of the token, too.
  return decision;
}

async function reserve(stores: ControlStores, context: Context, now: Date): Promise<DeleteDatabaseParams> {
  const { userId, databaseId, params } = context;
  const { owner, entry } = requireEntry(await stores.databases.owner(userId), databaseId);
  const decision = await decide(stores, context, owner, entry, now);
  await stores.apps.rebind(userId, decision.reboundAppIds, databaseId, decision.reboundTo);
  if (!(await stores.databases.change(userId, databaseId, { status: 'deleting', deleted_at: now }, { whereStatus: statusesBefore('deleting') }))) {
    throw new DatabaseInWrongStatus(entry.status);
  }
  if (decision.newDefaultDatabaseId !== null) await stores.databases.change(userId, decision.newDefaultDatabaseId, {}, { makeDefault: true });
  else await stores.databases.clearDefault(userId, databaseId);
  await stores.schedule.cancel('database.revoke_previous', databaseId);
  await stores.schedule.schedule({ kind: 'database.purge', userId, databaseId, username: null, runAt: purgeTime(now) });
  const { cluster_id, mongo_database, mongo_username } = entry;
  return { ...params, found: { cluster_id, mongo_database, mongo_username, moved_app_ids: [...decision.movedAppIds] } };
}

function found(context: Context): { readonly user: TenantUser; readonly movedAppIds: readonly string[] } {
  const { params } = context;
  if (params.found === null) throw new Error('the reservation of a deletion writes down what it found');
  return { user: tenantUserAt(params.found, context), movedAppIds: params.found.moved_app_ids };
}

/** The `database.delete` operation. */
export function databaseDelete(world: OperationWorld): OperationDefinition<DeleteDatabaseParams> {
  return {
    kind: 'database.delete',
    params: paramsSchema,
    onFailure: 'keep_trying',
    reservation: {
      name: 'reserve',
      apply: (stores, context) => reserve(stores, context, world.clock.now()),
      undo: () => Promise.reject(new Error('a deletion is not undone')),
    },
    steps: [
      { name: 'revoke_credentials', apply: (context) => dropTenantUsers(world.clusters, found(context).user) },
      {
        name: 'redeploy_apps',
        apply: async (context) => {
          const { movedAppIds } = found(context);
          if (movedAppIds.length > 0) await world.redeployer.redeploy(context.userId, movedAppIds);
        },
      },
    ],
    conclusion: {
      name: 'finish',
      apply: async (stores, context) => {
        const { operationId, userId, databaseId, params, startedAt } = context;
        const at = world.clock.now();
        const purge_at = purgeTime(startedAt).toISOString();
        await stores.audit.record({
          action: 'database.deleted', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId,
          details: { on_apps: params.on_apps, target_database_id: params.target_database_id, moved_app_ids: found(context).movedAppIds },
        });
        await stores.outbox.record({ userId, type: 'database.deleted', at, operationId, data: { database_id: databaseId, purge_at } });
        return { purge_at };
      },
    },
  };
}
