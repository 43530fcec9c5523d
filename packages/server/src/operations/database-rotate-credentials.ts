// Gives a database a second credential and takes the first one away, so that a running app never sees a failed login (design,
// section 5).
//
// Gracefully: the new one is made and proven, the apps are deployed with it, and only then it becomes the current one; the old one
// goes after its grace time. Until then nothing has touched the old one: an app that ran before and does not come up with the new
// one ends the rotation, and everything is put back. Immediately, for a leaked credential: the new one is made, proven and current,
// the old one is dropped, and the apps follow; none of them can hold that up.
//
// Two names take turns, so rotating again within the grace time takes the name of the credential before, which thereby ends.
import { z } from 'zod';
import { appsOfDatabase, deployedWithAnother, isDeployed } from '../credentials/database-apps.js';
import { settleQuotaRoles } from '../credentials/quota-roles.js';
import { openPassword } from '../credentials/stored-password.js';
import { createTenantUser, dropEarlierTenantUser, dropOwnTenantUser, dropTenantUser, proveTenantUser, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { alternateUsername } from '../domain/naming.js';
import { OperationAborted } from '../domain/operation.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  mode: z.enum(['graceful', 'immediate']),
  grace_seconds: z.number().int().min(0),
  next_password_encrypted: z.string(),
  /** Found out by the reservation. */
  found: z.strictObject({
    cluster_id: z.string(), mongo_database: z.string(), previous_username: z.string(), next_username: z.string(),
    /** The apps that have to come up with the new credential: those that were running. */
    running_app_ids: z.array(z.string()),
  }).nullable(),
});

/** What the operation results in. */
export const rotationResultSchema = z.object({ previous_valid_until: z.iso.datetime() });

/** What it results in when an app has ended it. */
const abortionSchema = z.object({ apps: z.array(z.object({ id: z.string(), name: z.string(), reason: z.string() })) });

export type RotateCredentialsParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<RotateCredentialsParams>;
type UnhealthyApp = z.infer<typeof abortionSchema>['apps'][number];

/** How many apps are deployed at once. */
const movesAtOnce = 4;

async function reserve(stores: ControlStores, { userId, databaseId, params }: Context): Promise<RotateCredentialsParams> {
  const database = await stores.databases.find(userId, databaseId);
  if (database === undefined) throw new DatabaseAbsent('no such database');
  const { status, cluster_id, mongo_database, mongo_username: previous_username } = database.entry;
  if (status !== 'active') throw new DatabaseInWrongStatus(status);
  const apps = await appsOfDatabase(stores, userId, databaseId);
  const running_app_ids = apps.filter((app) => app.status === 'running').map(({ _id }) => _id);
  return { ...params, found: { cluster_id, mongo_database, previous_username, next_username: alternateUsername(previous_username), running_app_ids } };
}

function foundBy({ params }: Context): NonNullable<RotateCredentialsParams['found']> {
  if (params.found === null) throw new Error('the reservation of a rotation writes down what it found');
  return params.found;
}

function users(context: Context): { readonly previous: TenantUser; readonly next: TenantUser } {
  const { cluster_id: clusterId, mongo_database: database, previous_username, next_username } = foundBy(context);
  const tenant = { clusterId, database, userId: context.userId, databaseId: context.databaseId };
  return { previous: { ...tenant, username: previous_username }, next: { ...tenant, username: next_username } };
}

/** Until when the old credential works: its grace time counts from the start; without one it goes as soon as apps have the new one. */
function previousValidUntil({ params, startedAt }: Context, now: Date): Date {
  return params.grace_seconds === 0 ? now : new Date(startedAt.getTime() + params.grace_seconds * 1000);
}

/**
 * Makes the new user. One that is there has the name still from the rotation before: it is dropped rather than changed, so that its
 * open connections lose their rights too.
 */
async function createNext({ clusters, keyring }: OperationWorld, context: Context): Promise<void> {
  const { next } = users(context);
  await dropEarlierTenantUser(clusters, next, context.operationId);
  await createTenantUser(clusters, next, openPassword(keyring, context.userId, context.databaseId, context.params.next_password_encrypted), context.operationId);
}

/** Has the apps deployed with the new credential. Throws OperationAborted where one that ran does not come up with it; the others are then left alone. */
async function moveApps({ control, redeployer }: OperationWorld, context: Context): Promise<void> {
  const { userId, databaseId, params } = context;
  const { next_username: mongo_username, running_app_ids: running } = foundBy(context);
  const to = { mongo_username, mongo_password_encrypted: params.next_password_encrypted };
  const waiting = (await appsOfDatabase(control, userId, databaseId)).filter(isDeployed).values();
  const unhealthy: UnhealthyApp[] = [];
  const worker = async (): Promise<void> => {
    for (const { _id: id } of waiting) {
      if (unhealthy.length > 0 || context.signal.aborted) return;
      const outcome = await redeployer.move(userId, id, databaseId, to);
      if (outcome.kind === 'unhealthy' && outcome.wasHealthy && running.includes(id)) unhealthy.push({ id, name: outcome.name, reason: outcome.reason });
    }
  };
  await Promise.all(Array.from({ length: movesAtOnce }, worker));
  context.signal.throwIfAborted();
  if (unhealthy.length > 0) throw new OperationAborted('ROTATION_ABORTED', 'an app did not come up with the new credential', { apps: unhealthy });
}

