// What operations and the reconciler do with a tenant's MongoDB user, on whichever cluster it is.
import { tenantRoles } from '../domain/credential-plan.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import { alternateUsername } from '../domain/naming.js';
import type { Secret } from '../domain/secret.js';
import type { ClusterDirectory } from '../ports/cluster.js';

/** A tenant's user as the record has it. */
export interface TenantUser {
  readonly clusterId: string;
  readonly username: string;
  readonly database: string;
  readonly userId: string;
  readonly databaseId: string;
}

/** Where a database is, in the words of its entry. */
type DatabasePlace = Pick<DatabaseEntry, 'cluster_id' | 'mongo_database' | 'mongo_username'>;

/** The user of the database that is at this place. */
export function tenantUserAt(place: DatabasePlace, { userId, databaseId }: Pick<TenantUser, 'userId' | 'databaseId'>): TenantUser {
  return { clusterId: place.cluster_id, database: place.mongo_database, username: place.mongo_username, userId, databaseId };
}

/** A database every tenant must be refused on: the control plane's own. */
const neighbourDatabase = 'freehold';

/** Makes the user with its roles, or puts it right if it is there. */
export async function createTenantUser(clusters: ClusterDirectory, user: TenantUser, password: Secret, operationId: string): Promise<void> {
  const cluster = await clusters.cluster(user.clusterId);
  const owner = { userId: user.userId, databaseId: user.databaseId, operationId };
  await cluster.createDatabaseUser({ username: user.username, password, roles: tenantRoles(user.database), owner });
}

/** Logs in as the user, writes, and sees a neighbour's database refuse it. */
export async function proveTenantUser(clusters: ClusterDirectory, user: TenantUser, password: Secret): Promise<void> {
  const cluster = await clusters.cluster(user.clusterId);
  await cluster.proveCredential({ username: user.username, password, database: user.database, neighbour: neighbourDatabase });
}

/** Ends the credential at once, open connections included. */
export async function dropTenantUser(clusters: ClusterDirectory, user: TenantUser): Promise<void> {
  const cluster = await clusters.cluster(user.clusterId);
  await cluster.dropDatabaseUser(user.username);
}

/** Ends every credential of the database: the current one, and the one before, which may still be in its grace time. */
export async function dropTenantUsers(clusters: ClusterDirectory, user: TenantUser): Promise<void> {
  await dropTenantUser(clusters, user);
  await dropOwnTenantUser(clusters, { ...user, username: alternateUsername(user.username) });
}

/** Drops the user only if it is this database's: where making it failed, it may be somebody else's of the same name. */
export async function dropOwnTenantUser(clusters: ClusterDirectory, user: TenantUser): Promise<void> {
  const cluster = await clusters.cluster(user.clusterId);
  const present = await cluster.findDatabaseUser(user.username);
  if (present?.owner?.databaseId === user.databaseId && present.owner.userId === user.userId) await cluster.dropDatabaseUser(user.username);
}

/** Drops the user if it is this database's and another operation made it: what a rotation before has left under a name that is needed. */
export async function dropEarlierTenantUser(clusters: ClusterDirectory, user: TenantUser, operationId: string): Promise<void> {
  const cluster = await clusters.cluster(user.clusterId);
  const owner = (await cluster.findDatabaseUser(user.username))?.owner;
  if (owner?.databaseId === user.databaseId && owner.userId === user.userId && owner.operationId !== operationId) await cluster.dropDatabaseUser(user.username);
}

/** Drops the tenant's data, and the role it may have been given with it. */
export async function dropTenantDatabase(clusters: ClusterDirectory, user: TenantUser): Promise<void> {
  const cluster = await clusters.cluster(user.clusterId);
  await cluster.dropDatabase(user.database);
  await cluster.dropOverQuotaRole(user.database);
}
