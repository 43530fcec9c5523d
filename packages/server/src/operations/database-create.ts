// Creates a database: reserve the entry, make the MongoDB user, prove that it works, activate (design, section 5).
// Username and encrypted password are written down before the user is made, so that whoever resumes uses the same password.
import { z } from 'zod';
import { openPassword } from '../credentials/stored-password.js';
import { createTenantUser, dropOwnTenantUser, dropTenantDatabase, proveTenantUser, tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { databaseEntrySchema, type DatabaseEntry } from '../domain/database-entry.js';
import { DatabaseInWrongStatus, statusesBefore } from '../domain/database-status.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { limitOf } from '../domain/limits.js';
import { decideCreation, decideQuota, QuotaExceeded, quotaChoice, quotaFor } from '../domain/quota.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import { UserAbsent } from '../ports/databases.js';
import type { OperationWorld } from './operation-world.js';

const entryFields = databaseEntrySchema.pick({
  name: true, environment: true, description: true, quota_mb: true, cluster_id: true, mongo_database: true, mongo_username: true, mongo_password_encrypted: true,
});

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  entry: entryFields,
  /** Asked for; the first database becomes the default unasked. */
  make_default: z.boolean(),
});

export type CreateDatabaseParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<CreateDatabaseParams>;

function tenantUser(context: Context): TenantUser {
  return tenantUserAt(context.params.entry, context);
}

function newEntry({ databaseId, params, startedAt }: Context): DatabaseEntry {
  return {
    ...params.entry, id: databaseId, status: 'provisioning', is_default: false, current_size_mb: 0, app_count: 0,
    created_at: startedAt, last_rotated_at: null, deleted_at: null,
  };
}

async function reserve(stores: ControlStores, context: Context, largestDatabaseCount: number): Promise<CreateDatabaseParams> {
  const owner = await stores.databases.owner(context.userId);
  if (owner === undefined) throw new UserAbsent('no such user');
  const choice = quotaChoice(owner.limits);
  const quotaMb = quotaFor(context.params.entry.quota_mb, choice);
  const counted = decideCreation(owner.databases, quotaMb, {
    totalQuotaMb: owner.totalQuotaMb, largestDatabaseCount: limitOf('max_databases', owner.limits, { max_databases: largestDatabaseCount }),
  });
  const decision = counted.kind === 'exceeded' ? counted : decideQuota(quotaMb, choice);
  if (decision.kind === 'exceeded') throw new QuotaExceeded(decision);
  const params = { ...context.params, entry: { ...context.params.entry, quota_mb: quotaMb } };
  await stores.databases.insert(context.userId, newEntry({ ...context, params }));
  return params;
}

async function activate(stores: ControlStores, { operationId, userId, databaseId, params }: Context, at: Date): Promise<void> {
  const owner = await stores.databases.owner(userId);
  const hasDefault = owner !== undefined && resolveDefaultDatabase(owner.databases, owner.defaultDatabaseId) !== undefined;
  const isActivated = await stores.databases.change(userId, databaseId, { status: 'active' },
    { whereStatus: statusesBefore('active'), makeDefault: params.make_default || !hasDefault });
  if (!isActivated) throw new DatabaseInWrongStatus(owner?.databases.find(({ id }) => id === databaseId)?.status ?? 'failed');
  const { name, environment, cluster_id } = params.entry;
  await stores.audit.record({
    action: 'database.created', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: { name, environment, cluster_id },
  });
  await stores.outbox.record({ userId, type: 'database.created', at, operationId, data: { database_id: databaseId, name, environment, cluster_id } });
}

/** The `database.create` operation. */
export function databaseCreate(world: OperationWorld): OperationDefinition<CreateDatabaseParams> {
  const { clusters, keyring } = world;
  const password = ({ userId, databaseId, params }: Context) => openPassword(keyring, userId, databaseId, params.entry.mongo_password_encrypted);
  return {
    kind: 'database.create',
    params: paramsSchema,
    onFailure: 'undo',
    reservation: {
      name: 'reserve',
      apply: (stores, context) => reserve(stores, context, world.largestDatabaseCount),
      undo: async (stores, { userId, databaseId, params }) => {
        await stores.databases.remove(userId, databaseId);
        await stores.clusters.releaseUser(params.entry.cluster_id);
      },
    },
    steps: [
      {
        name: 'create_user',
        apply: (context) => createTenantUser(clusters, tenantUser(context), password(context), context.operationId),
        undo: (context) => dropOwnTenantUser(clusters, tenantUser(context)),
      },
      {
        name: 'prove',
        apply: (context) => proveTenantUser(clusters, tenantUser(context), password(context)),
        // The probe may be there still; nobody else has ever had the credential.
        undo: (context) => dropTenantDatabase(clusters, tenantUser(context)),
      },
    ],
    conclusion: {
      name: 'activate',
      apply: async (stores, context) => {
        await activate(stores, context, world.clock.now());
        return { database_id: context.databaseId, cluster_id: context.params.entry.cluster_id };
      },
    },
  };
}
