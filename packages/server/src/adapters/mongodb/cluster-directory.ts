// The clusters of the register, each connected once, at its first use.
import type { Cluster, ClusterDirectory } from '../../ports/cluster.js';
import type { ClusterRecord, ClusterStore } from '../../ports/clusters.js';
import { PermanentFailure } from '../../ports/failures.js';
import type { Keyring } from '../../ports/keyring.js';
import { MongoCluster } from './cluster.js';

export interface ClusterDirectoryOptions {
  readonly store: Pick<ClusterStore, 'find'>;
  readonly keyring: Keyring;
  /** The cluster the control plane was started with: its URI is in the configuration, not in the register. */
  readonly primary: Cluster;
  readonly installationId: string;
}

export const primaryClusterId = 'primary';

/** The place of a cluster's URI, as AAD. */
export function clusterUriPlace(clusterId: string): string {
  return JSON.stringify(['cluster', clusterId, 'uri_encrypted']);
}

export class MongoClusterDirectory implements ClusterDirectory {
  readonly #options: ClusterDirectoryOptions;
  readonly #clusters = new Map<string, Promise<Cluster>>();

  constructor(options: ClusterDirectoryOptions) {
    this.#options = options;
    this.#clusters.set(options.primary.id, Promise.resolve(options.primary));
  }

  cluster(clusterId: string): Promise<Cluster> {
    const known = this.#clusters.get(clusterId);
    if (known !== undefined) return known;
    const connecting = this.#open(clusterId);
    this.#clusters.set(clusterId, connecting);
    // A cluster that could not be opened is looked up again next time.
    connecting.catch(() => this.#clusters.delete(clusterId));
    return connecting;
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#clusters.values());
    await Promise.all(opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value.close()] : [])));
  }

  async #open(clusterId: string): Promise<Cluster> {
    const record: ClusterRecord | undefined = await this.#options.store.find(clusterId);
    if (record?.uriEncrypted == null) throw new PermanentFailure('CLUSTER_UNKNOWN', `no cluster "${clusterId}" is registered`);
    return new MongoCluster({ id: clusterId, installationId: this.#options.installationId, uri: this.#options.keyring.decrypt(record.uriEncrypted, clusterUriPlace(clusterId)) });
  }
}
