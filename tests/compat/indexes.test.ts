// Indexes and collections through the driver: how they are made, listed, used and refused.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
beforeAll(async () => {
  test = await startTestEngine();
});
afterAll(() => test.stop());

/** The names of all stages of a plan, from the root down. */
function stagesOf(plan: Document): string[] {
  const inputs: Document[] = plan['inputStage'] === undefined ? ((plan['inputStages'] ?? []) as Document[]) : [plan['inputStage'] as Document];
  return [String(plan['stage']), ...inputs.flatMap(stagesOf)];
}

describe('indexes', () => {
  it('are made and listed', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1 });
    expect(await collection.createIndex({ a: 1, b: -1 })).toBe('a_1_b_-1');
    await collection.createIndex({ c: 1 }, { unique: true, sparse: true, name: 'byC' }, {});
    await collection.createIndex({ d: 1 }, { partialFilterExpression: { e: { $gt: 5 } } }, {});
    await collection.createIndex({ t: 1 }, { expireAfterSeconds: 60 }, {});
    expect(await collection.listIndexes().toArray()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1, b: -1 }, name: 'a_1_b_-1' },
      { v: 2, key: { c: 1 }, name: 'byC', unique: true, sparse: true },
      { v: 2, key: { d: 1 }, name: 'd_1', partialFilterExpression: { e: { $gt: 5 } } },
      { v: 2, key: { t: 1 }, name: 't_1', expireAfterSeconds: 60 },
    ]);
    expect(await collection.indexExists(['byC', 'd_1'])).toBe(true);
    await collection.dropIndex('byC');
    expect(await collection.indexExists('byC')).toBe(false);
    await collection.dropIndexes();
    expect((await collection.listIndexes().toArray()).map(({ name }: Document) => String(name))).toEqual(['_id_']);
  });

  it('of the same definition are made once', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1 });
    await collection.createIndex({ a: 1 });
    expect(await collection.listIndexes().toArray()).toHaveLength(2);
  });

  it('of another definition under the same name or key are refused', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1 }, { name: 'x' }, {});
    expect((await serverError(collection.createIndex({ b: 1 }, { name: 'x' }, {}))).code).toBe(86);
    expect((await serverError(collection.createIndex({ a: 1 }, { name: 'y' }, {}))).code).toBe(85);
    const clash = await serverError(collection.createIndex({ a: 1 }, { name: 'x', unique: true }, {}));
    expect(clash.code).toBe(86);
    expect(clash.message).toContain('Requested index: { v: 2, key: { a: 1 }, name: "x", unique: true }');
  });

  it('whose keys are too long to be kept whole are valid', async () => {
    const collection = test.collection();
    await collection.createIndexes([{ key: { a: 1 } }, { key: { '$**': 1 } }]);
    const long = 'x'.repeat(3000);
    await collection.insertOne({ a: [`${long}1`, `${long}2`, 'short'] });
    expect(await test.database.command({ validate: collection.collectionName, full: true })).toMatchObject({ valid: true, keysPerIndex: { a_1: 2 } });
    expect(await collection.countDocuments({ a: `${long}2` })).toBe(1);
    expect(await collection.countDocuments({ a: `${long}3` })).toBe(0);
  });

  it('that are unique refuse documents that are there already', async () => {
    const collection = test.collection();
    await collection.insertMany([{ a: 1 }, { a: 1 }]);
    expect((await serverError(collection.createIndex({ a: 1 }, { unique: true }, {}))).code).toBe(11000);
    expect(await collection.listIndexes().toArray()).toHaveLength(1);
  });

  it('that are unique count a missing field as null, sparse ones do not', async () => {
    const strict = test.collection();
    await strict.createIndex({ a: 1 }, { unique: true }, {});
    await strict.insertOne({ _id: 1 });
    const error = await serverError(strict.insertOne({ _id: 2 }));
    expect(error).toMatchObject({ code: 11000, keyPattern: { a: 1 }, keyValue: { a: null } });
    const sparse = test.collection();
    await sparse.createIndex({ a: 1 }, { unique: true, sparse: true }, {});
    await sparse.insertMany([{ _id: 1 }, { _id: 2 }]);
    expect(await sparse.countDocuments()).toBe(2);
  });

  it('that are unique and partial look only at their documents', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1 }, { unique: true, partialFilterExpression: { live: true } }, {});
    await collection.insertMany([{ _id: 1, a: 1, live: true }, { _id: 2, a: 1, live: false }]);
    expect((await serverError(collection.updateOne({ _id: 2 }, { $set: { live: true } }))).code).toBe(11000);
  });

  it('that are unique over arrays refuse an element that another document has, not one of its own', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1 }, { unique: true }, {});
    await collection.insertOne({ _id: 1, a: [1, 1, 2] });
    expect((await serverError(collection.insertOne({ _id: 2, a: [2, 3] }))).code).toBe(11000);
  });

  it('compare numbers of all types as equal', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1 }, { unique: true }, {});
    await collection.insertOne({ a: 1 });
    const { Long, Double, Decimal128 } = await import('mongodb');
    for (const a of [Long.fromNumber(1), new Double(1), Decimal128.fromString('1.0')]) {
      expect((await serverError(collection.insertOne({ a }))).code).toBe(11000);
    }
  });

  it('refuse parallel arrays', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1, b: 1 });
    expect((await serverError(collection.insertOne({ a: [1], b: [2] }))).code).toBe(171);
  });

  it('are followed through every change of a document', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1 });
    await collection.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: [2, 3] }]);
    await collection.updateOne({ _id: 1 }, { $set: { a: 5 } });
    const pull: Document = { $pull: { a: 2 } };
    await collection.updateOne({ _id: 2 }, pull);
    const byIndex = async (a: number): Promise<unknown[]> => (await collection.find({ a }).hint({ a: 1 }).toArray()).map(({ _id }) => _id);
    expect([await byIndex(1), await byIndex(5), await byIndex(2), await byIndex(3)]).toEqual([[], [1], [], [2]]);
    await collection.deleteOne({ _id: 1 });
    expect(await byIndex(5)).toEqual([]);
  });

  it.each<readonly [string, Document]>([
    ['IXSCAN', { a: 5 }],
    ['IXSCAN', { a: { $gt: 5 }, b: 1 }],
    ['IXSCAN', { a: { $in: [1, 2] } }],
    ['IXSCAN', { $or: [{ a: 1 }, { a: 7 }] }],
    ['COLLSCAN', { b: 5 }],
  ])('%s serves %j', async (stage, filter) => {
    const collection = test.collection();
    await collection.createIndex({ a: 1, b: 1 });
    await collection.insertMany(Array.from({ length: 100 }, (_, _id) => ({ _id, a: _id % 10, b: _id })));
    const explained = await collection.find(filter).explain('executionStats');
    expect(stagesOf(explained['queryPlanner'].winningPlan)).toContain(stage);
    expect(explained['executionStats'].nReturned).toBe((await collection.find(filter).hint({ $natural: 1 }).toArray()).length);
  });

  it('give a sort without sorting', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1, b: -1 });
    await collection.insertMany(Array.from({ length: 30 }, (_, _id) => ({ _id, a: _id % 3, b: _id })));
    const explained = await collection.find({ a: 1 }).sort({ b: -1 }).explain();
    expect(stagesOf(explained['queryPlanner'].winningPlan)).not.toContain('SORT');
    expect((await collection.find({ a: 1 }).sort({ b: -1 }).limit(2).toArray()).map(({ _id }) => _id)).toEqual([28, 25]);
  });

  it.each<readonly [number, Document]>([
    [67, { a: 0 }],
    [67, { a: 'foo' }],
    [67, {}],
    [67, { 'a..b': 1 }],
  ])('fail with %i for the key %j', async (code, key) => {
    const { collectionName } = test.collection();
    const work = test.database.command({ createIndexes: collectionName, indexes: [{ key, name: 'n' }] });
    expect((await serverError(work)).code).toBe(code);
  });
});

