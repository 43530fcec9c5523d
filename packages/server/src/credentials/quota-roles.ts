// What a tenant's credentials may do while its database is over its quota, and when it fits again: roles alone change, names and
// passwords stay (R5.3; design, section 6).
import { overQuotaRoles } from '../domain/credential-plan.js';
import { accessOf, rolesOf, type DatabaseAccess } from '../domain/database-access.js';
import { alternateUsername } from '../domain/naming.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlStores } from '../ports/control-database.js';
import type { TenantUser } from './tenant-user.js';

/** Gives one credential the role for databases over their quota. */
export async function restrictTenantUser(clusters: ClusterDirectory, user: TenantUser): Promise<void> {
  const cluster = await clusters.cluster(user.clusterId);
  await cluster.ensureOverQuotaRole(user.database);
  await cluster.setRoles(user.username, overQuotaRoles(user.database));
}

/** Gives every credential of the database its roles: the current one, and the one before, which may still be in its grace time. */
export async function setDatabaseAccess(clusters: ClusterDirectory, user: TenantUser, access: DatabaseAccess): Promise<void> {
  const cluster = await clusters.cluster(user.clusterId);
  if (access === 'making_room') await cluster.ensureOverQuotaRole(user.database);
  const roles = rolesOf(access, user.database);
  await Promise.all([user.username, alternateUsername(user.username)].map(async (username) => {
    const present = await cluster.findDatabaseUser(username);
    if (present?.owner?.databaseId === user.databaseId && present.owner.userId === user.userId) await cluster.setRoles(username, roles);
  }));
  // After it has gone from the users: nobody is left without rights in between.
  if (access === 'full') await cluster.dropOverQuotaRole(user.database);
}

/** A credential is made, and proven, with full roles. This takes back those that its database may not have while it is over its quota, or suspended. */
export async function settleQuotaRoles({ control, clusters }: { readonly control: Pick<ControlStores, 'databases'>; readonly clusters: ClusterDirectory }, user: TenantUser): Promise<void> {
  const database = await control.databases.find(user.userId, user.databaseId);
  const access = database === undefined ? 'full' : accessOf(database.entry);
  if (access === 'making_room') await restrictTenantUser(clusters, user);
  if (access === 'none' || access === 'reading') await (await clusters.cluster(user.clusterId)).setRoles(user.username, rolesOf(access, user.database));
}
