// Moves of databases with everything that can be in one: what arrives is what was there, byte by byte.
import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, MongoClient, ObjectId, Timestamp, type Db, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterUriPlace } from '../ports/keyring.js';
import { startTestCluster } from '../testing/start-test-cluster.js';
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

describe('a move to another place', () => {
  it('under the name that new databases have keeps id and password; the old one is dropped when its time is over', async () => {
    const actor = await plane.newActor();
    const legacy = await database(actor, 'legacy');
    // As users of an earlier platform have it.
    const oldName = `user_${actor.userId}`;
    const password = new URL(legacy.uri).password;
    await root.db('admin').command({ createUser: oldName, pwd: decodeURIComponent(password), roles: [{ role: 'readWrite', db: oldName }, { role: 'dbAdmin', db: oldName }], customData: { freehold: { user_id: actor.userId, database_id: legacy.id, operation_id: 'legacy' } } });
    await plane.connection.control.databases.change(actor.userId, legacy.id, { mongo_database: oldName, mongo_username: oldName });
    await plane.cluster.dropDatabaseUser(`user_${actor.userId}_${legacy.id}`);
    await fill(root.db(oldName));
    const before = await contentsOf(root.db(oldName));
    const { _id: operationId } = await moved(await replica.moves.renameStorage(actor, legacy.id, { mode: 'online', back_out_seconds: 3600 }));
    const { entry } = (await plane.connection.control.databases.find(actor.userId, legacy.id))!;
    expect(entry).toMatchObject({ status: 'active', mongo_database: `user_${actor.userId}_${legacy.id}`, mongo_username: `user_${actor.userId}_${legacy.id}` });
    expect(await contentsOf(legacy.db)).toEqual(before);
    expect(await plane.cluster.findDatabaseUser(oldName)).toBeUndefined();
    const { connection_uri } = await replica.databases.connection(actor, legacy.id);
    const client = new MongoClient(connection_uri);
    await client.db().collection('people').insertOne({ new: true });
    await client.close();
    await expect(replica.moves.renameStorage(actor, legacy.id, { mode: 'online', back_out_seconds: 3600 })).rejects.toMatchObject({ code: 'MOVE_REFUSED' });
    expect(await contentsOf(root.db(oldName))).toEqual(before);
    expect(await replica.moves.finish(actor, operationId)).toMatchObject({ state: 'succeeded', result: { what: 'drop_place' } });
    expect(await contentsOf(root.db(oldName))).toEqual([]);
    await expect(replica.moves.moveBack(actor, operationId)).rejects.toMatchObject({ code: 'MOVE_NOT_REVERSIBLE' });
  });

  it('on another cluster has its credential there, and comes back with the data it had when it left', async () => {
    const second = await startTestCluster();
    const actor = await plane.newActor();
    const shop = await database(actor, 'shop');
    try {
      await fill(shop.db);
      await plane.connection.control.clusters.ensure({
        id: 'second', name: 'second', uriEncrypted: plane.keyring.encrypt(second.uri, clusterUriPlace('second')), userLimit: 10, userCount: 0, acceptsNewDatabases: true,
      });
      const before = await contentsOf(shop.db);
      const room = async (id: string) => (await plane.connection.control.clusters.find(id))!.userCount;
      const rooms = [await room('primary'), await room('second')];
      const { _id: operationId } = await moved(await replica.moves.moveToCluster(actor, shop.id, { cluster_id: 'second', mode: 'online', back_out_seconds: 3600 }));
      expect([await room('primary'), await room('second')]).toEqual([rooms[0]! - 1, rooms[1]! + 1]);
      const there = await MongoClient.connect(second.uri, { promoteValues: false });
      expect(await contentsOf(there.db(shop.db.databaseName))).toEqual(before);
      const { connection_uri } = await replica.databases.connection(actor, shop.id);
      expect(new URL(connection_uri).port).toBe(new URL(second.uri).port);
      const client = await MongoClient.connect(connection_uri);
      await client.db().collection('since').insertOne({ since: 'the move' });
      await client.close();
      expect(await replica.moves.moveBack(actor, operationId)).toMatchObject({ state: 'succeeded', kind: 'database.move_back' });
      expect([await room('primary'), await room('second')]).toEqual(rooms);
      const back = await MongoClient.connect((await replica.databases.connection(actor, shop.id)).connection_uri);
      expect(await back.db().collection('people').countDocuments()).toBe(2500);
      expect(await back.db().collection('since').countDocuments()).toBe(0);
      await back.close();
      expect(await there.db(shop.db.databaseName).collection('since').findOne({})).not.toBeNull();
      expect(await replica.moves.finish(actor, operationId)).toMatchObject({ result: { what: 'drop_place' } });
      expect(await contentsOf(there.db(shop.db.databaseName))).toEqual([]);
      expect(await contentsOf(shop.db)).toEqual(before);
      await there.close();
    } finally {
      await plane.connection.control.clusters.remove('second');
      await second.stop();
    }
  });
});

