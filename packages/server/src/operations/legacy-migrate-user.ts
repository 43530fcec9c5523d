// Migrates one legacy user (R3.1, R3.2): puts the roles of their MongoDB user right and marks it as ours, then writes the entry, on
// condition that the user's document is still what it was when it was looked at. Nothing is renamed, no data is copied, and the
// password stays: apps of the earlier platform notice nothing.
import { legacyFindingCodes } from '@freehold/api';
import { z } from 'zod';
import { openApps, openBefore } from '../credentials/legacy-before.js';
import { openPassword } from '../credentials/stored-password.js';
import { proveTenantUser, tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { tenantRoles } from '../domain/credential-plan.js';
import { databaseEntrySchema } from '../domain/database-entry.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { Keyring } from '../ports/keyring.js';
import type { LegacyFinding } from '../ports/legacy-runs.js';
import { LegacyUserChanged } from '../ports/legacy-users.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  run_id: z.string(),
  /** SHA-256 of the document that was looked at. */
  hash: z.string(),
  /** The document itself, in an envelope of the keyring. */
  before: z.string(),
  entry: databaseEntrySchema,
  email_key: z.string().nullable(),
  roles_before: z.array(z.strictObject({ role: z.string(), database: z.string() })),
  adjusts_roles: z.boolean(),
  /** Of a user of another control database: which, and the user's apps there, in an envelope. Null: the user is here. */
  brought: z.strictObject({ source: z.string(), apps: z.string() }).nullable().default(null),
  findings: z.array(z.strictObject({ code: z.enum(legacyFindingCodes), details: z.record(z.string(), z.unknown()) })),
});

export type MigrateUserParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<MigrateUserParams>;

function tenantUser(context: Context): TenantUser {
  return tenantUserAt(context.params.entry, context);
}

async function reserve(stores: ControlStores, { userId, params }: Context): Promise<MigrateUserParams> {
  const document = await stores.legacyUsers.read(userId);
  if (params.brought !== null) {
    if (document !== undefined) throw new LegacyUserChanged('there is a user of this id by now');
    return params;
  }
  if (document?.hash !== params.hash) throw new LegacyUserChanged('the document has changed since it was looked at');
  return params;
}

/** Writes the user: adopts the document that is here, or brings it with its apps, whose ids are given. */
async function writeUser(keyring: Keyring, stores: ControlStores, { userId, operationId, params }: Context, at: Date): Promise<readonly unknown[]> {
  const { run_id, hash, entry, email_key: emailKey, brought, before } = params;
  const mark = { run_id, operation_id: operationId, at };
  if (brought === null) {
    await stores.legacyUsers.adopt({ userId, hash, entry, emailKey, mark });
    return [];
  }
  return stores.legacyUsers.bring({
    userId, entry, emailKey, mark: { ...mark, source: brought.source }, document: openBefore(keyring, userId, before), apps: openApps(keyring, userId, brought.apps),
  });
}

async function writeEntry(keyring: Keyring, stores: ControlStores, context: Context, at: Date): Promise<Readonly<Record<string, unknown>>> {
  const { userId, databaseId, operationId, params } = context;
  const { run_id: runId, entry, before, roles_before: roles, brought } = params;
  const appIds = await writeUser(keyring, stores, context, at);
  const appFixes = await stores.legacyUsers.mendApps(userId, [databaseId]);
  const dangling = appFixes.filter(({ database_id }) => database_id !== null).map(({ app_id }) => String(app_id));
  const findings: readonly LegacyFinding[] = [...params.findings, ...(dangling.length === 0 ? [] : [{ code: 'APP_DANGLING' as const, details: { app_ids: dangling } }])];
  await stores.legacyLog.record({
    runId, userId, outcome: 'migrated', findings, databaseId, mongoDatabase: entry.mongo_database, operationId, at, rolledBackBy: null,
    before: { document: before, roles, appFixes, adopted: { mongo_username: entry.mongo_username, mongo_database: entry.mongo_database, cluster_id: entry.cluster_id, description: entry.description }, brought: brought === null ? null : { source: brought.source, appIds } },
  });
  await stores.audit.record({
    action: 'legacy.user_migrated', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: { run_id: runId, mongo_database: entry.mongo_database },
  });
  return { run_id: runId, findings: findings.map(({ code }) => code) };
}

/** The `legacy.migrate_user` operation. */
export function legacyMigrateUser(world: OperationWorld): OperationDefinition<MigrateUserParams> {
  const { clusters, keyring } = world;
  const clusterOf = (context: Context) => clusters.cluster(context.params.entry.cluster_id);
  return {
    kind: 'legacy.migrate_user',
    params: paramsSchema,
    onFailure: 'undo',
    // Nothing is written before the MongoDB user is in order; the lock alone keeps others away.
    reservation: { name: 'read', apply: reserve, undo: () => Promise.resolve() },
    steps: [
      {
        // Mark and roles in one command, and the proof in the same step: of 100,000 users nearly all have the right roles, and each step costs a write.
        name: 'take_over_user',
        apply: async (context) => {
          const { userId, databaseId, operationId, params } = context;
          const user = tenantUser(context);
          await (await clusterOf(context)).tagDatabaseUser(user.username, { userId, databaseId, operationId }, params.adjusts_roles ? tenantRoles(user.database) : undefined);
          if (params.adjusts_roles) await proveTenantUser(clusters, user, openPassword(keyring, userId, databaseId, params.entry.mongo_password_encrypted));
        },
        undo: async (context) =>
          (await clusterOf(context)).tagDatabaseUser(tenantUser(context).username, null, context.params.adjusts_roles ? context.params.roles_before : undefined),
      },
    ],
    conclusion: { name: 'write_entry', apply: (stores, context) => writeEntry(keyring, stores, context, world.clock.now()) },
  };
}
