// Puts one migrated user back (R3.3): the MongoDB user's roles as they were and our mark off it, then the earlier document. Whether
// that would lose something is decided before anything is done, and again in the transaction that writes.
import { z } from 'zod';
import { openBefore } from '../credentials/legacy-before.js';
import type { TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { overQuotaRoles, tenantRoles } from '../domain/credential-plan.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import { refusalsOfRollback, type RollbackRefusal } from '../domain/legacy-rollback.js';
import { isOverQuota } from '../domain/quota-level.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { Keyring } from '../ports/keyring.js';
import type { LegacyBefore, LegacyFinding } from '../ports/legacy-runs.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  run_id: z.string(),
  /** The run that migrated the user. */
  migrated_by: z.string(),
  /** Found out by the reservation. */
  found: z.strictObject({
    cluster_id: z.string(), mongo_database: z.string(), mongo_username: z.string(), is_over_quota: z.boolean(), operation_id: z.string(),
    roles_before: z.array(z.strictObject({ role: z.string(), database: z.string() })),
  }).nullable(),
});

export type RollbackUserParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<RollbackUserParams>;

/** The user stays migrated; each refusal says what would be lost. */
export class LegacyRollbackRefused extends Error {
  override readonly name = 'LegacyRollbackRefused';
  readonly code = 'ROLLBACK_REFUSED';

  constructor(readonly refusals: readonly (RollbackRefusal | { readonly code: 'BEFORE_MISSING'; readonly details: Readonly<Record<string, unknown>> })[]) {
    super(`the rollback is refused: ${refusals.map(({ code }) => code).join(', ')}`);
  }
}

interface Decided {
  readonly before: LegacyBefore;
  readonly entry: DatabaseEntry;
  readonly operationId: string;
}

/** What would be lost with a user who was brought from elsewhere: put back, they are there alone. */
async function changesOfBrought(keyring: Keyring, stores: ControlStores, userId: string, { document, brought }: LegacyBefore): Promise<readonly RollbackRefusal[]> {
  if (brought === null) return [];
  const { fields, appIds } = await stores.legacyUsers.changesSince(userId, openBefore(keyring, userId, document), brought.appIds);
  return [
    ...(fields.length === 0 ? [] : [{ code: 'ACCOUNT_CHANGED' as const, details: { fields } }]), ...(appIds.length === 0 ? [] : [{ code: 'HAS_NEW_APPS' as const, details: { app_ids: appIds } }]),
  ];
}

/** Throws LegacyRollbackRefused. */
async function decide(keyring: Keyring, stores: ControlStores, { userId, databaseId, params }: Context): Promise<Decided> {
  const [log, owner] = [await stores.legacyLog.find(params.migrated_by, userId), await stores.databases.owner(userId)];
  if (log?.before == null || log.rolledBackBy !== null || owner === undefined) throw new LegacyRollbackRefused([{ code: 'BEFORE_MISSING', details: { run_id: params.migrated_by } }]);
  const entry = owner.databases.find(({ id }) => id === databaseId);
  const bound = await stores.apps.boundTo(userId, databaseId);
  const refusals = [
    ...refusalsOfRollback({ databaseId, databases: owner.databases, boundAppIds: bound.map(({ _id }) => _id), migrated: log.before.adopted }), ...await changesOfBrought(keyring, stores, userId, log.before),
  ];
  if (refusals.length > 0) throw new LegacyRollbackRefused(refusals);
  return { before: log.before, entry: entry!, operationId: log.operationId ?? '' };
}

async function reserve(keyring: Keyring, stores: ControlStores, context: Context): Promise<RollbackUserParams> {
  const { before, entry, operationId } = await decide(keyring, stores, context);
  const { cluster_id, mongo_database, mongo_username } = entry;
  return { ...context.params, found: { cluster_id, mongo_database, mongo_username, is_over_quota: isOverQuota(entry), operation_id: operationId, roles_before: before.roles.map((role) => ({ ...role })) } };
}

function found({ userId, databaseId, params }: Context) {
  if (params.found === null) throw new Error('the reservation of a rollback writes down what it found');
  const { cluster_id: clusterId, mongo_database: database, mongo_username: username, is_over_quota: isLimited, operation_id: operationId, roles_before: rolesBefore } = params.found;
  const user: TenantUser = { clusterId, database, username, userId, databaseId };
  return { user, isLimited, operationId, rolesBefore };
}

/** The fields that have changed since and were kept. */
async function restored(keyring: Keyring, stores: ControlStores, userId: string, { document, appFixes, brought }: LegacyBefore): Promise<readonly string[]> {
  if (brought !== null) {
    await stores.legacyUsers.removeBrought(userId, brought.appIds);
    return [];
  }
  const { laterChanges } = await stores.legacyUsers.restore(userId, openBefore(keyring, userId, document));
  await stores.legacyUsers.restoreApps(appFixes);
  return laterChanges;
}

async function putBack(world: OperationWorld, stores: ControlStores, context: Context): Promise<Readonly<Record<string, unknown>>> {
  const { userId, databaseId, operationId, params } = context;
  const { before, entry } = await decide(world.keyring, stores, context);
  const laterChanges = await restored(world.keyring, stores, userId, before);
  const at = world.clock.now();
  const findings: readonly LegacyFinding[] = laterChanges.length === 0 ? [] : [{ code: 'LATER_CHANGES_KEPT', details: { fields: laterChanges } }];
  await stores.legacyLog.recordRollback(params.migrated_by, {
    runId: params.run_id, userId, outcome: 'rolled_back', findings, databaseId, mongoDatabase: entry.mongo_database, operationId, at, before: null, rolledBackBy: null,
  });
  await stores.audit.record({
    action: 'legacy.user_rolled_back', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: { run_id: params.run_id, migrated_by: params.migrated_by },
  });
  return { run_id: params.run_id, later_changes: laterChanges, findings: findings.map(({ code }) => code) };
}

/** The `legacy.rollback_user` operation. */
export function legacyRollbackUser(world: OperationWorld): OperationDefinition<RollbackUserParams> {
  const { clusters } = world;
  return {
    kind: 'legacy.rollback_user',
    params: paramsSchema,
    onFailure: 'undo',
    reservation: { name: 'decide', apply: (stores, context) => reserve(world.keyring, stores, context), undo: () => Promise.resolve() },
    steps: [
      {
        name: 'hand_back_user',
        apply: async (context) => {
          const { user, isLimited, rolesBefore } = found(context);
          const cluster = await clusters.cluster(user.clusterId);
          await cluster.tagDatabaseUser(user.username, null, rolesBefore);
          if (isLimited) await cluster.dropOverQuotaRole(user.database);
        },
        undo: async (context) => {
          const { user, isLimited, operationId } = found(context);
          const cluster = await clusters.cluster(user.clusterId);
          if (isLimited) await cluster.ensureOverQuotaRole(user.database);
          await cluster.tagDatabaseUser(user.username, { userId: user.userId, databaseId: user.databaseId, operationId }, isLimited ? overQuotaRoles(user.database) : tenantRoles(user.database));
        },
      },
    ],
    conclusion: { name: 'put_back', apply: (stores, context) => putBack(world, stores, context) },
  };
}
