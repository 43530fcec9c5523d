// Makes a database's MongoDB user what the record says: observe, plan, apply, under the database's lock, so that no other
// operation changes its mind meanwhile. What the reconciler runs where it has seen a difference (R5.8).
import { z } from 'zod';
import { restrictTenantUser, settleQuotaRoles } from '../credentials/quota-roles.js';
import { openPassword } from '../credentials/stored-password.js';
import { createTenantUser, dropTenantUser, tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';
import { platformOrigin } from '../domain/audit-origin.js';
import { databaseEntrySchema } from '../domain/database-entry.js';
import { DatabaseAbsent } from '../domain/database-status.js';
import { overQuotaRole, planCredential, type CredentialAction, type ObservedCredential } from '../domain/credential-plan.js';
import { isOverQuota, quotaLevelOf } from '../domain/quota-level.js';
import type { NotedContext, OperationContext, OperationDefinition, StepContext } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  /** Found out by the reservation. */
  found: databaseEntrySchema.pick({ status: true, cluster_id: true, mongo_database: true, mongo_username: true, mongo_password_encrypted: true, quota_level: true, is_suspended: true, is_frozen: true }).nullable(),
});

/** What is done to the MongoDB user; absent: nothing. */
const checkpointSchema = z.object({ action: z.enum(['create_user', 'drop_user', 'set_roles']).optional() });

export type RepairDatabaseParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<RepairDatabaseParams>;

async function reserve(stores: ControlStores, { userId, databaseId }: Context): Promise<RepairDatabaseParams> {
  const database = await stores.databases.find(userId, databaseId);
  if (database === undefined) throw new DatabaseAbsent('no such database');
  const { status, cluster_id, mongo_database, mongo_username, mongo_password_encrypted } = database.entry;
  return { found: { status, cluster_id, mongo_database, mongo_username, mongo_password_encrypted, quota_level: quotaLevelOf(database.entry), is_suspended: database.entry.is_suspended ?? false, is_frozen: database.entry.is_frozen ?? false } };
}

async function apply(world: OperationWorld, context: Context, action: CredentialAction, user: TenantUser, envelope: string): Promise<void> {
  switch (action.kind) {
    case 'nothing':
    case 'wait':
      return;
    case 'create_user':
      await createTenantUser(world.clusters, user, openPassword(world.keyring, context.userId, context.databaseId, envelope), context.operationId);
      return settleQuotaRoles(world, user);
    case 'drop_user':
      return dropTenantUser(world.clusters, user);
    case 'set_roles': {
      const cluster = await world.clusters.cluster(user.clusterId);
      if (action.roles.some(({ role }) => role === overQuotaRole)) return restrictTenantUser(world.clusters, user);
      return cluster.setRoles(user.username, action.roles);
    }
  }
}

async function repair(world: OperationWorld, context: StepContext<RepairDatabaseParams>): Promise<void> {
  const { found } = context.params;
  if (found === null) throw new Error('the reservation of a repair writes down what it found');
  const user = tenantUserAt(found, context);
  const cluster = await world.clusters.cluster(found.cluster_id);
  const present = await cluster.findDatabaseUser(user.username);
  const observed: ObservedCredential = present === undefined ? { state: 'absent' } : { state: 'present', roles: present.roles, owner: present.owner };
  const action = planCredential({ status: found.status, mongoDatabase: user.database, isOverQuota: isOverQuota(found), isSuspended: found.is_suspended === true, isFrozen: found.is_frozen === true }, observed);
  // Before it is done: whoever goes on after a crash finds nothing to do, and still has to tell what was.
  if (action.kind !== 'nothing' && action.kind !== 'wait') await context.note({ checkpoint: { action: action.kind } });
  await apply(world, context, action, user, found.mongo_password_encrypted);
}

/** Whatever changed who can do what with a database has a trace; a look that found nothing to do has none. */
async function conclude(world: OperationWorld, stores: ControlStores, { operationId, userId, databaseId, checkpoint }: NotedContext<RepairDatabaseParams>): Promise<Readonly<Record<string, unknown>>> {
  const { action } = checkpointSchema.parse(checkpoint);
  if (action === undefined) return {};
  await stores.audit.record({
    action: 'database.repaired', origin: platformOrigin('repair'), userId, subject: { kind: 'database', id: databaseId }, at: world.clock.now(), operationId, details: { action },
  });
  return { action };
}

/** The `database.repair` operation. */
export function databaseRepair(world: OperationWorld): OperationDefinition<RepairDatabaseParams> {
  return {
    kind: 'database.repair',
    params: paramsSchema,
    // Nothing to take back: what a failed repair has done is what the record says.
    onFailure: 'undo',
    reservation: { name: 'reserve', apply: reserve, undo: () => Promise.resolve() },
    steps: [{ name: 'repair', apply: (context) => repair(world, context) }],
    conclusion: { name: 'finish', apply: (stores, context) => conclude(world, stores, context) },
  };
}
