import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { reconcileOnce } from '../testing/reconcile.fixture.js';
import { enforceQuotas } from './enforce-quotas.js';
import { suspendDatabases } from './suspend-databases.js';

const { signal } = new AbortController();

let plane: ControlPlane;
let replicas: readonly Replica[];
beforeAll(async () => {
  plane = await startControlPlane();
  replicas = [plane.replica({ owner: 'first' }), plane.replica({ owner: 'second' })];
});
afterAll(() => plane.stop());

/** The jobs of two replicas, at once. */
async function settle(): Promise<void> {
  const { control } = plane.connection;
  await Promise.all(replicas.map(({ journal, operations }) => suspendDatabases({ control, journal, operations }).run(signal)));
}

describe('databases of an account that is disabled with them', () => {
  it('are of no use to connections that are open, stay so whatever looks after them, and work again as before', async () => {
    const [replica] = replicas as [Replica];
    const { control } = plane.connection;
    const actor = await plane.newActor();
    const { database, connectionUri } = await replica.databases.create(actor, { name: 'shop', environment: 'development', quota_mb: 1 });
    const client = new MongoClient(connectionUri.reveal(), { maxPoolSize: 1 });
    const kept = client.db().collection('kept');
    await kept.insertMany(Array.from({ length: 15 }, (_, index) => ({ index, text: 'x'.repeat(100_000) })));

    await control.users.change(actor.userId, { disabled: { at: new Date(), areDatabasesSuspended: true } });
    await settle();
    await expect(kept.findOne({})).rejects.toMatchObject({ code: 13 });
    await expect(kept.insertOne({})).rejects.toMatchObject({ code: 13 });
    expect((await plane.cluster.findDatabaseUser(database.mongo_username))?.roles).toEqual([]);

    const clock = { now: () => new Date() };
    await enforceQuotas({ control, clusters: plane.clusters, journal: replica.journal, operations: replica.operations, events: { emit: () => undefined }, walks: new MongoSharedWalks(plane.connection.db), clock }).run(signal);
    expect((await reconcileOnce(plane, replica, { scope: { userId: actor.userId } })).found).toEqual({});
    await expect(kept.findOne({})).rejects.toMatchObject({ code: 13 });

    await control.users.change(actor.userId, { disabled: null });
    await settle();
    expect(await kept.countDocuments({ text: /^x/u })).toBe(15);
    await kept.insertOne({ more: 1 });
    const trace = await control.audit.ofSubject(actor.userId, database.id, 10);
    expect(trace.map(({ action }) => action).filter((action) => /suspended|resumed/u.test(action))).toEqual(['database.resumed', 'database.suspended']);
    await client.close();
  });

  it('go on where the account alone is disabled', async () => {
    const [replica] = replicas as [Replica];
    const actor = await plane.newActor();
    const { database } = await replica.databases.create(actor, { name: 'shop', environment: 'development' });
    await plane.connection.control.users.change(actor.userId, { disabled: { at: new Date(), areDatabasesSuspended: false } });
    await settle();
    expect((await plane.cluster.findDatabaseUser(database.mongo_username))?.roles).toHaveLength(2);
  });
});