describe('collections', () => {
  it('are made, listed, renamed and dropped', async () => {
    const database = test.client.db('collections');
    await database.createCollection('a');
    await database.collection('b').insertOne({});
    expect((await database.listCollections().toArray()).map(({ name, type }) => [name, type]).sort()).toEqual([['a', 'collection'], ['b', 'collection']]);
    await database.collection('a').rename('c');
    expect((await serverError(database.collection('c').rename('b'))).code).toBe(48);
    await database.collection('c').rename('b', { dropTarget: true });
    expect(await database.collection('b').countDocuments()).toBe(0);
    expect(await database.dropCollection('b')).toBe(true);
    expect(await database.listCollections().toArray()).toEqual([]);
    await database.dropDatabase();
    const { databases } = await test.client.db('admin').admin().listDatabases();
    expect(databases.map(({ name }) => name)).not.toContain('collections');
  });

  it('that exist cannot be made again', async () => {
    await test.database.createCollection('twice');
    const error = await serverError(test.database.command({ create: 'twice', capped: true, size: 4096 }));
    expect(error.code).toBe(48);
  });

  it.each(['', 'a$b', '.a', 'a\0b'])('may not be called %j', async (name) => {
    expect((await serverError(test.database.command({ create: name }))).code).toBe(73);
  });

  it('validate documents', async () => {
    const collection = await test.database.createCollection<AnyDocument>('validated', { validator: { $jsonSchema: { required: ['name'], properties: { age: { bsonType: 'int', minimum: 0 } } } } });
    await collection.insertOne({ _id: 1, name: 'x', age: 5 });
    const error = await serverError(collection.insertOne({ name: 'x', age: -1 }));
    expect(error.code).toBe(121);
    expect(error.message).toBe('Document failed validation');
    expect((await serverError(collection.updateOne({ _id: 1 }, { $unset: { name: 1 } }))).code).toBe(121);
    await collection.insertOne({ _id: 2, age: -5 }, { bypassDocumentValidation: true });
    expect(await collection.countDocuments()).toBe(2);
  });

  it('may be views', async () => {
    const base = test.collection();
    await base.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 5 }]);
    const view = await test.database.createCollection<AnyDocument>('view1', { viewOn: base.collectionName, pipeline: [{ $match: { a: { $gt: 2 } } }, { $set: { v: true } }] });
    expect(await view.find().toArray()).toEqual([{ _id: 2, a: 5, v: true }]);
    expect(await view.countDocuments()).toBe(1);
    expect(await view.aggregate([{ $project: { _id: 0, a: 1 } }]).toArray()).toEqual([{ a: 5 }]);
    expect((await serverError(view.insertOne({ a: 1 }))).code).toBe(166);
  });

  it('may be capped', async () => {
    const capped = await test.database.createCollection<AnyDocument>('capped', { capped: true, size: 100_000, max: 3 });
    for (let _id = 1; _id <= 5; _id += 1) await capped.insertOne({ _id });
    expect((await capped.find().toArray()).map(({ _id }) => _id)).toEqual([3, 4, 5]);
  });

  it('tell their sizes', async () => {
    const collection = test.collection();
    await collection.insertMany(Array.from({ length: 10 }, (_, _id) => ({ _id, text: 'x'.repeat(100) })));
    const stats = await test.database.command({ collStats: collection.collectionName });
    expect(stats).toMatchObject({ ns: collection.namespace, count: 10, nindexes: 1 });
    expect(stats['size']).toBeGreaterThan(1000);
    const databaseStats = await test.database.stats();
    expect(databaseStats).toMatchObject({ db: 'compat', ok: 1 });
  });
});
