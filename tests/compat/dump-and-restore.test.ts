// What mongodump and mongorestore ask a server for, in their order: a dump of one engine is restored into another one, users, roles and
// what was written meanwhile included. The tools are written in Go; these are the commands that they send.
import type { Db, Document, MongoClient, Timestamp } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

let source: TestEngine;
let target: TestEngine;

interface DumpedCollection {
  readonly database: string;
  readonly name: string;
  readonly type: string;
  readonly options: Document;
  readonly indexes: readonly Document[];
  readonly documents: readonly Document[];
}

interface Dump {
  readonly collections: readonly DumpedCollection[];
  readonly users: readonly Document[];
  readonly roles: readonly Document[];
  readonly oplog: readonly Document[];
}

beforeAll(async () => {
  [source, target] = await Promise.all([startTestEngine(), startTestEngine()]);
  const shop = source.client.db('shop');
  await shop.createCollection('orders', { validator: { n: { $type: 'number' } }, collation: { locale: 'en', strength: 2 } });
  await shop.collection<Document & { _id: number }>('orders').insertMany(Array.from({ length: 50 }, (_, n) => ({ _id: n, n, tags: ['a', `t${n % 3}`] })));
  await shop.collection('orders').createIndexes([{ key: { n: 1 }, unique: true }, { key: { tags: 1 }, partialFilterExpression: { n: { $gt: 5 } } }, { key: { '$**': 1 }, name: 'all' }]);
  await shop.createCollection('events', { capped: true, size: 8192, max: 20 });
  await shop.createCollection('cheap', { viewOn: 'orders', pipeline: [{ $match: { n: { $lt: 3 } } }] });
  await shop.command({ createRole: 'clerk', privileges: [{ resource: { db: 'shop', collection: 'orders' }, actions: ['find'] }], roles: [] });
  await shop.command({ createUser: 'anna', pwd: 'secret of anna', roles: ['clerk'] });
});

afterAll(() => Promise.all([source.stop(), target.stop()]));

const newestEntry = async (client: MongoClient): Promise<Document> => (await client.db('local').collection('oplog.rs').find({}, { projection: { ts: 1 } }).sort({ $natural: -1 }).limit(1).next())!;

async function dumpCollection(db: Db, { name, type, options }: Document): Promise<DumpedCollection> {
  const isView = type === 'view';
  const collection = db.collection(name as string);
  const indexes = isView ? [] : await collection.listIndexes().toArray();
  const expected = isView ? 0 : await collection.estimatedDocumentCount();
  const documents = isView ? [] : await collection.find({}, { noCursorTimeout: true, ...((options as Document)['capped'] === true ? {} : { hint: '_id_' }), promoteValues: false }).toArray();
  expect(documents).toHaveLength(expected);
  return { database: db.databaseName, name: name as string, type: type as string, options: options as Document, indexes, documents };
}

async function dump({ client }: TestEngine, meanwhile: () => Promise<void>): Promise<Dump> {
  const admin = client.db('admin');
  expect((await serverError(admin.command({ atlasVersion: 1 }))).code).toBe(59);
  await admin.command({ buildInfo: 1 });
  await admin.command({ isMaster: 1 });
  expect((await admin.command({ getParameter: 1, featureCompatibilityVersion: 1 }))['featureCompatibilityVersion']).toMatchObject({ version: '8.0' });
  expect(await admin.command({ getParameter: 1, authSchemaVersion: 1 })).toMatchObject({ authSchemaVersion: 5 });
  expect(await client.db('config').collection('transactions').find({ state: { $in: ['prepared', 'inProgress'] } }).sort({ startOpTime: 1 }).limit(1).toArray()).toEqual([]);
  const start = (await newestEntry(client))['ts'] as Timestamp;
  const { databases } = await admin.command({ listDatabases: 1, nameOnly: true });
  const collections: DumpedCollection[] = [];
  for (const { name } of (databases as { name: string }[]).filter((each) => !['local', 'config', 'admin'].includes(each.name))) {
    for (const info of await client.db(name).listCollections().toArray()) if (!info.name.startsWith('system.')) collections.push(await dumpCollection(client.db(name), info));
  }
  const [users, roles] = await Promise.all(['system.users', 'system.roles'].map((name) => admin.collection(name).find({}, { promoteValues: false }).toArray()));
  await meanwhile();
  const end = (await newestEntry(client))['ts'] as Timestamp;
  const oplog = await client.db('local').collection('oplog.rs').find({ ts: { $gte: start, $lte: end } }, { oplogReplay: true, promoteValues: false, noCursorTimeout: true }).toArray();
  return { collections, users: users!, roles: roles!, oplog };
}

