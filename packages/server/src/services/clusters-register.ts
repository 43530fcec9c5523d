// Registering a cluster, or giving one another URI: tried first, compared with those that are registered, then written down.
import { ApiError, type RegisterCluster } from '@freehold/api';
import { Secret } from '../domain/secret.js';
import type { Clock } from '../ports/clock.js';
import type { Cluster, ClusterConnector, ClusterDirectory } from '../ports/cluster.js';
import { ClusterTaken, type ClusterRecord, type ClusterSettings } from '../ports/clusters.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import { PermanentFailure } from '../ports/failures.js';
import type { Identifiers } from '../ports/identifiers.js';
import { clusterUriPlace, type Keyring } from '../ports/keyring.js';
import { ClusterUnsuitable, preflight, type Preflight } from './clusters-preflight.js';

export interface ClusterServiceDependencies {
  readonly control: ControlDatabase;
  readonly clusters: ClusterDirectory;
  readonly connector: ClusterConnector;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly events: EventSink;
}

const largestIdLength = 32;
const largestSuffix = 100;
const comparisonsAtOnce = 8;
/** Of a cluster's users, to find some that are ours. */
const largestUserCount = 100_000;
const usersCompared = 20;

/** Lower-case letters, digits and "-" of the name. */
function idFromName(name: string): string {
  const id = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/gu, '-').slice(0, largestIdLength - 4).replace(/^-+|-+$/gu, '');
  return id === '' ? 'cluster' : id;
}

/** The registered cluster that knows this user: it is the same deployment. One that does not answer cannot be asked. */
async function clusterThatKnows({ control, clusters }: ClusterServiceDependencies, username: string): Promise<string | undefined> {
  const waiting = (await control.clusters.list()).values();
  let found: string | undefined;
  const worker = async (): Promise<void> => {
    for (const { id } of waiting) {
      const user = await clusters.cluster(id).then((cluster) => cluster.findDatabaseUser(username)).catch(() => undefined);
      if (user !== undefined) found = id;
    }
  };
  await Promise.all(Array.from({ length: comparisonsAtOnce }, worker));
  return found;
}

/** Opens the cluster for the time of the work. Throws ClusterUnsuitable. */
async function withCluster<Result>({ connector }: ClusterServiceDependencies, uri: Secret, work: (cluster: Cluster, hosts: readonly string[]) => Promise<Result>): Promise<Result> {
  let cluster: Cluster;
  let hosts: readonly string[];
  try {
    hosts = connector.hostsOf(uri);
    cluster = connector.open({ id: 'preflight', uri, publicHosts: null });
  } catch (error) {
    if (error instanceof PermanentFailure) throw new ClusterUnsuitable('uri_invalid', 'parse', null);
    throw error;
  }
  try {
    return await work(cluster, hosts);
  } finally {
    await cluster.close();
  }
}

async function clusterWithHost({ control }: ClusterServiceDependencies, hosts: readonly string[]): Promise<string | undefined> {
  return (await control.clusters.list()).find((record) => record.hosts.some((host) => hosts.includes(host)))?.id;
}

function alreadyRegistered(clusterId: string | undefined): ApiError {
  return new ApiError('CLUSTER_ALREADY_REGISTERED', clusterId === undefined ? {} : { cluster_id: clusterId });
}

type NewCluster = Omit<ClusterRecord, 'id' | 'uriEncrypted'>;

/** What else is written in the transaction that registers a cluster. */
export type AlsoWritten = (stores: ControlStores, clusterId: string) => Promise<void>;

/** Writes the record under the id that was asked for, or the first free one made from the name. Throws CLUSTER_ALREADY_REGISTERED. */
async function insert(dependencies: ClusterServiceDependencies, input: RegisterCluster, cluster: NewCluster, also: AlsoWritten): Promise<string> {
  const { control, keyring } = dependencies;
  const base = input.id ?? idFromName(input.name);
  for (let suffix = 1; suffix <= largestSuffix; suffix += 1) {
    const id = suffix === 1 ? base : `${base}-${suffix}`;
    try {
      // One after the other: another id is made only if this one is taken.
      await control.transaction(async (stores) => {
        await stores.clusters.insert({ ...cluster, id, uriEncrypted: keyring.encrypt(input.uri, clusterUriPlace(id)) });
        await also(stores, id);
      });
      return id;
    } catch (error) {
      if (!(error instanceof ClusterTaken)) throw error;
      if (error.field === 'hosts') throw alreadyRegistered(await clusterWithHost(dependencies, cluster.hosts));
      if (input.id !== undefined) throw alreadyRegistered(id);
    }
  }
  throw alreadyRegistered(base);
}

