// Moves of databases with everything that can be in one: what arrives is what was there, byte by byte.
import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, MongoClient, ObjectId, Timestamp, type Db, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationRecord } from '../domain/operation.js';
import type { Actor } from '../services/contracts.js';
import { startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';

let plane: ControlPlane;
let replica: Replica;
let root: MongoClient;

beforeAll(async () => {
  plane = await startControlPlane();
  replica = plane.replica();
  root = new MongoClient(plane.testCluster.uri, { promoteValues: false });
});
afterAll(async () => {
  await root.close();
  await plane.stop();
});

const wish = { mode: 'offline', on_conflict: 'fail', delete_source: false, back_out_seconds: 3600 } as const;

async function database(actor: Actor, name: string): Promise<{ readonly id: string; readonly uri: string; readonly db: Db }> {
  const { database: made, connectionUri } = await replica.databases.create(actor, { name, environment: 'development' });
  return { id: made.id, uri: connectionUri.reveal(), db: root.db(made.mongo_database) };
}

async function ended(operationId: string): Promise<OperationRecord> {
  await replica.journal.idle();
  return (await plane.connection.control.operations.find(operationId))!;
}

async function moved(operationId: string): Promise<OperationRecord> {
  const record = await ended(operationId);
  expect({ state: record.state, error: record.error_code, result: record.result }).toMatchObject({ state: 'succeeded', error: null });
  return record;
}

const odd: readonly Document[] = [
  { _id: new Int32(1), '10': 'ten', '2': 'two', a: new Double(1), b: new Int32(1), c: Long.fromNumber(1), d: Decimal128.fromString('1.0') },
  { _id: 'text' }, { _id: new ObjectId() }, { _id: null }, { _id: true }, { _id: new Double(2.5) }, { _id: new Date(0) }, { _id: new MinKey() }, { _id: new MaxKey() },
  { _id: { nested: new Int32(1) } }, { _id: new Binary(Buffer.from('x')) }, { _id: new Timestamp({ t: 1, i: 2 }) },
];

async function fill(db: Db): Promise<void> {
  await db.createCollection('people', { validator: { age: { $gte: new Int32(0) } }, validationAction: 'warn' });
  await db.collection('people').insertMany(Array.from({ length: 2500 }, (_, index) => ({ _id: index as never, name: `person ${index}`, age: new Int32(index % 90) })));
  await db.collection('people').createIndexes([{ key: { name: 1 }, unique: true }, { key: { age: -1, name: 1 }, partialFilterExpression: { age: { $gt: 18 } } }]);
  await db.collection('odd').insertMany([...odd] as never[]);
  await db.createCollection('log', { capped: true, size: 100_000, max: 50 });
  await db.collection('log').insertMany(Array.from({ length: 70 }, (_, index) => ({ _id: (1000 - index) as never, index })));
  await db.collection('sessions').insertOne({ at: new Date() });
  await db.collection('sessions').createIndexes([{ key: { at: 1 }, expireAfterSeconds: 3600 }]);
  await db.createCollection('empty');
  await db.createCollection('adults_named_a', { viewOn: 'zadults', pipeline: [{ $match: { name: /^a/ } }] });
  await db.createCollection('zadults', { viewOn: 'people', pipeline: [{ $match: { age: { $gte: 18 } } }] });
}

/** Everything in a database, in an order of its own where it has one. */
async function contentsOf(db: Db): Promise<unknown> {
  const collections = (await db.listCollections().toArray()).filter(({ name }) => !name.startsWith('system.')).sort((a, b) => (a.name < b.name ? -1 : 1)) as Document[];
  return Promise.all(collections.map(async ({ name, type, options }) => {
    if (type === 'view') return { name, type, options };
    const cursor = db.collection(name as string).find({}, { raw: true });
    const documents = (await (options['capped'] === true ? cursor : cursor.sort({ _id: 1 })).toArray()).map((bytes) => (bytes as unknown as Buffer).toString('hex'));
    return { name, type, options, documents, indexes: (await db.collection(name as string).indexes()).map((index) => JSON.stringify(index)).sort() };
  }));
}

describe('a move into another database of the same user', () => {
  it.each(['offline', 'online'] as const)('%s, brings everything over as it is, with the apps, and leaves the source to be read', async (mode) => {
    const actor = await plane.newActor();
    const [from, to] = [await database(actor, 'from'), await database(actor, 'to')];
    await fill(from.db);
    const app = { name: 'web', deployer: 'process', status: 'running' as const, database_id: from.id };
    const before = await contentsOf(from.db);
    await plane.connection.db.collection('apps').insertOne({ ...app, _id: new ObjectId().toHexString() as never, user_id: actor.userId, name_key: 'web', status_message: null, deployed_username: null, spec: null, created_at: new Date(), updated_at: new Date(), last_deployed_at: null });
    const record = await moved(await replica.moves.migrate(actor, from.id, { ...wish, mode, target_database_id: to.id }));
    expect(await contentsOf(to.db)).toEqual(before);
    expect(await contentsOf(from.db)).toEqual(before);
    expect(record.result).toMatchObject({ target_database_id: to.id, collections: 5, documents: 2500 + odd.length + 50 + 1 });
    expect(record.progress).toMatchObject({ documents_done: 2500 + odd.length + 50 + 1 });
    const owner = (await plane.connection.control.databases.owner(actor.userId))!;
    expect(owner.databases.map(({ id, status, is_frozen, app_count }) => ({ id, status, is_frozen, app_count }))).toEqual([
      { id: from.id, status: 'active', is_frozen: true, app_count: -1 }, { id: to.id, status: 'active', is_frozen: undefined, app_count: 1 },
    ]);
    expect(owner.defaultDatabaseId).toBe(to.id);
    const client = new MongoClient(from.uri);
    expect(await client.db().collection('people').countDocuments()).toBe(2500);
    await expect(client.db().collection('people').insertOne({ a: 1 })).rejects.toMatchObject({ code: 13 });
    await client.close();
    expect(replica.redeployed.length).toBeGreaterThan(0);
  });
});
