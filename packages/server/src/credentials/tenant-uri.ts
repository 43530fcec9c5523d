// The connection URI of a database, with the credential it has now and its share of the connection budget.
import { clientPool } from '../domain/connection-budget.js';
import { connectionUri } from '../domain/connection-uri.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import type { Secret } from '../domain/secret.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { Keyring } from '../ports/keyring.js';
import { connectionBudget, type ConnectionBudgetSource } from './connection-budget.js';
import { passwordOf } from './stored-password.js';

export interface TenantUriSource extends ConnectionBudgetSource {
  readonly clusters: ClusterDirectory;
  readonly keyring: Keyring;
}

/**
 * For one of so many instances of clients that use the database at the same time. Throws KeyringError, and PermanentFailure for a
 * cluster that is not registered.
 */
export async function tenantUri(source: TenantUriSource, userId: string, entry: DatabaseEntry, instances = 1): Promise<Secret> {
  const { publicAddress } = await source.clusters.cluster(entry.cluster_id);
  const pool = clientPool(entry.id, await connectionBudget(source, userId, entry), instances);
  return connectionUri({ username: entry.mongo_username, password: passwordOf(source.keyring, userId, entry), database: entry.mongo_database }, publicAddress, pool);
}
