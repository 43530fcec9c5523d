import type { Collection, Db, Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { codeOf } from '../running-engine.fixture.js';

const under = databasePerTest();
let db: Db;
let items: Collection;

beforeEach(() => {
  ({ db } = under);
  items = db.collection('items');
});

describe('create, drop and rename', () => {
  it('make, keep and remove collections', async () => {
    await db.createCollection('items', { capped: true, size: 5000, max: 10 });
    expect((await db.listCollections().toArray())[0]).toMatchObject({ name: 'items', type: 'collection', options: { capped: true, size: 5120, max: 10 }, idIndex: { v: 2, key: { _id: 1 }, name: '_id_' } });
    expect(await codeOf(db.createCollection('items'))).toBe(48);
    expect(await codeOf(db.createCollection('items', { capped: true, size: 5000, max: 10 }))).toBe(0);
    expect(await db.command({ drop: 'items' })).toMatchObject({ nIndexesWas: 1, ns: `${db.databaseName}.items` });
    expect(await db.command({ drop: 'items' })).toMatchObject({ ok: 1 });
    expect(await db.listCollections().toArray()).toEqual([]);
  });

  it('refuse what the engine has not, by name', async () => {
    expect(await codeOf(db.createCollection('t', { encryptedFields: { fields: [] } }))).toBe(72);
    expect(await codeOf(db.createCollection('t', { capped: true }))).toBe(72);
    expect(await codeOf(db.command({ create: 't', colour: 1 }))).toBe(40415);
    expect(await codeOf(db.createCollection('t', { validator: { $foo: 1 } }))).toBe(2);
  });

  it('rename within and across databases', async () => {
    await items.insertOne({ a: 1 });
    await db.collection('other').insertOne({ a: 2 });
    expect(await codeOf(items.rename('other'))).toBe(48);
    await items.rename('other', { dropTarget: true });
    expect(await db.collection('other').findOne({}, { projection: { _id: 0 } })).toEqual({ a: 1 });
    const admin = under.client.db('admin');
    const elsewhere = under.client.db(`${db.databaseName}x`);
    await admin.command({ renameCollection: `${db.databaseName}.other`, to: `${elsewhere.databaseName}.moved` });
    expect(await elsewhere.collection('moved').countDocuments()).toBe(1);
    expect(await codeOf(admin.command({ renameCollection: `${db.databaseName}.nothing`, to: `${db.databaseName}.x` }))).toBe(26);
    expect(await codeOf(db.command({ renameCollection: 'a.b', to: 'a.c' }))).toBe(13);
  });

  it('drop databases, but not those of the system', async () => {
    await items.insertOne({ a: 1 });
    expect(await db.command({ dropDatabase: 1 })).toMatchObject({ dropped: db.databaseName });
    expect(await db.command({ dropDatabase: 1 })).toMatchObject({ ok: 1 });
    expect(await codeOf(under.client.db('admin').command({ dropDatabase: 1 }))).toBe(20);
  });
});

describe('indexes', () => {
  it('are made once, listed and dropped by name, key and star', async () => {
    const reply = (indexes: Document[]): Promise<Document> => db.command({ createIndexes: 'items', indexes });
    expect(await reply([{ key: { a: 1 }, name: 'a_1' }])).toMatchObject({ numIndexesBefore: 1, numIndexesAfter: 2, createdCollectionAutomatically: true });
    expect(await reply([{ key: { a: 1 }, name: 'a_1' }])).toMatchObject({ numIndexesBefore: 2, numIndexesAfter: 2, note: 'all indexes already exist' });
    await items.createIndexes([
      { key: { b: -1, c: 1 }, unique: true, sparse: true }, { key: { at: 1 }, expireAfterSeconds: 60 }, { key: { d: 1 }, partialFilterExpression: { d: { $gt: 3 } } }, { key: { e: 1 }, hidden: true },
    ]);
    expect(await items.indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1 }, name: 'a_1' },
      { v: 2, key: { b: -1, c: 1 }, name: 'b_-1_c_1', unique: true, sparse: true },
      { v: 2, key: { at: 1 }, name: 'at_1', expireAfterSeconds: 60 },
      { v: 2, key: { d: 1 }, name: 'd_1', partialFilterExpression: { d: { $gt: 3 } } },
      { v: 2, key: { e: 1 }, name: 'e_1', hidden: true },
    ]);
    await items.dropIndex('a_1');
    await db.command({ dropIndexes: 'items', index: { b: -1, c: 1 } });
    await db.command({ dropIndexes: 'items', index: ['at_1', 'd_1'] });
    expect(await db.command({ dropIndexes: 'items', index: '*' })).toMatchObject({ nIndexesWas: 2 });
    expect((await items.indexes()).map(({ name }) => name)).toEqual(['_id_']);
  });

  it.each<readonly [Document, number]>([
    [{ key: {}, name: 'x' }, 67], [{ key: { a: 0 }, name: 'x' }, 67], [{ key: { a: 'text' }, name: 'x' }, 67], [{ key: { a: 'hashed', b: 'hashed' }, name: 'x' }, 31303],
    [{ key: { a: 'hashed' }, name: 'x', unique: true }, 16764],
    [{ key: { text: 'text' }, name: 'x' }, 67], [{ key: { a: 1 } }, 9], [{ key: { a: 1 }, name: 'x', colour: 1 }, 197], [{ key: { a: 1 }, name: 'x', unique: true, collation: { locale: 'hu' } }, 67],
    [{ key: { a: 1, b: 1 }, name: 'x', expireAfterSeconds: 5 }, 67], [{ key: { a: 1 }, name: 'x', sparse: true, partialFilterExpression: { a: 1 } }, 67],
    [{ key: { a: 1 }, name: 'x', partialFilterExpression: { a: { $not: { $gt: 1 } } } }, 67], [{ key: { a: true }, name: 'x' }, 67], [{ key: { 'a..b': 1 }, name: 'x' }, 67],
    [{ key: { _id: 1 }, name: '_id_', sparse: true }, 197], [{ key: { a: 1 }, name: 'known', unique: true }, 86], [{ key: { known: 1 }, name: 'known', expireAfterSeconds: 5 }, 85], [{ key: { known: 1 }, name: 'other' }, 85],
    [{ key: { dup: 1 }, name: 'dup_1', unique: true }, 11000],
  ])('refuses %j with %i', async (index, code) => {
    await items.insertMany([{ dup: 1 }, { dup: 1 }]);
    await items.createIndexes([{ key: { known: 1 }, name: 'known' }]);
    expect(await codeOf(db.command({ createIndexes: 'items', indexes: [index] }))).toBe(code);
    expect((await items.indexes()).length).toBe(2);
  });

  it('are hashed, for equality and nothing else', async () => {
    await items.createIndex({ a: 'hashed', b: 1 });
    await items.insertMany([{ a: 1, b: 2 }, { a: 1.5, b: 1 }, { b: 3 }]);
    const stageOf = async (filter: Document, sort: Document = {}): Promise<unknown> => {
      const { queryPlanner } = await items.find(filter).sort(sort).explain('queryPlanner') as { queryPlanner: { winningPlan: { stage: string; inputStage?: { stage: string } } } };
      return queryPlanner.winningPlan.inputStage?.stage ?? queryPlanner.winningPlan.stage;
    };
    expect(await Promise.all([stageOf({ a: 1 }), stageOf({ a: { $gt: 0 } }), stageOf({}, { a: 1 }), stageOf({ a: 1 }, { b: 1 })])).toEqual(['IXSCAN', 'COLLSCAN', 'COLLSCAN', 'IXSCAN']);
    expect(await items.countDocuments({ a: 1 })).toBe(1);
    expect(await items.countDocuments({ a: null })).toBe(1);
    expect(await codeOf(items.insertOne({ a: [1] }))).toBe(16766);
    expect((await items.indexes()).map(({ name, key }) => [name, key])).toContainEqual(['a_hashed_b_1', { a: 'hashed', b: 1 }]);
  });

  it('are made with a collation where they are not unique, and say all of it', async () => {
    const collation = { locale: 'en', strength: 2 } as const;
    await items.createIndexes([{ key: { name: 1 }, name: 'plain' }, { key: { name: 1 }, name: 'collated', collation }]);
    await items.insertMany([{ name: 'Ana' }, { name: 'ana' }]);
    expect(await items.find({ name: 'ANA' }, { collation }).toArray()).toHaveLength(2);
    expect(await items.countDocuments({ name: 'ana' }, { hint: 'collated' })).toBe(1);
    expect((await items.indexes()).find(({ name }) => name === 'collated')).toMatchObject({
      collation: { locale: 'en', strength: 2, caseLevel: false, caseFirst: 'off', numericOrdering: false, alternate: 'non-ignorable', maxVariable: 'punct', backwards: false },
    });
  });

  it('that are partial are left alone by queries with a collation, which mean more documents', async () => {
    await items.createIndexes([{ key: { n: 1 }, partialFilterExpression: { kind: 'a' } }]);
    await items.insertMany([{ n: 1, kind: 'a' }, { n: 1, kind: 'A' }]);
    expect(await items.countDocuments({ n: 1, kind: 'a' }, { collation: { locale: 'en', strength: 2 } })).toBe(2);
  });

  it('are not dropped where they are not, and _id never', async () => {
    expect(await codeOf(items.dropIndex('a_1'))).toBe(26);
    await items.insertOne({});
    expect(await codeOf(items.dropIndex('a_1'))).toBe(27);
    expect(await codeOf(db.command({ dropIndexes: 'items', index: { a: 1 } }))).toBe(27);
    expect(await codeOf(items.dropIndex('_id_'))).toBe(72);
  });

  it('keep what is unique so, and change by collMod', async () => {
    await items.createIndexes([{ key: { email: 1 }, unique: true, partialFilterExpression: { email: { $exists: true } } }]);
    await items.insertMany([{ email: 'a' }, {}, {}]);
    expect(await codeOf(items.insertOne({ email: 'a' }))).toBe(11000);
    await items.createIndexes([{ key: { at: 1 }, expireAfterSeconds: 60, background: true }]);
    expect(await db.command({ collMod: 'items', index: { name: 'at_1', expireAfterSeconds: 90, hidden: true } })).toMatchObject({ expireAfterSeconds_old: 60, expireAfterSeconds_new: 90, hidden_old: false, hidden_new: true });
    expect((await items.indexes()).find(({ name }) => name === 'at_1')).toMatchObject({ expireAfterSeconds: 90, hidden: true, background: true });
    expect(await codeOf(db.command({ collMod: 'items', index: { name: 'x', hidden: true } }))).toBe(27);
  });
});