/** Has the apps deployed again that do not run with this user, with the credential that is the current one. */
async function redeployOthers({ control, redeployer }: OperationWorld, { userId, databaseId }: Context, username: string): Promise<void> {
  const apps = deployedWithAnother(await appsOfDatabase(control, userId, databaseId), username);
  if (apps.length > 0) await redeployer.redeploy(userId, apps.map(({ _id }) => _id));
}

/** Makes the new credential the current one, and writes down that the old one has to go. */
async function store(stores: ControlStores, context: Context, now: Date): Promise<void> {
  const { userId, databaseId, params } = context;
  const { previous, next } = users(context);
  const change = { mongo_username: next.username, mongo_password_encrypted: params.next_password_encrypted, last_rotated_at: now };
  if (!(await stores.databases.change(userId, databaseId, change))) throw new DatabaseAbsent('the database is gone');
  await stores.schedule.schedule({ kind: 'database.revoke_previous', userId, databaseId, username: previous.username, runAt: previousValidUntil(context, now) });
}

async function finish(stores: ControlStores, context: Context, now: Date): Promise<z.infer<typeof rotationResultSchema>> {
  const { operationId, userId, databaseId, params } = context;
  const { previous, next } = users(context);
  if (params.grace_seconds === 0) await stores.schedule.cancel('database.revoke_previous', databaseId);
  const previous_valid_until = previousValidUntil(context, now).toISOString();
  await stores.audit.record({
    action: 'database.credentials_rotated', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at: now, operationId,
    details: { mode: params.mode, previous_username: previous.username, previous_valid_until },
  });
  await stores.outbox.record({
    userId, type: 'credentials.rotated', at: now, operationId, data: { database_id: databaseId, username: next.username, previous_username: previous.username, previous_valid_until },
  });
  return { previous_valid_until };
}

/** Tells the audit log which app has ended the rotation, if one has. */
async function recordAbortion(stores: ControlStores, { operationId, userId, databaseId, params }: Context, at: Date): Promise<void> {
  const aborted = abortionSchema.safeParse((await stores.operations.find(operationId))?.result);
  if (!aborted.success) return;
  await stores.audit.record({
    action: 'database.rotation_aborted', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId,
    details: { apps: aborted.data.apps.map(({ id, name }) => ({ id, name })) },
  });
  await stores.outbox.record({ userId, type: 'rotation.aborted', at, operationId, data: { database_id: databaseId, app_id: aborted.data.apps[0]?.id ?? null, reason: 'app_unhealthy' } });
}

function stepsOf(world: OperationWorld): OperationDefinition<RotateCredentialsParams>['steps'] {
  const { clusters, keyring, clock } = world;
  const proof = (context: Context) => proveTenantUser(clusters, users(context).next, openPassword(keyring, context.userId, context.databaseId, context.params.next_password_encrypted));
  return [
    { name: 'create_user', apply: (context) => createNext(world, context), undo: (context) => dropOwnTenantUser(clusters, users(context).next) },
    { name: 'prove', apply: proof },
    { name: 'settle_roles', apply: (context) => settleQuotaRoles(world, users(context).next) },
    {
      name: 'move_apps',
      apply: async (context) => {
        if (context.params.mode === 'graceful') await moveApps(world, context);
      },
      undo: (context) => redeployOthers(world, context, users(context).previous.username),
    },
    { name: 'store', record: (stores, context) => store(stores, context, clock.now()) },
    {
      name: 'revoke_at_once',
      apply: async (context) => {
        if (context.params.mode === 'immediate') await dropTenantUser(clusters, users(context).previous);
      },
    },
    // After a graceful rotation: those that somebody deployed between the last two steps.
    { name: 'redeploy_apps', apply: (context) => redeployOthers(world, context, users(context).next.username) },
    {
      name: 'revoke_previous',
      apply: async (context) => {
        if (context.params.grace_seconds === 0) await dropTenantUser(clusters, users(context).previous);
      },
    },
  ];
}

/** The `database.rotate_credentials` operation. */
export function databaseRotateCredentials(world: OperationWorld): OperationDefinition<RotateCredentialsParams> {
  return {
    kind: 'database.rotate_credentials',
    params: paramsSchema,
    onFailure: 'undo',
    reservation: { name: 'reserve', apply: reserve, undo: (stores, context) => recordAbortion(stores, context, world.clock.now()) },
    steps: stepsOf(world),
    conclusion: { name: 'finish', apply: (stores, context) => finish(stores, context, world.clock.now()) },
  };
}
