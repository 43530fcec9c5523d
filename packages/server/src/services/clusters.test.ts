import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegisterCluster } from '@freehold/api';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { clusterUriPlace } from '../ports/keyring.js';
import { connectControlPlane, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { startTestCluster, type TestCluster } from '../testing/start-test-cluster.js';
import { startTcpProxy } from '../testing/tcp-proxy.fixture.js';
import { createClusterService } from './clusters.js';
import type { Actor, ClusterService } from './contracts.js';

// Clusters of their own: a server of the environment is one cluster, and here three are needed.
let plane: ControlPlane;
let [second, third] = [] as unknown as [TestCluster, TestCluster];
let operator: Actor;
let service: ClusterService;

function serviceOf({ connection, clusters, directory, keyring }: ControlPlane): ClusterService {
  return createClusterService({
    control: connection.control, clusters, connector: directory, keyring, clock: systemClock, identifiers: systemIdentifiers, events: { emit: () => undefined },
  });
}

beforeAll(async () => {
  [plane, second, third] = await Promise.all([startControlPlane(), startTestCluster(), startTestCluster()]);
  operator = { ...(await plane.newActor()), role: 'operator' };
  service = serviceOf(plane);
});
afterAll(async () => {
  await plane.stop();
  await Promise.all([second.stop(), third.stop()]);
});

const register = (uri: string, fields: Partial<RegisterCluster> = {}) => service.register(operator, { name: 'Second one', uri, max_users: 100, ...fields });
const isExternal = (process.env['FREEHOLD_TEST_MONGODB_URI'] ?? '') !== '';
const create = (actor: Actor, name: string) => plane.replica().databases.create(actor, { name, environment: 'development' });

async function withRoot<Result>({ uri }: TestCluster, work: (client: MongoClient) => Promise<Result>): Promise<Result> {
  const client = new MongoClient(uri);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** What a preflight may leave behind: nothing. */
function scratchOn(cluster: TestCluster): Promise<readonly unknown[]> {
  return withRoot(cluster, async (client) => {
    const { users } = await client.db('admin').command({ usersInfo: { forAllDBs: true } }) as unknown as { readonly users: readonly { readonly user: string }[] };
    const { databases } = await client.db('admin').admin().listDatabases();
    return [...users.map(({ user }) => user), ...databases.map(({ name }) => name)].filter((name) => name.startsWith('freehold_preflight'));
  });
}

describe.skipIf(isExternal)('a cluster that is registered', () => {
  it('is tried, stored without its secret in the clear, shown without its URI, and holds databases', async () => {
    const cluster = await register(second.uri, { max_bytes: 1e12, max_connections: 5000, public_host: 'localhost' + second.uri.slice(second.uri.lastIndexOf(':')).replace(/\/.*/u, '') });
    expect(cluster).toMatchObject({
      id: 'second-one', name: 'Second one', state: 'active', kind: 'replica_set', holds_control_database: false, database_count: 0,
      capacity: { users: { used: 1, max: 100 }, bytes: { max: 1e12 }, connections: { max: 5000 } }, last_probe: { succeeded: true, error_code: null },
    });
    expect(cluster.capacity.bytes.used).toBeGreaterThan(0);
    expect(cluster.last_probe?.latency_ms).toBeGreaterThan(0);
    const password = new URL(second.uri).password;
    const stored = (await plane.connection.control.clusters.find('second-one'))!;
    expect(JSON.stringify([cluster, stored, await service.list(operator, { limit: 20, offset: 0 })])).not.toContain(password);
    expect(plane.keyring.decrypt(stored.uriEncrypted!, clusterUriPlace('second-one'))).toBe(second.uri);
    expect(() => plane.keyring.decrypt(stored.uriEncrypted!, clusterUriPlace('another'))).toThrow();
    expect(await scratchOn(second)).toEqual([]);
    expect(await plane.connection.db.collection('events').findOne({ stream: 'platform', type: 'cluster.registered' })).toMatchObject({ data: { cluster_id: 'second-one', name: 'Second one' } });
    expect(await plane.connection.control.audit.ofSubject(operator.userId, 'second-one', 5)).toMatchObject([{ action: 'cluster.registered', details: { name: 'Second one' } }]);

    await service.update(operator, 'primary', { state: 'draining' });
    const { database, connectionUri } = await create(await plane.newActor(), 'shop');
    expect(database.cluster_id).toBe('second-one');
    expect(connectionUri.reveal()).toContain('@localhost:');
    await service.update(operator, 'primary', { state: 'active' });
    expect((await service.get(operator, 'second-one')).database_count).toBe(1);
  });

  it('is seen by another control plane process without a restart: registered, changed and removed', async () => {
    const { id } = await register(third.uri, { id: 'third' });
    const other = await connectControlPlane(plane.testCluster, plane.connection.db.databaseName);
    const seen = await other.clusters.cluster(id);
    expect(await seen.countUsers()).toBe(1);
    await service.update(operator, id, { public_host: 'db.example.com:27017' });
    const refresh = () => other.directory.refresh(() => other.connection.control.clusters.list());
    await refresh();
    expect((await other.clusters.cluster(id)).publicAddress.hosts).toEqual(['db.example.com:27017']);
    await expect(seen.countUsers()).rejects.toMatchObject({ name: 'TransientFailure' });
    await service.remove(operator, id);
    await refresh();
    await expect(other.clusters.cluster(id)).rejects.toMatchObject({ code: 'CLUSTER_UNKNOWN' });
    await other.stop();
  });

  it('has one id and one entry, by whatever hosts it is reached', async () => {
    await expect(register(second.uri)).rejects.toMatchObject({ code: 'CLUSTER_ALREADY_REGISTERED', details: { cluster_id: 'second-one' } });
    await expect(register(third.uri, { id: 'second-one' })).rejects.toMatchObject({ code: 'CLUSTER_ALREADY_REGISTERED', details: { cluster_id: 'second-one' } });
    for (const [cluster, id] of [[second, 'second-one'], [plane.testCluster, 'primary']] as const) {
      await expect(register(cluster.uri.replace('127.0.0.1', 'localhost'))).rejects.toMatchObject({ code: 'CLUSTER_ALREADY_REGISTERED', details: { cluster_id: id } });
      expect(await scratchOn(cluster)).toEqual([]);
    }
    const others = await Promise.allSettled(Array.from({ length: 3 }, () => register(third.uri, { name: 'Second one' })));
    expect(others.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await service.list(operator, { limit: 20, offset: 0 })).items.map(({ id }) => id)).toEqual(['primary', 'second-one', 'second-one-2']);
    await service.remove(operator, 'second-one-2');
  });

  it('is given another URI only where that leads to the same deployment', async () => {
    await expect(service.update(operator, 'second-one', { uri: third.uri })).rejects.toMatchObject({ code: 'CLUSTER_UNSUITABLE', details: { reason: 'other_deployment' } });
    const uri = second.uri.replace('127.0.0.1', 'localhost');
    expect(await service.update(operator, 'second-one', { uri, name: 'Renamed' })).toMatchObject({ name: 'Renamed', hosts: [expect.stringContaining('localhost:')] });
    expect(plane.keyring.decrypt((await plane.connection.control.clusters.find('second-one'))!.uriEncrypted!, clusterUriPlace('second-one'))).toBe(uri);
    for (const input of [{ uri }, { public_host: 'x:1' }]) {
      await expect(service.update(operator, 'primary', input)).rejects.toMatchObject({ code: 'CLUSTER_HOLDS_CONTROL_DATABASE' });
    }
  });

  it('takes no new databases while it is draining, goes on with those it has, and takes some again after', async () => {
    const actor = await plane.newActor();
    await service.update(operator, 'primary', { state: 'draining' });
    const { database } = await create(actor, 'one');
    expect(await service.update(operator, 'second-one', { state: 'draining' })).toMatchObject({ state: 'draining' });
    await expect(create(actor, 'two')).rejects.toMatchObject({ code: 'CLUSTER_CAPACITY_EXHAUSTED' });
    await plane.replica().databases.rotateCredentials(actor, database.id, {});
    await service.update(operator, 'second-one', { state: 'active' });
    expect((await create(actor, 'two')).database.cluster_id).toBe('second-one');
    await service.update(operator, 'second-one', { max_users: 1 });
    await expect(create(actor, 'three')).rejects.toMatchObject({ code: 'CLUSTER_CAPACITY_EXHAUSTED' });
    await service.update(operator, 'second-one', { max_users: 100, max_bytes: 1 });
    await expect(create(actor, 'three')).rejects.toMatchObject({ code: 'CLUSTER_CAPACITY_EXHAUSTED' });
    expect((await plane.replica().databases.list(actor, { limit: 10, offset: 0, sort: 'created_at' })).total).toBe(2);
    await service.update(operator, 'second-one', { max_bytes: null });
    await service.update(operator, 'primary', { state: 'active' });
  });

  it('is removed only when nothing refers to it', async () => {
    await expect(service.remove(operator, 'primary')).rejects.toMatchObject({ code: 'CLUSTER_HOLDS_CONTROL_DATABASE' });
    const { database_count: databases } = await service.get(operator, 'second-one');
    expect(databases).toBeGreaterThan(0);
    await expect(service.remove(operator, 'second-one')).rejects.toMatchObject({ code: 'CLUSTER_IN_USE', details: { databases, deleted_databases: 0, open_operations: 0, reservations: 0 } });
    await plane.connection.control.clusters.claimUser('second-one');
    await plane.connection.db.collection('users').updateMany({ 'databases.cluster_id': 'second-one' }, { $set: { 'databases.$[].status': 'deleting' } });
    await expect(service.remove(operator, 'second-one')).rejects.toMatchObject({ code: 'CLUSTER_IN_USE', details: { databases: 0, deleted_databases: databases, reservations: 1 } });
    await plane.connection.db.collection('users').updateMany({ 'databases.cluster_id': 'second-one' }, { $set: { databases: [] } });
    await expect(service.remove(operator, 'second-one')).rejects.toMatchObject({ code: 'CLUSTER_IN_USE', details: { databases: 0, deleted_databases: 0, reservations: databases + 1 } });
    for (let count = 0; count <= databases; count += 1) await plane.connection.control.clusters.releaseUser('second-one');
    await service.remove(operator, 'second-one');
    for (const call of [() => service.remove(operator, 'second-one'), () => service.get(operator, 'second-one'), () => service.probe(operator, 'second-one'), () => service.update(operator, 'second-one', { name: 'x' })]) {
      await expect(call()).rejects.toMatchObject({ code: 'CLUSTER_NOT_FOUND' });
    }
  });
});

describe.skipIf(isExternal)('a cluster that cannot be used', () => {
  const unsuitable = (uri: () => string, details: object): Promise<void> => expect(register(uri())).rejects.toMatchObject({ code: 'CLUSTER_UNSUITABLE', details });
  afterAll(async () => {
    expect((await service.list(operator, { limit: 20, offset: 0 })).items.map(({ id }) => id)).toEqual(['primary']);
    expect(await scratchOn(third)).toEqual([]);
  });

  it('is refused where its URI is none', () => unsuitable(() => 'mongodb://a:b@/', { reason: 'uri_invalid' }));
  it('is refused where nobody answers', () => unsuitable(() => 'mongodb://a:b@127.0.0.1:1/?serverSelectionTimeoutMS=100', { reason: 'unreachable', step: 'connect' }));
  it('is refused where its password is wrong', () => unsuitable(() => third.uri.replace(/:[0-9a-f]{24}@/u, ':wrong@'), { reason: 'authentication_failed' }));
  it('is refused where there is no password', () => unsuitable(() => third.uri.replace(/root:[0-9a-f]{24}@/u, '').replace('authSource=admin&', ''), { reason: 'not_permitted' }));

  it.each([
    ['users cannot be made', ['readWriteAnyDatabase', 'dbAdminAnyDatabase', 'clusterMonitor'], { reason: 'not_permitted' }],
    ['databases cannot be dropped', ['userAdminAnyDatabase', 'readAnyDatabase', 'clusterMonitor'], { reason: 'not_permitted', step: 'drop_database' }],
  ])('is refused where %s', async (_what, roles, details) => {
    await withRoot(third, (client) => client.db('admin').command({ createUser: 'weak', pwd: 'weak', roles }));
    await unsuitable(() => third.uri.replace(/root:[0-9a-f]{24}@/u, 'weak:weak@'), details);
    await withRoot(third, (client) => client.db('admin').command({ dropUser: 'weak' }));
  });

  it('can be used with less than root', async () => {
    await withRoot(third, (client) => client.db('admin').command({ createUser: 'enough', pwd: 'enough', roles: ['userAdminAnyDatabase', 'readWriteAnyDatabase', 'dbAdminAnyDatabase', 'clusterMonitor'] }));
    const { id } = await register(third.uri.replace(/root:[0-9a-f]{24}@/u, 'enough:enough@'));
    expect((await service.get(operator, id)).capacity.connections.used).toBeGreaterThan(0);
    await service.remove(operator, id);
    await withRoot(third, (client) => client.db('admin').command({ dropUser: 'enough' }));
  });

  it('is told by a probe, which is no error, and is well again after the next', async () => {
    const port = Number(new URL(third.uri).port);
    const proxy = await startTcpProxy({ host: '127.0.0.1', port });
    const { id } = await register(third.uri.replace(`:${port}/`, `:${proxy.port}/`) + '&serverSelectionTimeoutMS=200');
    await proxy.cut();
    expect(await service.probe(operator, id)).toMatchObject({ state: 'unreachable', last_probe: { succeeded: false, latency_ms: null, error_code: 'MongoServerSelectionError' } });
    await service.update(operator, 'primary', { state: 'draining' });
    await expect(create(await plane.newActor(), 'shop')).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE', details: { retry_after_seconds: 30 } });
    await service.update(operator, 'primary', { state: 'active' });
    await proxy.mend();
    expect(await service.probe(operator, id)).toMatchObject({ state: 'active', last_probe: { succeeded: true } });
    await service.remove(operator, id);
    await proxy.stop();
  });
});