describe('collMod', () => {
  it('sets and removes the validator of a collection, and the pipeline of a view', async () => {
    await items.insertOne({ a: 1 });
    await db.command({ collMod: 'items', validator: { a: { $type: 'int' } }, validationLevel: 'moderate' });
    expect(await codeOf(items.insertOne({ a: 'x' }))).toBe(121);
    await db.command({ collMod: 'items', validator: {} });
    expect(await codeOf(items.insertOne({ a: 'x' }))).toBe(0);
    await db.createCollection('ones', { viewOn: 'items', pipeline: [{ $match: { a: 1 } }] });
    expect(await db.collection('ones').countDocuments()).toBe(1);
    await db.command({ collMod: 'ones', viewOn: 'items', pipeline: [] });
    expect(await db.collection('ones').countDocuments()).toBe(2);
    expect(await codeOf(db.command({ collMod: 'nothing', validator: {} }))).toBe(26);
  });
});

describe('views', () => {
  it('read what lies below, through several of them, and are not written to', async () => {
    await items.insertMany(Array.from({ length: 20 }, (_, i) => ({ i, even: i % 2 === 0 })));
    await db.createCollection('even', { viewOn: 'items', pipeline: [{ $match: { even: true } }] });
    await db.createCollection('low', { viewOn: 'even', pipeline: [{ $match: { i: { $lt: 10 } } }, { $project: { _id: 0, i: 1 } }] });
    const low = db.collection('low');
    expect(await low.find({}, { sort: { i: -1 }, limit: 2 }).toArray()).toEqual([{ i: 8 }, { i: 6 }]);
    expect(await low.countDocuments({ i: { $gt: 2 } })).toBe(3);
    expect(await low.estimatedDocumentCount()).toBe(5);
    expect(await low.distinct('i')).toEqual([0, 2, 4, 6, 8]);
    expect(await low.aggregate([{ $group: { _id: null, sum: { $sum: '$i' } } }]).toArray()).toEqual([{ _id: null, sum: 20 }]);
    expect(await codeOf(low.deleteMany({}))).toBe(166);
    expect(await codeOf(low.updateOne({}, { $set: { a: 1 } }))).toBe(166);
    expect(await codeOf(low.createIndex({ a: 1 }))).toBe(166);
    expect(await codeOf(db.command({ collMod: 'even', viewOn: 'low', pipeline: [] }))).toBe(5);
  });
});

