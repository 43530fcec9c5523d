// The use cases on clusters (`ClusterService`), for operators (R1.7).
import { ApiError, type Cluster as ShownCluster, type UpdateCluster } from '@freehold/api';
import type { AuditAction } from '../ports/audit.js';
import { ClusterTaken, type ClusterRecord, type ClusterSettings } from '../ports/clusters.js';
import type { ControlStores } from '../ports/control-database.js';
import { presentCluster, stateOf } from './clusters-presentation.js';
import { ClusterUnsuitable, unsuitableError, type Preflight } from './clusters-preflight.js';
import { registerCluster, tryNewUri, tryRegistered, type ClusterServiceDependencies } from './clusters-register.js';
import type { Actor, ClusterService } from './contracts.js';
import { originOf } from './databases-world.js';

async function find({ control }: ClusterServiceDependencies, clusterId: string): Promise<ClusterRecord> {
  const record = await control.clusters.find(clusterId);
  if (record === undefined) throw new ApiError('CLUSTER_NOT_FOUND', { cluster_id: clusterId });
  return record;
}

/** The hosts of the cluster the control plane was started with are in the configuration, not in the register. */
async function present({ clusters }: ClusterServiceDependencies, record: ClusterRecord): Promise<ShownCluster> {
  const hosts = record.uriEncrypted === null ? (await clusters.cluster(record.id)).publicAddress.hosts : record.hosts;
  return presentCluster(record, hosts);
}

async function answering<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClusterUnsuitable) throw unsuitableError(error);
    throw error;
  }
}

interface AuditedChange {
  readonly action: AuditAction;
  readonly clusterId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

async function audit(stores: Pick<ControlStores, 'audit'>, { clock }: ClusterServiceDependencies, actor: Actor, { action, clusterId, details }: AuditedChange): Promise<void> {
  await stores.audit.record({ action, origin: originOf(actor), userId: actor.userId, subject: { kind: 'cluster', id: clusterId }, at: clock.now(), details });
}

function toSettings({ name, state, public_host, max_users, max_bytes, max_connections }: UpdateCluster): Partial<ClusterSettings> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { acceptsNewDatabases: state === 'active' }),
    ...(public_host === undefined ? {} : { publicHosts: public_host }),
    ...(max_users === undefined ? {} : { userLimit: max_users }),
    ...(max_bytes === undefined ? {} : { byteLimit: max_bytes }),
    ...(max_connections === undefined ? {} : { connectionLimit: max_connections }),
  };
}

async function update(dependencies: ClusterServiceDependencies, actor: Actor, clusterId: string, input: UpdateCluster): Promise<ShownCluster> {
  const { control } = dependencies;
  const record = await find(dependencies, clusterId);
  // What tenants' URIs name for this cluster, and how it is reached, is in the configuration.
  if (record.uriEncrypted === null && (input.uri !== undefined || input.public_host !== undefined)) throw new ApiError('CLUSTER_HOLDS_CONTROL_DATABASE', { cluster_id: clusterId });
  const tried = input.uri === undefined ? undefined : await tryNewUri(dependencies, record, input.uri);
  try {
    await control.transaction(async (stores) => {
      if (!(await stores.clusters.change(clusterId, { ...toSettings(input), ...tried?.change }))) throw new ApiError('CLUSTER_NOT_FOUND', { cluster_id: clusterId });
      await audit(stores, dependencies, actor, { action: 'cluster.updated', clusterId, details: { fields: Object.keys(input), ...(input.state === undefined ? {} : { state: input.state }) } });
    });
  } catch (error) {
    if (error instanceof ClusterTaken) throw new ApiError('CLUSTER_ALREADY_REGISTERED');
    throw error;
  }
  if (tried !== undefined) await keepProbe(dependencies, clusterId, tried.found);
  return present(dependencies, await find(dependencies, clusterId));
}

async function keepProbe({ control }: ClusterServiceDependencies, clusterId: string, { probe, measurement }: Preflight): Promise<void> {
  await control.clusters.recordProbe(clusterId, probe, measurement);
}

async function probe(dependencies: ClusterServiceDependencies, clusterId: string): Promise<ShownCluster> {
  const { control, clock } = dependencies;
  try {
    await keepProbe(dependencies, clusterId, await tryRegistered(dependencies, await find(dependencies, clusterId)));
  } catch (error) {
    if (!(error instanceof ClusterUnsuitable)) throw error;
    await control.clusters.recordProbe(clusterId, { at: clock.now(), latencyMilliseconds: null, errorCode: error.code ?? error.reason.toUpperCase() });
  }
  return present(dependencies, await find(dependencies, clusterId));
}

/** In one transaction with the count of what refers to it: no database can be placed on it in between. */
async function remove(dependencies: ClusterServiceDependencies, actor: Actor, clusterId: string): Promise<void> {
  await dependencies.control.transaction(async (stores) => {
    const record = await stores.clusters.find(clusterId);
    if (record === undefined) throw new ApiError('CLUSTER_NOT_FOUND', { cluster_id: clusterId });
    if (record.uriEncrypted === null) throw new ApiError('CLUSTER_HOLDS_CONTROL_DATABASE', { cluster_id: clusterId });
    const { databases, softlyDeleted, openOperations, reservations } = await stores.clusters.references(clusterId);
    if (databases + softlyDeleted + openOperations + reservations > 0) {
      throw new ApiError('CLUSTER_IN_USE', { cluster_id: clusterId, databases, deleted_databases: softlyDeleted, open_operations: openOperations, reservations });
    }
    await stores.clusters.remove(clusterId);
    await audit(stores, dependencies, actor, { action: 'cluster.removed', clusterId, details: { name: record.name } });
    await stores.outbox.record({ userId: null, type: 'cluster.removed', at: dependencies.clock.now(), data: { cluster_id: clusterId } });
  });
}

/** Builds the service. */
export function createClusterService(dependencies: ClusterServiceDependencies): ClusterService {
  const { control } = dependencies;
  return {
    register: (actor, input) => answering(async () => {
      const { name } = input;
      const clusterId = await registerCluster(dependencies, input, async (stores, cluster_id) => {
        await audit(stores, dependencies, actor, { action: 'cluster.registered', clusterId: cluster_id, details: { name } });
        await stores.outbox.record({ userId: null, type: 'cluster.registered', at: dependencies.clock.now(), data: { cluster_id, name } });
      });
      return present(dependencies, await find(dependencies, clusterId));
    }),
    list: async (_actor, { limit, offset, state }) => {
      // There are as many as machines to run them on: few enough to be read at once.
      const found = (await control.clusters.list()).filter((record) => state === undefined || stateOf(record) === state);
      const items = await Promise.all(found.slice(offset, offset + limit).map((record) => present(dependencies, record)));
      return { items, total: found.length, limit, offset };
    },
    get: async (_actor, clusterId) => present(dependencies, await find(dependencies, clusterId)),
    update: (actor, clusterId, input) => answering(() => update(dependencies, actor, clusterId, input)),
    probe: (_actor, clusterId) => answering(() => probe(dependencies, clusterId)),
    remove: (actor, clusterId) => remove(dependencies, actor, clusterId),
  };
}
