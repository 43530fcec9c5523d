import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantRoles } from '../domain/credential-plan.js';
import { Secret } from '../domain/secret.js';
import { TransientFailure } from '../ports/failures.js';
import type { Actor } from '../services/contracts.js';
import { connectControlPlane, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { reconcileOnce } from '../testing/reconcile.fixture.js';

let plane: ControlPlane;
let replica: Replica;
beforeAll(async () => {
  plane = await startControlPlane();
  replica = plane.replica();
});
afterAll(() => plane.stop());

async function newDatabase(): Promise<{ readonly actor: Actor; readonly databaseId: string; readonly username: string }> {
  const actor = await plane.newActor();
  const { database } = await replica.databases.create(actor, { name: 'shop', environment: 'development' });
  return { actor, databaseId: database.id, username: database.mongo_username };
}

async function makeUser(username: string, owner: { userId: string; databaseId: string; operationId?: string }): Promise<void> {
  await plane.cluster.createDatabaseUser({ username, password: new Secret('x'), roles: tenantRoles(username), owner: { operationId: 'gone', ...owner } });
}

describe('a run of the reconciler', () => {
  it('finds nothing where records and clusters agree', async () => {
    await newDatabase();
    expect(await reconcileOnce(plane, replica)).toMatchObject({ state: 'done', found: {}, mended: {}, databases: 1, undecided: 0, findings: [] });
  });

  it('leaves the users of another control plane on the same cluster alone', async () => {
    const other = await connectControlPlane(plane.testCluster, 'another_installation');
    const theirs = await other.newActor();
    const { database } = await other.replica().databases.create(theirs, { name: 'theirs', environment: 'development' });
    expect((await reconcileOnce(plane, replica)).found).toEqual({});
    expect(await other.cluster.findDatabaseUser(database.mongo_username)).toMatchObject({ owner: { databaseId: database.id } });
    await other.cluster.dropDatabaseUser(database.mongo_username);
    await other.connection.db.dropDatabase();
    await other.stop();
  });

  it('makes a user again that somebody dropped, with the same password', async () => {
    const { actor, databaseId, username } = await newDatabase();
    const { password } = await replica.databases.connection(actor, databaseId);
    await plane.cluster.dropDatabaseUser(username);
    expect((await reconcileOnce(plane, replica)).mended).toMatchObject({ credential_missing: 1 });
    await plane.cluster.proveCredential({ username, password: new Secret(password), database: username, neighbour: 'freehold' });
  });

  it('leaves a user that is not its database\'s as it is, and says so', async () => {
    const { username } = await newDatabase();
    await plane.cluster.tagDatabaseUser(username, null);
    await plane.cluster.setRoles(username, []);
    const run = await reconcileOnce(plane, replica);
    expect(run.findings.filter((finding) => finding.username === username)).toMatchObject([{ kind: 'credential_foreign', isMended: false }]);
    expect(await plane.cluster.findDatabaseUser(username)).toMatchObject({ roles: [] });
    await plane.cluster.dropDatabaseUser(username);
    await reconcileOnce(plane, replica);
  });

  it('drops users that no record knows, and leaves those of others alone', async () => {
    const { actor, databaseId } = await newDatabase();
    await makeUser('user_orphan', { userId: actor.userId, databaseId: 'nowhere' });
    await makeUser('user_impostor', { userId: actor.userId, databaseId });
    await plane.connection.client.db('admin').command({ createUser: 'somebody_else', pwd: 'x', roles: [] });
    expect((await reconcileOnce(plane, replica)).mended).toMatchObject({ orphaned_credential: 2 });
    expect(await plane.cluster.findDatabaseUser('somebody_else')).toBeDefined();
    await plane.connection.client.db('admin').command({ dropUser: 'somebody_else' });
  });

  it('gives an operation that has just ended a moment before its users count as orphans', async () => {
    const actor = await plane.newActor();
    const { database } = await replica.databases.create(actor, { name: 'shop', environment: 'development' });
    const { operationId } = (await plane.cluster.findDatabaseUser(database.mongo_username))!.owner!;
    await makeUser('user_fresh', { userId: actor.userId, databaseId: 'nowhere', operationId });
    expect((await reconcileOnce(plane, replica)).found).not.toHaveProperty('orphaned_credential');
    await plane.connection.db.collection<{ _id: string }>('operations').updateOne({ _id: operationId }, { $set: { updated_at: new Date(Date.now() - 120_000) } });
    expect((await reconcileOnce(plane, replica)).mended).toMatchObject({ orphaned_credential: 1 });
  });

  it('leaves a replaced credential alone in its grace time', async () => {
    const { actor, databaseId, username } = await newDatabase();
    await replica.databases.rotateCredentials(actor, databaseId, { grace_seconds: 3600 });
    expect((await reconcileOnce(plane, replica)).found).toEqual({});
    expect(await plane.cluster.findDatabaseUser(username)).toBeDefined();
  });

  it('concludes nothing from a cluster that does not answer, and looks at everything else', async () => {
    const { actor, databaseId, username } = await newDatabase();
    await plane.cluster.dropDatabaseUser(username);
    await plane.connection.db.collection('users').updateOne({ 'databases.id': databaseId }, { $set: { 'databases.$.app_count': 7 } });
    const away = withFaults(plane.clusters, (method) => {
      if (method !== 'proveCredential') throw new TransientFailure('HostUnreachable', 'away');
    });
    const run = await reconcileOnce(plane, replica, { clusters: away, scope: { userId: actor.userId } });
    expect(run).toMatchObject({ state: 'done', undecided: 1, unreachableClusters: ['primary'], found: { app_count_wrong: 1 } });
    expect((await reconcileOnce(plane, replica)).mended).toEqual({ credential_missing: 1 });
  });

  it('puts the count of a cluster\'s users right', async () => {
    await plane.connection.db.collection<{ _id: string }>('clusters').updateOne({ _id: 'primary' }, { $set: { user_count: 999 } });
    expect((await reconcileOnce(plane, replica)).findings).toMatchObject([{ kind: 'user_count_wrong', isMended: true, details: { written: expect.any(Number) as number } }]);
    const { userCount } = (await plane.connection.control.clusters.find('primary'))!;
    // A server that tests share has users of others too, who come and go.
    if (plane.testCluster.isExternal) expect(userCount).toBeLessThan(999);
    // What a rotation has replaced is on its way out, and does not count.
    else expect(userCount).toBe((await plane.cluster.listDatabaseUsers(null, 100)).filter((user) => !user.username.endsWith('_b')).length);
    await newDatabase();
    expect((await reconcileOnce(plane, replica)).found).toEqual({});
  });

  it.each([['user', true], ['cluster', false]] as const)('of one %s looks at nothing else', async (scope, findsOrphans) => {
    const [mine, other] = [await newDatabase(), await newDatabase()];
    await Promise.all([mine, other].map(({ username }) => plane.cluster.setRoles(username, [])));
    await makeUser(`user_${mine.actor.userId}_orphan`, { userId: mine.actor.userId, databaseId: 'nowhere' });
    const ofScope = scope === 'user' ? { userId: mine.actor.userId } : { clusterId: 'elsewhere' };
    const { found } = await reconcileOnce(plane, replica, { isDryRun: true, scope: ofScope });
    expect(found).toEqual(findsOrphans ? { wrong_roles: 1, orphaned_credential: 1 } : {});
    await reconcileOnce(plane, replica);
  });
});
