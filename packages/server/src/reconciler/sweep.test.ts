import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantRoles } from '../domain/credential-plan.js';
import { Secret } from '../domain/secret.js';
import { TransientFailure } from '../ports/failures.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { Actor } from '../services/contracts.js';
import { connectControlPlane, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { sweep, type SweepReport } from './sweep.js';

let plane: ControlPlane;
let replica: Replica;
beforeAll(async () => {
  plane = await startControlPlane();
  replica = plane.replica();
});
afterAll(() => plane.stop());

function sweepWith(by: Replica, clusters: ClusterDirectory = plane.clusters): Promise<SweepReport> {
  const { control } = plane.connection;
  return sweep({ control, clusters, journal: by.journal, operations: by.operations, events: { emit: () => undefined }, signal: new AbortController().signal });
}

async function newDatabase(): Promise<{ readonly actor: Actor; readonly databaseId: string; readonly username: string }> {
  const actor = await plane.newActor();
  const { database } = await replica.databases.create(actor, { name: 'shop', environment: 'development' });
  return { actor, databaseId: database.id, username: database.mongo_username };
}

async function makeUser(username: string, owner: { userId: string; databaseId: string }): Promise<void> {
  await plane.cluster.createDatabaseUser({ username, password: new Secret('x'), roles: tenantRoles(username), owner: { ...owner, operationId: 'gone' } });
}

describe('a sweep', () => {
  it('finds nothing to do where records and cluster agree', async () => {
    await newDatabase();
    expect(await sweepWith(replica)).toMatchObject({ repaired: 0, orphansDropped: 0 });
  });

  it('leaves the users of another control plane on the same cluster alone', async () => {
    const other = await connectControlPlane(plane.testCluster, 'another_installation');
    const theirs = await other.newActor();
    const { database, connectionUri } = await other.replica().databases.create(theirs, { name: 'theirs', environment: 'development' });
    expect(await sweepWith(replica)).toMatchObject({ orphansDropped: 0 });
    expect(await other.cluster.findDatabaseUser(database.mongo_username)).toMatchObject({ owner: { databaseId: database.id } });
    expect(await plane.cluster.findDatabaseUser(database.mongo_username)).toMatchObject({ owner: null });
    expect(connectionUri.reveal()).toContain(database.mongo_username);
    await other.connection.db.dropDatabase();
    await other.stop();
  });

  it('makes a user again that somebody dropped, with the same password', async () => {
    const { actor, databaseId, username } = await newDatabase();
    const { password } = await replica.databases.connection(actor, databaseId);
    await plane.cluster.dropDatabaseUser(username);
    expect(await sweepWith(replica)).toMatchObject({ repaired: 1 });
    await plane.cluster.proveCredential({ username, password: new Secret(password), database: username, neighbour: 'freehold' });
  });

  it('gives back the roles that a user should have', async () => {
    const { username } = await newDatabase();
    await plane.cluster.setRoles(username, [{ role: 'readWriteAnyDatabase', database: 'admin' }]);
    expect(await sweepWith(replica)).toMatchObject({ repaired: 1 });
    expect((await plane.cluster.findDatabaseUser(username))?.roles).toEqual(expect.arrayContaining([...tenantRoles(username)]));
  });

  it('drops the user of a deleted database that is there all the same', async () => {
    const { actor, databaseId, username } = await newDatabase();
    const { confirm_token } = await replica.databases.requestDeletion(actor, databaseId);
    await replica.databases.delete(actor, databaseId, { confirm_token });
    await makeUser(username, { userId: actor.userId, databaseId });
    expect(await sweepWith(replica)).toMatchObject({ repaired: 1 });
    expect(await plane.cluster.findDatabaseUser(username)).toBeUndefined();
  });

  it('drops users that no record knows, and leaves those of others alone', async () => {
    const { actor, databaseId } = await newDatabase();
    await makeUser('user_orphan', { userId: actor.userId, databaseId: 'nowhere' });
    await makeUser('user_impostor', { userId: actor.userId, databaseId });
    await plane.connection.client.db('admin').command({ createUser: 'somebody_else', pwd: 'x', roles: [] });
    expect(await sweepWith(replica)).toMatchObject({ orphansDropped: 2 });
    expect(await plane.cluster.findDatabaseUser('somebody_else')).toBeDefined();
    await plane.connection.client.db('admin').command({ dropUser: 'somebody_else' });
  });

  it('leaves a replaced credential alone in its grace time', async () => {
    const { actor, databaseId, username } = await newDatabase();
    await replica.databases.rotateCredentials(actor, databaseId, { grace_seconds: 3600 });
    expect(await sweepWith(replica)).toMatchObject({ repaired: 0, orphansDropped: 0 });
    expect(await plane.cluster.findDatabaseUser(username)).toBeDefined();
  });

  it('does nothing on the strength of a cluster that does not answer', async () => {
    const { username } = await newDatabase();
    await plane.cluster.dropDatabaseUser(username);
    const away = withFaults(plane.clusters, (method) => {
      if (method === 'findDatabaseUser') throw new TransientFailure('HostUnreachable', 'away');
    });
    expect(await sweepWith(replica, away)).toMatchObject({ repaired: 0 });
    expect(await sweepWith(replica)).toMatchObject({ repaired: 1 });
  });

  it('puts the count of reserved users right', async () => {
    await plane.connection.db.collection<{ _id: string }>('clusters').updateOne({ _id: 'primary' }, { $set: { user_count: 999 } });
    await sweepWith(replica);
    const { userCount } = (await plane.connection.control.clusters.find('primary'))!;
    // A server that tests share has users of others too, who come and go.
    if (plane.testCluster.isExternal) expect(userCount).toBeLessThan(999);
    else expect(userCount).toBe(await plane.cluster.countUsers());
    await newDatabase();
    await sweepWith(replica);
    expect((await plane.connection.control.clusters.find('primary'))!.userCount).toBe(userCount + 1);
  });

  it('by two replicas at once repairs once', async () => {
    const { username } = await newDatabase();
    await plane.cluster.dropDatabaseUser(username);
    await Promise.all([sweepWith(replica), sweepWith(plane.replica({ owner: 'second' }))]);
    expect(await plane.cluster.findDatabaseUser(username)).toBeDefined();
  });
});