describe('statistics', () => {
  it('add up', async () => {
    await items.createIndex({ n: 1 });
    await items.insertMany(Array.from({ length: 100 }, (_, n) => ({ n, text: 'x'.repeat(100) })));
    const [collection] = await items.aggregate([{ $collStats: { storageStats: {}, count: {} } }]).toArray();
    const whole = await db.stats();
    expect(collection).toMatchObject({ count: 100, storageStats: { count: 100, nindexes: 2, capped: false } });
    const { size, totalIndexSize, storageSize } = (collection as { storageStats: Document }).storageStats;
    expect(whole).toMatchObject({ collections: 1, views: 0, objects: 100, dataSize: size as number, indexSize: totalIndexSize as number, storageSize: storageSize as number });
    expect(size).toBeGreaterThan(100 * 100);
    expect(await db.command({ collStats: 'items' })).toMatchObject({ ns: `${db.databaseName}.items`, count: 100, size: size as number });
    expect(await db.command({ validate: 'items' })).toMatchObject({ valid: true, nrecords: 100, keysPerIndex: { _id_: 100, n_1: 100 }, errors: [] });
    const { md5 } = await db.command({ dbHash: 1 });
    await items.insertOne({});
    expect((await db.command({ dbHash: 1 }))['md5']).not.toBe(md5);
  });
});

