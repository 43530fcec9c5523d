// Puts a database that has grown over its quota on the role that can read and make room, and back again when it fits (R5.3). Under
// the database's lock, so that no rotation makes a credential with other roles meanwhile.
import { z } from 'zod';
import { setDatabaseAccess } from '../credentials/quota-roles.js';
import { tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';
import { platformOrigin } from '../domain/audit-origin.js';
import { accessOf, type DatabaseAccess } from '../domain/database-access.js';
import { quotaLevels, type QuotaLevel } from '../domain/database-entry.js';
import { DatabaseAbsent, DatabaseInWrongStatus, requireEntry } from '../domain/database-status.js';
import { decideQuotaLevel, isOverQuota, QuotaLevelUnchanged, quotaLevelOf } from '../domain/quota-level.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const foundSchema = z.strictObject({
  cluster_id: z.string(), mongo_database: z.string(), mongo_username: z.string(), before: z.enum(quotaLevels), after: z.enum(quotaLevels),
  quota_mb: z.number().nullable(), size_mb: z.number(),
});

const paramsSchema = z.strictObject({
  /** Found out by the reservation. */
  found: foundSchema.nullable(),
});

/** What the operation results in. */
export const quotaEnforcementSchema = z.object({ before: z.enum(quotaLevels), after: z.enum(quotaLevels) });

export type EnforceQuotaParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<EnforceQuotaParams>;

async function reserve(stores: ControlStores, { userId, databaseId }: Context): Promise<EnforceQuotaParams> {
  const { owner, entry } = requireEntry(await stores.databases.owner(userId), databaseId);
  if (entry.status !== 'active') throw new DatabaseInWrongStatus(entry.status);
  // Without any rights it needs none taken; whoever gives them back looks at the level.
  if (entry.is_suspended === true || entry.is_frozen === true) throw new QuotaLevelUnchanged('the database is suspended, or was moved');
  const [before, after] = [quotaLevelOf(entry), decideQuotaLevel(entry, owner)];
  if (isOverQuota(entry) === (after === 'exceeded')) throw new QuotaLevelUnchanged('the database has the role it is to have');
  if (!(await stores.databases.change(userId, databaseId, { quota_level: after }, { whereStatus: ['active'] }))) throw new DatabaseAbsent('the database is gone');
  const { cluster_id, mongo_database, mongo_username, quota_mb, current_size_mb } = entry;
  return { found: { cluster_id, mongo_database, mongo_username, before, after, quota_mb, size_mb: current_size_mb } };
}

interface Found extends z.infer<typeof foundSchema> {
  readonly user: TenantUser;
}

function found(context: Context): Found {
  const { params } = context;
  if (params.found === null) throw new Error('the reservation of an enforcement writes down what it found');
  return { ...params.found, user: tenantUserAt(params.found, context) };
}

function accessAt(level: QuotaLevel): DatabaseAccess {
  return accessOf({ quota_level: level });
}

async function finish(stores: ControlStores, context: Context, at: Date): Promise<z.infer<typeof quotaEnforcementSchema>> {
  const { before, after, quota_mb, size_mb } = found(context);
  const { operationId, userId, databaseId } = context;
  await stores.audit.record({
    action: after === 'exceeded' ? 'database.quota_exceeded' : 'database.quota_met', origin: platformOrigin('quota'), userId,
    subject: { kind: 'database', id: databaseId }, at, operationId, details: { quota_mb, size_mb },
  });
  await stores.outbox.record({ userId, type: after === 'exceeded' ? 'quota.exceeded' : 'quota.back_within', at, operationId, data: { database_id: databaseId, size_mb } });
  return { before, after };
}

/** The `database.enforce_quota` operation. */
export function databaseEnforceQuota(world: OperationWorld): OperationDefinition<EnforceQuotaParams> {
  return {
    kind: 'database.enforce_quota',
    params: paramsSchema,
    onFailure: 'undo',
    reservation: {
      name: 'reserve',
      apply: reserve,
      undo: async (stores, context) => {
        const { before, after } = found(context);
        await stores.databases.change(context.userId, context.databaseId, { quota_level: before }, { whereQuotaLevel: after });
      },
    },
    steps: [
      {
        name: 'set_roles',
        apply: (context) => setDatabaseAccess(world.clusters, found(context).user, accessAt(found(context).after)),
        undo: (context) => setDatabaseAccess(world.clusters, found(context).user, accessAt(found(context).before)),
      },
    ],
    conclusion: { name: 'finish', apply: (stores, context) => finish(stores, context, world.clock.now()) },
  };
}