async function restoreUsers(admin: Db, { users, roles }: Dump): Promise<Document> {
  await admin.collection('tempusers').insertMany(users, { bypassDocumentValidation: true });
  await admin.collection('temproles').insertMany(roles, { bypassDocumentValidation: true });
  const reply = await admin.command({ _mergeAuthzCollections: 1, tempUsersCollection: 'admin.tempusers', tempRolesCollection: 'admin.temproles', drop: true, db: '', writeConcern: { w: 'majority' } });
  await Promise.all([admin.collection('tempusers').drop(), admin.collection('temproles').drop()]);
  return reply;
}

async function restoreDump({ client }: TestEngine, dumped: Dump): Promise<void> {
  for (const { database, name, type, options, documents } of dumped.collections) {
    const db = client.db(database);
    await db.command({ create: name, ...options, ...(type === 'view' ? {} : { idIndex: { v: 2, key: { _id: 1 }, name: '_id_', ...(options['collation'] === undefined ? {} : { collation: options['collation'] as Document }) } }) });
    if (documents.length > 0) await db.collection(name).insertMany(documents, { ordered: false, bypassDocumentValidation: true, writeConcern: { w: 'majority' } });
  }
  for (const { database, name, indexes } of dumped.collections) {
    const others = indexes.filter((index) => index['name'] !== '_id_').map((index) => ({ key: index['key'] as Document, ...Object.fromEntries(Object.entries(index).filter(([field]) => field !== 'v')), ns: `${database}.${name}` }));
    if (others.length > 0) await client.db(database).command({ createIndexes: name, indexes: others, ignoreUnknownIndexOptions: true });
  }
  expect(await restoreUsers(client.db('admin'), dumped)).toMatchObject({ ok: 1 });
  for (const entry of dumped.oplog) {
    const { op, ns, o, o2 } = entry;
    if (op !== 'n' && !(ns as string).startsWith('config.')) expect(await client.db('admin').command({ applyOps: [{ op, ns, o, ...(o2 === undefined ? {} : { o2: o2 as Document }) }] })).toMatchObject({ ok: 1 });
  }
}

describe('mongodump and mongorestore', () => {
  it('bring one server to another, with what was written during the dump', async () => {
    const orders = source.client.db('shop').collection<Document & { _id: number }>('orders');
    const dumped = await dump(source, async () => {
      await orders.insertOne({ _id: 100, n: 100 });
      await orders.updateOne({ _id: 1 }, { $set: { n: 1000 }, $push: { tags: 'late' } as never });
      await orders.deleteOne({ _id: 2 });
    });
    await target.client.db('shop').command({ createUser: 'before', pwd: 'p', roles: [] });
    await restoreDump(target, dumped);
    const contents = async ({ client }: TestEngine): Promise<unknown> => {
      const db = client.db('shop');
      const infos = (await db.listCollections().toArray() as (Document & { name: string })[]).map(({ name, type, options }) => ({ name, type: type as unknown, options: options as unknown })).sort((a, b) => (a.name < b.name ? -1 : 1));
      const admin = client.db('admin');
      return [
        infos, await db.collection('orders').find().sort({ _id: 1 }).toArray(), await db.collection('orders').indexes(), await db.collection('cheap').find().sort({ _id: 1 }).toArray(),
        await admin.collection('system.users').find().toArray(), await admin.collection('system.roles').find().toArray(),
      ];
    };
    expect(await contents(target)).toEqual(await contents(source));
  });

  it('are told where documents are none that can be dumped or merged', async () => {
    const { client } = target;
    await client.db('shop').createCollection('series', { timeseries: { timeField: 't' } });
    expect((await serverError(client.db('shop').collection('system.buckets.series').find().toArray())).code).toBe(115);
    const merge = (command: Document): Promise<Document> => client.db('admin').command({ _mergeAuthzCollections: 1, db: '', drop: false, ...command });
    expect((await serverError(merge({}))).code).toBe(2);
    expect((await serverError(merge({ tempUsersCollection: 'shop.users' }))).code).toBe(2);
    expect((await serverError(merge({ tempUsersCollection: 'admin.nowhere' }))).code).toBe(26);
    await client.db('admin').collection<{ _id: string }>('wrong').insertOne({ _id: 'x' });
    expect((await serverError(merge({ tempUsersCollection: 'admin.wrong' }))).code).toBe(9);
  });
});
