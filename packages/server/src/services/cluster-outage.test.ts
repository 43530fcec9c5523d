// A cluster that is cut off while operations run on it, with real engines and a cable between.
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clusterUriPlace } from '../ports/keyring.js';
import type { DatabaseStatus } from '../domain/database-entry.js';
import { platformOrigin } from '../domain/audit-origin.js';
import { connectControlPlane, movableClock, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { startTestCluster, type TestCluster } from '../testing/start-test-cluster.js';
import { startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.fixture.js';
import type { Actor } from './contracts.js';
import { uriWorks } from '../testing/uri-works.fixture.js';

const isExternal = (process.env['FREEHOLD_TEST_MONGODB_URI'] ?? '') !== '';
let plane: ControlPlane;
let away: TestCluster;
let proxy: TcpProxy;

beforeAll(async () => {
  [plane, away] = await Promise.all([startControlPlane(), startTestCluster()]);
  const port = Number(new URL(away.uri).port);
  proxy = await startTcpProxy({ host: '127.0.0.1', port });
  const uri = `${away.uri.replace(`:${port}/`, `:${proxy.port}/`)}&serverSelectionTimeoutMS=200`;
  await plane.connection.control.clusters.insert({
    id: 'away', name: 'away', uriEncrypted: plane.keyring.encrypt(uri, clusterUriPlace('away')), hosts: ['away'], publicHosts: null, userLimit: 10_000, userCount: 0, acceptsNewDatabases: true,
  });
});
afterAll(async () => {
  await proxy.stop();
  await plane.stop();
  await away.stop();
});
afterEach(() => reachableAgain());

const placeOn = async (clusterId: 'primary' | 'away'): Promise<void> => {
  for (const id of ['primary', 'away']) await plane.connection.control.clusters.change(id, { acceptsNewDatabases: id === clusterId });
};
const create = (replica: Replica, actor: Actor) => replica.databases.create(actor, { name: 'shop', environment: 'development' });

async function reachableAgain(): Promise<void> {
  await proxy.mend();
  const cluster = await plane.clusters.cluster('away');
  await expect.poll(() => cluster.countUsers().catch(() => undefined), { timeout: 10_000 }).toBeGreaterThan(0);
}

async function statusesOf(actor: Actor): Promise<readonly DatabaseStatus[]> {
  return (await plane.connection.control.databases.owner(actor.userId))!.databases.map(({ status }) => status);
}

/** The MongoDB users of an account's databases on the cluster, past the cable. */
async function tenantUsers(actor: Actor): Promise<number> {
  const root = new MongoClient(away.uri);
  const { users } = await root.db('admin').command({ usersInfo: 1, filter: { 'customData.freehold.user_id': actor.userId } }) as unknown as { readonly users: readonly unknown[] };
  await root.close();
  return users.length;
}

/** What a server does by itself within a minute: a transaction whose client went away would hold up the next proof as long. */
async function endTransactionsOfTheCutOff(): Promise<void> {
  const root = new MongoClient(away.uri);
  await root.db('admin').command({ killAllSessions: [] });
  await root.close();
}

describe.skipIf(isExternal)('while a cluster is away', () => {
  it('calls that need it are refused at once, and everything else works', async () => {
    await placeOn('away');
    const actor = await plane.newActor();
    const replica = plane.replica();
    const { id } = (await create(replica, actor)).database;
    await proxy.cut();
    await expect(replica.databases.rotateCredentials(actor, id, {})).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE', details: { retry_after_seconds: 5 } });
    expect((await plane.clusters.cluster('away')).contact).toBe('away');
    await plane.connection.control.clusters.change('primary', { acceptsNewDatabases: true });
    const { database, connectionUri } = await create(replica, await plane.newActor());
    expect(database.cluster_id).toBe('primary');
    expect(await uriWorks(connectionUri.reveal())).toBe(true);
    expect(await replica.databases.get(actor, id)).toMatchObject({ id, status: 'active' });
    expect((await replica.databases.list(actor, { limit: 5, offset: 0, sort: 'created_at' })).total).toBe(1);
    expect(await replica.databases.connection(actor, id)).toMatchObject({ database: `user_${actor.userId}_${id}` });
    expect(await replica.databases.update(actor, id, { name: 'renamed' })).toMatchObject({ name: 'renamed' });
  });

  it('a database that only fits there is refused, with nothing half-made', async () => {
    await placeOn('away');
    await proxy.cut();
    const cluster = await plane.clusters.cluster('away');
    await expect.poll(() => cluster.countUsers().then(() => 'present', () => cluster.contact)).toBe('away');
    const actor = await plane.newActor();
    const { userCount } = (await plane.connection.control.clusters.find('away'))!;
    await expect(create(plane.replica(), actor)).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE' });
    expect(await statusesOf(actor)).toEqual([]);
    expect((await plane.connection.control.clusters.find('away'))!.userCount).toBe(userCount);
  });
});

interface Scenario {
  readonly operation: 'create' | 'rotate' | 'delete' | 'restore' | 'purge';
  /** The command whose answer is lost: it has taken effect, and nobody knows. */
  readonly command: string;
  readonly end: { readonly statuses: readonly DatabaseStatus[]; readonly tenantUsers: number };
}

const active = { statuses: ['active'], tenantUsers: 1 } as const;
const deleted = { statuses: ['deleting'], tenantUsers: 0 } as const;
const eightDays = 8 * 86_400_000;

const scenarios: readonly Scenario[] = [
  { operation: 'create', command: 'createUser', end: active },
  { operation: 'create', command: 'freehold_probe', end: active },
  { operation: 'rotate', command: 'createUser', end: { statuses: ['active'], tenantUsers: 2 } },
  { operation: 'rotate', command: 'freehold_probe', end: { statuses: ['active'], tenantUsers: 2 } },
  { operation: 'delete', command: 'dropUser', end: deleted },
  { operation: 'restore', command: 'createUser', end: active },
  { operation: 'purge', command: 'dropDatabase', end: { statuses: [], tenantUsers: 0 } },
];

async function prepare(operation: Scenario['operation'], replica: Replica, actor: Actor): Promise<string> {
  if (operation === 'create') return '';
  const { id } = (await create(replica, actor)).database;
  if (operation === 'restore' || operation === 'purge') {
    const { confirm_token } = await replica.databases.requestDeletion(actor, id);
    await replica.databases.delete(actor, id, { confirm_token });
  }
  return id;
}

async function run(operation: Scenario['operation'], replica: Replica, actor: Actor, databaseId: string): Promise<unknown> {
  switch (operation) {
    case 'create': return create(replica, actor);
    case 'rotate': return replica.databases.rotateCredentials(actor, databaseId, { grace_seconds: 3600 });
    case 'delete': return replica.databases.delete(actor, databaseId, { confirm_token: (await replica.databases.requestDeletion(actor, databaseId)).confirm_token });
    case 'restore': return replica.databases.restore(actor, databaseId);
    case 'purge': {
      const outcome = await replica.journal.run(replica.operations['database.purge'], { userId: actor.userId, databaseId, params: { origin: platformOrigin('test'), found: null } });
      throw Object.assign(new Error(outcome.state), { code: outcome.state === 'suspended' ? 'CLUSTER_UNAVAILABLE' : outcome.state });
    }
  }
}

describe.skipIf(isExternal)('a control plane that starts while a cluster is away', () => {
  it('places databases elsewhere from the first on', async () => {
    await proxy.cut();
    const started = await connectControlPlane(plane.testCluster, plane.connection.db.databaseName);
    await started.connection.control.clusters.change('away', { acceptsNewDatabases: true, userLimit: 1_000_000 });
    await started.connection.control.clusters.change('primary', { acceptsNewDatabases: true });
    expect((await started.clusters.cluster('away')).contact).toBe('untried');
    const { database } = await create(started.replica(), await plane.newActor());
    expect(database.cluster_id).toBe('primary');
    expect((await started.clusters.cluster('away')).contact).toBe('away');
    await started.stop();
  });
});

describe.skipIf(isExternal)('a cluster that is cut off', () => {
  it.each(scenarios)('before it could answer $command of $operation, finds it finished when it is back', async ({ operation, command, end }) => {
    await placeOn('away');
    const actor = await plane.newActor();
    const clock = movableClock();
    const replica = plane.replica({ clock });
    const databaseId = await prepare(operation, replica, actor);
    if (operation === 'purge') clock.advance(eightDays);
    proxy.cutAtAnswerTo(command);
    await expect(run(operation, replica, actor, databaseId)).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE' });

    const [entry] = (await plane.connection.control.databases.owner(actor.userId))!.databases;
    const { _id: operationId } = (await plane.connection.control.operations.openOn(entry!.id))!;
    const resumed = async (): Promise<string | undefined> => {
      clock.advance(61_000);
      return (await replica.journal.resume(operationId))?.state;
    };
    // Tried again and again, it neither ends nor is taken back.
    for (let rests = 0; rests < 3; rests += 1) expect(await resumed()).toBe('suspended');
    await reachableAgain();
    await endTransactionsOfTheCutOff();
    expect(await resumed()).toBe('succeeded');
    expect({ statuses: await statusesOf(actor), tenantUsers: await tenantUsers(actor) }).toEqual(end);
    if (end.statuses[0] !== 'active') return;
    const { id } = (await plane.connection.control.databases.owner(actor.userId))!.databases[0]!;
    expect(await uriWorks((await replica.databases.connection(actor, id)).connection_uri)).toBe(true);
  });
});
