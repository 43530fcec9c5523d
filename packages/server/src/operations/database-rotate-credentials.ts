// Gives a database a new credential beside the old one: made, proven, stored as the current one, apps redeployed with it;
// the old one goes at once or after its grace time, so that a running app never sees a failed login (design, section 5).
// Rotating again within the grace time takes the name of the credential before, which thereby ends.
import { z } from 'zod';
import { settleQuotaRoles } from '../credentials/quota-roles.js';
import { openPassword } from '../credentials/stored-password.js';
import { createTenantUser, dropOwnTenantUser, dropTenantUser, proveTenantUser, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { alternateUsername } from '../domain/naming.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  grace_seconds: z.number().int().min(0),
  next_password_encrypted: z.string(),
  /** Found out by the reservation. */
  found: z.strictObject({ cluster_id: z.string(), mongo_database: z.string(), previous_username: z.string(), next_username: z.string() }).nullable(),
});

/** What the operation results in. */
export const rotationResultSchema = z.object({ previous_valid_until: z.iso.datetime() });

export type RotateCredentialsParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<RotateCredentialsParams>;

async function reserve(stores: ControlStores, { userId, databaseId, params }: Context): Promise<RotateCredentialsParams> {
  const database = await stores.databases.find(userId, databaseId);
  if (database === undefined) throw new DatabaseAbsent('no such database');
  const { status, cluster_id, mongo_database, mongo_username: previous_username } = database.entry;
  if (status !== 'active') throw new DatabaseInWrongStatus(status);
  return { ...params, found: { cluster_id, mongo_database, previous_username, next_username: alternateUsername(previous_username) } };
}

function users({ userId, databaseId, params }: Context): { readonly previous: TenantUser; readonly next: TenantUser } {
  if (params.found === null) throw new Error('the reservation of a rotation writes down what it found');
  const { cluster_id: clusterId, mongo_database: database, previous_username, next_username } = params.found;
  const tenant = { clusterId, database, userId, databaseId };
  return { previous: { ...tenant, username: previous_username }, next: { ...tenant, username: next_username } };
}

/** Until when the old credential works: its grace time counts from the start; without one it goes as soon as apps have the new one. */
function previousValidUntil({ params, startedAt }: Context, now: Date): Date {
  return params.grace_seconds === 0 ? now : new Date(startedAt.getTime() + params.grace_seconds * 1000);
}

/** Makes the new credential the current one, and writes down that the old one has to go. */
async function store(stores: ControlStores, context: Context, now: Date): Promise<void> {
  const { userId, databaseId, params } = context;
  const { previous, next } = users(context);
  const change = { mongo_username: next.username, mongo_password_encrypted: params.next_password_encrypted, last_rotated_at: now };
  if (!(await stores.databases.change(userId, databaseId, change))) throw new DatabaseAbsent('the database is gone');
  await stores.schedule.schedule({ kind: 'database.revoke_previous', userId, databaseId, username: previous.username, runAt: previousValidUntil(context, now) });
}

/** The apps that have the credential now: bound to the database, or using it as the default. */
async function redeployApps({ control, redeployer }: OperationWorld, { userId, databaseId }: Context): Promise<void> {
  const owner = await control.databases.owner(userId);
  const isDefault = owner !== undefined && resolveDefaultDatabase(owner.databases, owner.defaultDatabaseId)?.id === databaseId;
  const apps = [...await control.apps.boundTo(userId, databaseId), ...(isDefault ? await control.apps.boundTo(userId, null) : [])];
  if (apps.length > 0) await redeployer.redeploy(userId, apps.map(({ _id }) => _id));
}

async function finish(stores: ControlStores, context: Context, now: Date): Promise<z.infer<typeof rotationResultSchema>> {
  const { userId, databaseId, params } = context;
  if (params.grace_seconds === 0) await stores.schedule.cancel('database.revoke_previous', databaseId);
  const previous_valid_until = previousValidUntil(context, now).toISOString();
  await stores.audit.record({
    action: 'database.credentials_rotated', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at: now,
    details: { previous_username: users(context).previous.username, previous_valid_until },
  });
  return { previous_valid_until };
}

/** The `database.rotate_credentials` operation. */
export function databaseRotateCredentials(world: OperationWorld): OperationDefinition<RotateCredentialsParams> {
  const { clusters, keyring } = world;
  const password = ({ userId, databaseId, params }: Context) => openPassword(keyring, userId, databaseId, params.next_password_encrypted);
  return {
    kind: 'database.rotate_credentials',
    params: paramsSchema,
    onFailure: 'undo',
    reservation: { name: 'reserve', apply: reserve, undo: () => Promise.resolve() },
    steps: [
      {
        name: 'create_user',
        apply: (context) => createTenantUser(clusters, users(context).next, password(context), context.operationId),
        undo: (context) => dropOwnTenantUser(clusters, users(context).next),
      },
      { name: 'prove', apply: (context) => proveTenantUser(clusters, users(context).next, password(context)) },
      { name: 'settle_roles', apply: (context) => settleQuotaRoles(world, users(context).next) },
      { name: 'store', record: (stores, context) => store(stores, context, world.clock.now()) },
      { name: 'redeploy_apps', apply: (context) => redeployApps(world, context) },
      {
        name: 'revoke_previous',
        apply: async (context) => {
          if (context.params.grace_seconds === 0) await dropTenantUser(clusters, users(context).previous);
        },
      },
    ],
    conclusion: { name: 'finish', apply: (stores, context) => finish(stores, context, world.clock.now()) },
  };
}