describe('a tenant with its own database', () => {
  it('sees that database alone, and its rights end there', async () => {
    await items.insertOne({ a: 1 });
    await under.client.db('neighbour').collection('secrets').insertOne({ s: 1 });
    await under.client.db('admin').command({ createUser: 'tenant', pwd: 'secret', roles: [{ role: 'readWrite', db: db.databaseName }, { role: 'dbAdmin', db: db.databaseName }] });
    const tenant = await under.engine.clientOf('tenant', 'secret');
    expect((await tenant.db('admin').admin().listDatabases()).databases.map(({ name }) => name)).toEqual([db.databaseName]);
    const own = tenant.db(db.databaseName);
    expect((await own.listCollections().toArray()).map(({ name }) => name)).toEqual(['items']);
    await own.collection('items').createIndex({ a: 1 });
    await own.collection('items').aggregate([{ $out: 'copy' }]).toArray();
    expect(await own.collection('copy').countDocuments()).toBe(1);
    await own.stats();
    for (const work of [
      () => tenant.db('neighbour').collection('secrets').find().toArray(),
      () => tenant.db('neighbour').listCollections().toArray(),
      () => tenant.db('neighbour').collection('secrets').insertOne({}),
      () => own.collection('items').aggregate([{ $lookup: { from: { db: 'neighbour', coll: 'secrets' }, pipeline: [], as: 's' } }]).toArray(),
      () => own.collection('items').aggregate([{ $out: { db: 'neighbour', coll: 'secrets' } }]).toArray(),
      () => own.collection('items').aggregate([{ $merge: { into: { db: 'neighbour', coll: 'secrets' } } }]).toArray(),
      () => tenant.db('admin').collection('system.users').find().toArray(),
      () => tenant.db('neighbour').dropDatabase(),
      () => tenant.db('neighbour').stats(),
      () => tenant.db('admin').command({ bulkWrite: 1, ops: [{ insert: 0, document: {} }], nsInfo: [{ ns: 'neighbour.secrets' }] }),
      () => tenant.db('admin').command({ renameCollection: `${db.databaseName}.items`, to: 'neighbour.items' }),
      () => tenant.db('neighbour').command({ explain: { find: 'secrets' } }),
      () => tenant.db('neighbour').command({ count: 'secrets' }),
    ]) expect([13, 9, 59]).toContain(await codeOf(work()));
    expect(await under.client.db('neighbour').collection('secrets').countDocuments()).toBe(1);
  });

  it('makes no view of what it may not read', async () => {
    await items.insertOne({ a: 1 });
    const admin = under.client.db('admin');
    await db.command({ createRole: 'viewer', privileges: [{ resource: { db: db.databaseName, collection: 'shown' }, actions: ['createCollection', 'collMod', 'find'] }], roles: [] });
    await admin.command({ createUser: 'viewer', pwd: 'secret', roles: [{ role: 'viewer', db: db.databaseName }] });
    const viewer = (await under.engine.clientOf('viewer', 'secret')).db(db.databaseName);
    expect(await codeOf(viewer.createCollection('shown', { viewOn: 'items', pipeline: [] }))).toBe(13);
    expect(await codeOf(viewer.createCollection('shown', { viewOn: 'shown2', pipeline: [{ $unionWith: 'items' }] }))).toBe(13);
    await db.createCollection('shown', { viewOn: 'other', pipeline: [] });
    expect(await codeOf(viewer.command({ collMod: 'shown', viewOn: 'items', pipeline: [] }))).toBe(13);
    expect(await viewer.collection('shown').find().toArray()).toEqual([]);
  });

  it('does not read on from the cursor of somebody else', async () => {
    await items.insertMany(Array.from({ length: 10 }, (_, i) => ({ i })));
    const { cursor } = (await db.command({ find: 'items', batchSize: 2 }, { promoteLongs: false })) as { cursor: { id: unknown } };
    await under.client.db('admin').command({ createUser: 'reader', pwd: 'secret', roles: [{ role: 'read', db: db.databaseName }] });
    const reader = await under.engine.clientOf('reader', 'secret');
    expect(await codeOf(reader.db(db.databaseName).command({ getMore: cursor.id, collection: 'items' }))).toBe(13);
    expect(await codeOf(reader.db(db.databaseName).command({ killCursors: 'items', cursors: [cursor.id] }))).toBe(13);
  });
});

