// The connection URI of a database, with the credential it has now.
import { connectionUri } from '../domain/connection-uri.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import type { Secret } from '../domain/secret.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { Keyring } from '../ports/keyring.js';
import { passwordOf } from './stored-password.js';

export interface TenantUriSource {
  readonly clusters: ClusterDirectory;
  readonly keyring: Keyring;
}

/** Throws KeyringError, and PermanentFailure for a cluster that is not registered. */
export async function tenantUri({ clusters, keyring }: TenantUriSource, userId: string, entry: DatabaseEntry): Promise<Secret> {
  const { publicAddress } = await clusters.cluster(entry.cluster_id);
  return connectionUri({ username: entry.mongo_username, password: passwordOf(keyring, userId, entry), database: entry.mongo_database }, publicAddress);
}
