// The clusters of the register, each connected at its first use. What other replicas register is found when it is first asked for;
// what they change or remove, at the next `refresh`.
import { ConnectionString } from 'mongodb-connection-string-url';
import { Secret } from '../../domain/secret.js';
import { uriInvalid, type Cluster, type ClusterAddress, type ClusterConnector, type ClusterDirectory } from '../../ports/cluster.js';
import type { ClusterRecord, ClusterStore } from '../../ports/clusters.js';
import { PermanentFailure } from '../../ports/failures.js';
import type { Tracing } from '../../ports/tracing.js';
import { clusterUriPlace, type Keyring } from '../../ports/keyring.js';
import { MongoCluster } from './cluster.js';

export interface ClusterDirectoryOptions {
  readonly store: Pick<ClusterStore, 'find'>;
  readonly keyring: Keyring;
  /** The cluster the control plane was started with: its URI is in the configuration, not in the register. */
  readonly primary: Cluster;
  readonly installationId: string;
  /** Where commands are traced; absent: nowhere. */
  readonly tracing?: Tracing | undefined;
}

export const primaryClusterId = 'primary';

/** What a connection was made from: another one is made when this changes. */
interface Origin {
  readonly envelope: string;
  readonly uri: Secret;
  readonly publicHosts: string | null;
}

interface Opened {
  readonly cluster: Promise<Cluster>;
  /** Undefined while it is being looked up. */
  origin: Origin | undefined;
}

function uriError(): PermanentFailure {
  // Without the parser's words, which may repeat the URI, and without it as the cause.
  return new PermanentFailure(uriInvalid, 'this is not a MongoDB connection string');
}

export class MongoClusterDirectory implements ClusterDirectory, ClusterConnector {
  readonly #options: ClusterDirectoryOptions;
  readonly #opened = new Map<string, Opened>();

  constructor(options: ClusterDirectoryOptions) {
    this.#options = options;
  }

  cluster(clusterId: string): Promise<Cluster> {
    const { primary } = this.#options;
    if (clusterId === primary.id) return Promise.resolve(primary);
    const known = this.#opened.get(clusterId);
    if (known !== undefined) return known.cluster;
    const entry: Opened = { cluster: this.#find(clusterId, (origin) => { entry.origin = origin; }), origin: undefined };
    this.#opened.set(clusterId, entry);
    // A cluster that could not be opened is looked up again next time.
    entry.cluster.catch(() => this.#forget(clusterId, entry));
    return entry.cluster;
  }

  open({ id, uri, publicHosts }: ClusterAddress): Cluster {
    try {
      return new MongoCluster({ id, installationId: this.#options.installationId, tracing: this.#options.tracing, uri: uri.reveal(), ...(publicHosts === null ? {} : { publicHosts }) });
    } catch {
      throw uriError();
    }
  }

  hostsOf(uri: Secret): readonly string[] {
    try {
      const { hosts, isSRV } = new ConnectionString(uri.reveal());
      return hosts.map((host) => (isSRV || /:\d+$/u.test(host) ? host : `${host}:27017`).toLowerCase());
    } catch {
      throw uriError();
    }
  }

  /** Closes the connections to clusters that are not registered any more, and to those that are to be reached another way. */
  async refresh(list: () => Promise<readonly ClusterRecord[]>): Promise<void> {
    // Before the list is read: what is opened meanwhile may not be on it yet.
    const opened = [...this.#opened];
    const registered = new Map((await list()).map((record) => [record.id, record]));
    const stale = opened.filter(([id, { origin }]) => origin !== undefined && !this.#isSame(id, origin, registered.get(id)));
    for (const [id, entry] of stale) this.#forget(id, entry);
    await Promise.all(stale.map(async ([, { cluster }]) => (await cluster).close()));
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled([...this.#opened.values()].map(({ cluster }) => cluster));
    const registered = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await Promise.all([this.#options.primary, ...registered].map((cluster) => cluster.close()));
  }

  #forget(clusterId: string, entry: Opened): void {
    if (this.#opened.get(clusterId) === entry) this.#opened.delete(clusterId);
  }

  async #find(clusterId: string, opening: (origin: Origin) => void): Promise<Cluster> {
    const record: ClusterRecord | undefined = await this.#options.store.find(clusterId);
    if (record?.uriEncrypted == null) throw new PermanentFailure('CLUSTER_UNKNOWN', `no cluster "${clusterId}" is registered`);
    const { uriEncrypted: envelope, publicHosts } = record;
    const uri = this.#decrypt(clusterId, envelope);
    opening({ envelope, uri, publicHosts });
    return this.open({ id: clusterId, uri, publicHosts });
  }

  /** An envelope that was made again, with a new key, still holds the same URI. */
  #isSame(clusterId: string, { envelope, uri, publicHosts }: Origin, record: ClusterRecord | undefined): boolean {
    if (record?.uriEncrypted == null || record.publicHosts !== publicHosts) return false;
    return record.uriEncrypted === envelope || this.#decrypt(clusterId, record.uriEncrypted).reveal() === uri.reveal();
  }

  #decrypt(clusterId: string, envelope: string): Secret {
    return new Secret(this.#options.keyring.decrypt(envelope, clusterUriPlace(clusterId)));
  }
}