describe('a capped collection', () => {
  it('says what it holds at most, as ints', async () => {
    const log = await db.createCollection('log', { capped: true, size: 5000, max: 7, storageEngine: { wiredTiger: {} } });
    const [statistics] = await log.aggregate([{ $collStats: { storageStats: {} } }]).toArray();
    expect(statistics).toMatchObject({ storageStats: { capped: true, max: 7, maxSize: 5120 } });
    const [listed] = await db.listCollections({ name: 'log' }).toArray();
    expect(listed).toMatchObject({ options: { capped: true, size: 5120, max: 7, storageEngine: { wiredTiger: {} } } });
  });
});

describe('a clustered collection', () => {
  it('has its _id index under the name that it was given', async () => {
    const clustered = await db.createCollection<{ _id: number }>('clustered', { clusteredIndex: { key: { _id: 1 }, unique: true, name: 'by id' } });
    await clustered.insertMany([{ _id: 2 }, { _id: 1 }]);
    expect(await clustered.indexes()).toEqual([{ v: 2, key: { _id: 1 }, name: 'by id', unique: true, clustered: true }]);
    expect(await db.listCollections({ name: 'clustered' }).toArray()).toMatchObject([{ options: { clusteredIndex: { v: 2, key: { _id: 1 }, name: 'by id', unique: true } } }]);
    expect((await clustered.find({}, { hint: 'by id' }).toArray()).map(({ _id }) => _id)).toEqual([1, 2]);
    expect(await codeOf(clustered.insertOne({ _id: 1 }))).toBe(11000);
  });

  it.each<readonly [string, Document, number]>([
    ['of another key', { clusteredIndex: { key: { a: 1 }, unique: true } }, 72],
    ['that is not unique', { clusteredIndex: { key: { _id: 1 } } }, 72],
    ['with an unknown option', { clusteredIndex: { key: { _id: 1 }, unique: true, colour: 1 } }, 40415],
    ['that is capped', { clusteredIndex: { key: { _id: 1 }, unique: true }, capped: true, size: 1000 }, 72],
  ])('%s is refused', async (_name, options, code) => {
    expect(await codeOf(db.command({ create: 'refused', ...options }))).toBe(code);
  });
});