describe('a move', () => {
  it('into a target that is not empty is refused, or puts what is in the way aside until the end', async () => {
    const actor = await plane.newActor();
    const [from, to] = [await database(actor, 'from'), await database(actor, 'to')];
    await from.db.collection('a').insertOne({ from: true });
    await to.db.collection('a').insertOne({ to: true });
    await to.db.collection('b').insertOne({ stays: true });
    await expect(replica.moves.migrate(actor, from.id, { ...wish, target_database_id: to.id })).rejects.toMatchObject({ code: 'MOVE_REFUSED', details: { reason: 'target_not_empty', collections: ['a', 'b'] } });
    const { _id: operationId } = await moved(await replica.moves.migrate(actor, from.id, { ...wish, target_database_id: to.id, on_conflict: 'overwrite', delete_source: true }));
    const names = async () => (await to.db.listCollections().toArray()).map(({ name }) => name).sort();
    expect(await names()).toEqual(['a', 'b', 'freehold_set_aside_a']);
    expect(await to.db.collection('a').findOne({ from: true })).not.toBeNull();
    expect(await replica.moves.finish(actor, operationId)).toMatchObject({ result: { what: 'delete_source' } });
    expect(await names()).toEqual(['a', 'b']);
    expect((await replica.databases.get(actor, from.id)).status).toBe('deleting');
    expect(await plane.connection.control.schedule.find('database.purge', from.id)).toBeDefined();
  });

  it('that turns out not to be what its source is, is taken back as if it had not been', async () => {
    const actor = await plane.newActor();
    const [from, to] = [await database(actor, 'from'), await database(actor, 'to')];
    await from.db.collection('a').insertMany([{ _id: 1 as never }, { _id: 2 as never }]);
    await to.db.collection('a').insertOne({ to: true });
    const before = [await contentsOf(from.db), await contentsOf(to.db)];
    // Somebody writes to the copy with an administrator's rights.
    const meddled = plane.replica({ onStep: async ({ step, moment, direction }) => {
      if (direction === 'apply' && step === 'freeze' && moment === 'after') await to.db.collection('a').insertOne({ _id: 3 as never });
    } });
    const operationId = await meddled.moves.migrate(actor, from.id, { ...wish, mode: 'online', target_database_id: to.id, on_conflict: 'overwrite' });
    await meddled.journal.idle();
    expect(await ended(operationId)).toMatchObject({ state: 'failed', error_code: 'MOVE_REFUSED', result: { reason: 'verification_failed', collections: ['a'] } });
    expect([await contentsOf(from.db), await contentsOf(to.db)]).toEqual(before);
    const client = await MongoClient.connect(from.uri);
    await client.db().collection('a').insertOne({ writable: true });
    await client.close();
    const target = await MongoClient.connect(to.uri);
    await target.db().collection('a').insertOne({ writable: true });
    await target.close();
    expect((await plane.connection.control.databases.owner(actor.userId))!.databases.map(({ status }) => status)).toEqual(['active', 'active']);
  });

  it('keeps both databases for itself, and what was moved can be put back with its apps', async () => {
    const actor = await plane.newActor();
    const [from, to] = [await database(actor, 'from'), await database(actor, 'to')];
    await from.db.collection('a').insertOne({ a: 1 });
    let refused: unknown[] = [];
    const watching = plane.replica({ onStep: async ({ step, moment }) => {
      if (step !== 'copy' || moment !== 'before') return;
      const attempts = [replica.databases.rotateCredentials(actor, from.id, {}), replica.databases.rotateCredentials(actor, to.id, {}), replica.databases.requestDeletion(actor, to.id), replica.databases.update(actor, from.id, { quota_mb: 5 })];
      refused = (await Promise.allSettled(attempts)).map((attempt) => (attempt.status === 'rejected' ? (attempt.reason as { code: string }).code : 'done'));
    } });
    const operationId = await watching.moves.migrate(actor, from.id, { ...wish, target_database_id: to.id });
    await watching.journal.idle();
    expect(refused).toEqual(['DATABASE_NOT_ACTIVE', 'DATABASE_NOT_ACTIVE', 'DATABASE_NOT_ACTIVE', 'DATABASE_NOT_ACTIVE']);
    await replica.moves.moveBack(actor, operationId);
    const client = await MongoClient.connect(from.uri);
    await client.db().collection('a').insertOne({ writable: true });
    await client.close();
    const owner = (await plane.connection.control.databases.owner(actor.userId))!;
    expect([owner.defaultDatabaseId, owner.databases.map(({ is_frozen }) => is_frozen === true)]).toEqual([from.id, [false, false]]);
  });

  it('online, follows collections that are made, renamed and dropped, and indexes and options that change meanwhile', async () => {
    const actor = await plane.newActor();
    const [from, to] = [await database(actor, 'from'), await database(actor, 'to')];
    await fill(from.db);
    const meanwhile = async (): Promise<void> => {
      const { db } = from;
      await db.collection('people').updateMany({ _id: { $lt: 100 as never } }, { $set: { moved: true } });
      await db.collection('people').rename('persons');
      await db.collection('persons').deleteMany({ _id: { $gte: 2000 as never } });
      await db.collection('persons').createIndexes([{ key: { moved: 1 } }]);
      await db.collection('persons').dropIndex('name_1');
      await db.command({ collMod: 'persons', validator: {} });
      await db.collection('odd').drop();
      await db.collection('odd').insertOne({ _id: 1 as never, again: true });
      await db.createCollection('log2', { capped: true, size: 4096 });
      await db.collection('log2').insertMany([{ _id: 2 as never }, { _id: 1 as never }]);
      // Each takes the key of the one before it.
      await db.collection('turns').insertMany([{ _id: 1 as never, key: 'a' }, { _id: 2 as never, key: 'b' }]);
      await db.collection('turns').createIndexes([{ key: { key: 1 }, unique: true }]);
      for (const [_id, key] of [[1, 'c'], [2, 'a'], [1, 'b']] as const) await db.collection('turns').updateOne({ _id: _id as never }, { $set: { key } });
      await db.dropCollection('zadults');
      await db.createCollection('zadults', { viewOn: 'persons', pipeline: [] });
    };
    const watching = plane.replica({ onStep: async ({ step, moment }) => {
      if (step === 'build_indexes' && moment === 'after') await meanwhile();
    } });
    const operationId = await watching.moves.migrate(actor, from.id, { ...wish, mode: 'online', target_database_id: to.id });
    await watching.journal.idle();
    await moved(operationId);
    expect(await contentsOf(to.db)).toEqual(await contentsOf(from.db));
    expect(await to.db.collection('persons').countDocuments({ moved: true })).toMatchObject({ value: 100 });
  });

  it('ends transactions that are open when writers are stopped: what they wrote is in neither database', async () => {
    const actor = await plane.newActor();
    const [from, to] = [await database(actor, 'from'), await database(actor, 'to')];
    await from.db.collection('a').insertOne({ a: 1 });
    const client = await MongoClient.connect(from.uri);
    const session = client.startSession();
    session.startTransaction();
    await client.db().collection('a').insertOne({ in: 'a transaction' }, { session });
    let commit: unknown;
    const watching = plane.replica({ onStep: async ({ step, moment }) => {
      if (step === 'freeze' && moment === 'after') commit = await session.commitTransaction().then(() => 'committed', () => 'refused');
    } });
    const operationId = await watching.moves.migrate(actor, from.id, { ...wish, mode: 'online', target_database_id: to.id });
    await watching.journal.idle();
    await moved(operationId);
    expect(commit).toBe('refused');
    await session.endSession();
    await client.close();
    for (const { db } of [from, to]) expect(await db.collection('a').find().toArray()).toHaveLength(1);
  });

  it('asks for room in the quota of its target', async () => {
    const actor = await plane.newActor();
    const [from, to] = [await database(actor, 'from'), await database(actor, 'to')];
    await plane.connection.control.databases.change(actor.userId, from.id, { current_size_mb: 8 });
    await plane.connection.control.databases.change(actor.userId, to.id, { current_size_mb: 3, quota_mb: 10 });
    await expect(replica.moves.migrate(actor, from.id, { ...wish, target_database_id: to.id })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', details: { limit_mb: 10, used_mb: 11 } });
    await expect(replica.moves.migrate(actor, from.id, { ...wish, target_database_id: from.id })).rejects.toMatchObject({ code: 'MOVE_REFUSED', details: { reason: 'same_database' } });
    await expect(replica.moves.migrate(actor, from.id, { ...wish, target_database_id: 'other' })).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND' });
  });
});