/** Throws ClusterUnsuitable, and ApiError CLUSTER_ALREADY_REGISTERED. Returns the id. */
export function registerCluster(dependencies: ClusterServiceDependencies, input: RegisterCluster, also: AlsoWritten): Promise<string> {
  return withCluster(dependencies, new Secret(input.uri), async (cluster, hosts) => {
    if (input.id !== undefined && (await dependencies.control.clusters.find(input.id)) !== undefined) throw alreadyRegistered(input.id);
    const sameHost = await clusterWithHost(dependencies, hosts);
    if (sameHost !== undefined) throw alreadyRegistered(sameHost);
    const { probe, measurement } = await preflight(dependencies, cluster, async (username) => {
      const same = await clusterThatKnows(dependencies, username);
      if (same !== undefined) throw alreadyRegistered(same);
    });
    const id = await insert(dependencies, input, {
      name: input.name, hosts, publicHosts: input.public_host ?? null, userLimit: input.max_users, byteLimit: input.max_bytes ?? null,
      connectionLimit: input.max_connections ?? null, acceptsNewDatabases: true,
      // Whoever is there already counts, and is none of ours.
      userCount: measurement.users, foreignUserCount: measurement.users, createdAt: dependencies.clock.now(), probe: null, measurement: null,
    }, also);
    await dependencies.control.clusters.recordProbe(id, probe, measurement);
    return id;
  });
}

/** Whether what answers there has the MongoDB users of databases that the register says this cluster holds; true where it holds none. */
async function holdsDatabasesOf({ control }: ClusterServiceDependencies, cluster: Cluster, { id, userCount, foreignUserCount }: ClusterRecord): Promise<boolean> {
  if (userCount <= foreignUserCount) return true;
  const owners = (await cluster.listDatabaseUsers(null, largestUserCount)).flatMap(({ owner }) => owner ?? []).slice(0, usersCompared);
  const databases = await Promise.all(owners.map(({ databaseId }) => control.databases.findById(databaseId)));
  return databases.some((database) => database?.entry.cluster_id === id);
}

/**
 * The change of another URI for a cluster: tried, and known to lead to the same deployment. The way it is reached now is not needed for
 * that: it may be the one that does not work any more. Throws ClusterUnsuitable, and ApiError CLUSTER_ALREADY_REGISTERED.
 */
export function tryNewUri(dependencies: ClusterServiceDependencies, record: ClusterRecord, uri: string): Promise<{ readonly change: Partial<ClusterSettings>; readonly found: Preflight }> {
  return withCluster(dependencies, new Secret(uri), async (cluster, hosts) => {
    const found = await preflight(dependencies, cluster, async (username) => {
      const known = await clusterThatKnows(dependencies, username);
      if (known !== undefined && known !== record.id) throw alreadyRegistered(known);
      if (!(await holdsDatabasesOf(dependencies, cluster, record))) throw new ClusterUnsuitable('other_deployment', 'compare_deployments', null);
    });
    return { change: { hosts, uriEncrypted: dependencies.keyring.encrypt(uri, clusterUriPlace(record.id)) }, found };
  });
}

/** Tries a registered cluster as one that is to be registered. Throws ClusterUnsuitable. */
export async function tryRegistered(dependencies: ClusterServiceDependencies, { id, uriEncrypted }: ClusterRecord): Promise<Preflight> {
  const { clusters, keyring } = dependencies;
  const tried = (cluster: Cluster): Promise<Preflight> => preflight(dependencies, cluster, () => Promise.resolve());
  if (uriEncrypted === null) return tried(await clusters.cluster(id));
  // Over a connection of its own: the one at hand may know that the cluster is away, and not ask.
  return withCluster(dependencies, new Secret(keyring.decrypt(uriEncrypted, clusterUriPlace(id))), tried);
}