describe('a time-series collection', () => {
  const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  const make = async (options: Document = {}): Promise<Collection<{ _id: number; time?: Date }>> => {
    await db.collection('series').drop();
    return db.createCollection('series', { timeseries: { timeField: 'time', metaField: 'meta', granularity: 'minutes' }, ...options });
  };

  it('keeps measurements of the same _id, finds and removes them', async () => {
    const series = await make({ expireAfterSeconds: 604_800_000 });
    await series.insertMany([{ _id: 1, time: at(2) }, { _id: 1, time: at(1) }, { _id: 2, time: at(3) }]);
    expect(await series.find({ _id: 1 }).sort({ time: 1 }).toArray()).toEqual([{ _id: 1, time: at(1) }, { _id: 1, time: at(2) }]);
    expect(await series.countDocuments({ time: { $gte: at(2) } })).toBe(2);
    expect((await series.deleteMany({ _id: 1 })).deletedCount).toBe(2);
    expect(await series.indexes()).toEqual([{ v: 2, key: { meta: 1, time: 1 }, name: 'meta_1_time_1' }]);
  });

  it('says what it is', async () => {
    await make({ expireAfterSeconds: 60 });
    expect(await db.listCollections({ name: 'series' }).toArray()).toMatchObject([
      { type: 'timeseries', options: { expireAfterSeconds: 60, timeseries: { timeField: 'time', metaField: 'meta', granularity: 'minutes', bucketMaxSpanSeconds: 86_400 } } },
    ]);
  });

  it.each<readonly [string, (series: Collection<{ _id: number; time?: Date }>) => Promise<unknown>, number]>([
    ['a measurement without time', (series) => series.insertOne({ _id: 1 }), 2],
    ['a unique index', (series) => series.createIndexes([{ key: { n: 1 }, unique: true }]), 72],
    ['a change', (series) => series.updateMany({}, { $set: { n: 1 } }), 72],
    ['an upsert', (series) => series.updateOne({ _id: 9 }, { $set: { n: 1 } }, { upsert: true }), 72],
    ['$merge', (series) => series.aggregate([{ $merge: 'series' }]).toArray(), 72],
    ['$out', (series) => series.aggregate([{ $out: 'series' }]).toArray(), 72],
  ])('refuses %s', async (_name, work, code) => {
    const series = await make();
    await series.insertOne({ _id: 1, time: at(1) });
    expect(await codeOf(work(series))).toBe(code);
  });

  it.each<readonly [string, Document, number]>([
    ['no time field', { timeseries: {} }, 40414],
    ['a path as its time field', { timeseries: { timeField: 'a.b' } }, 72],
    ['an unknown granularity', { timeseries: { timeField: 't', granularity: 'days' } }, 2],
    ['half of the bucketing', { timeseries: { timeField: 't', bucketMaxSpanSeconds: 60 } }, 72],
    ['an unknown option', { timeseries: { timeField: 't', colour: 1 } }, 40415],
    ['a validator', { timeseries: { timeField: 't' }, validator: { a: 1 } }, 72],
  ])('is not made with %s', async (_name, options, code) => {
    expect(await codeOf(db.command({ create: 'refused', ...options }))).toBe(code);
  });
});
