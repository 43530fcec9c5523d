// The apps that have a database's credential, and which one of its credentials they run with.
import type { AppRecord } from '../domain/app.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import type { ControlStores } from '../ports/control-database.js';

type Stores = Pick<ControlStores, 'apps' | 'databases'>;

/** The apps bound to the database, and, where it is the default, those that name none. */
export async function appsOfDatabase(stores: Stores, userId: string, databaseId: string): Promise<readonly AppRecord[]> {
  const owner = await stores.databases.owner(userId);
  const isDefault = owner !== undefined && resolveDefaultDatabase(owner.databases, owner.defaultDatabaseId)?.id === databaseId;
  const bound = await stores.apps.boundTo(userId, databaseId);
  return isDefault ? [...bound, ...await stores.apps.boundTo(userId, null)] : bound;
}

/** Whether a deployer has it: it runs, is about to, or is started again and again. */
export function isDeployed({ status }: AppRecord): boolean {
  return status === 'running' || status === 'deploying' || status === 'failed';
}

/** The deployed apps that are not known to have been started with this MongoDB user. */
export function deployedWithAnother(apps: readonly AppRecord[], username: string): readonly AppRecord[] {
  return apps.filter((app) => isDeployed(app) && app.deployed_username !== username);
}
