// Wildcard indexes through the driver: made, listed, used, refused, and kept in step with what is written.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
beforeAll(async () => {
  test = await startTestEngine();
});
afterAll(() => test.stop());

describe('wildcard indexes', () => {
  it('are made and listed', async () => {
    const collection = test.collection();
    expect(await collection.createIndex({ '$**': 1 })).toBe('$**_1');
    await collection.createIndex({ 'a.$**': -1 });
    await collection.createIndex({ '$**': 1 }, { wildcardProjection: { a: 1, _id: 1 }, name: 'some' }, {});
    await collection.createIndex({ x: 1, '$**': 1 }, { wildcardProjection: { x: 0 }, partialFilterExpression: { x: { $gt: 1 } } }, {});
    expect(await collection.listIndexes().toArray()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { '$**': 1 }, name: '$**_1' },
      { v: 2, key: { 'a.$**': -1 }, name: 'a.$**_-1' },
      { v: 2, key: { '$**': 1 }, name: 'some', wildcardProjection: { a: 1, _id: 1 } },
      { v: 2, key: { x: 1, '$**': 1 }, name: 'x_1_$**_1', partialFilterExpression: { x: { $gt: 1 } }, wildcardProjection: { x: 0 } },
    ]);
  });

  it.each<[string, Document, Document, number]>([
    ['unique', { '$**': 1 }, { unique: true }, 67],
    ['sparse', { '$**': 1 }, { sparse: true }, 67],
    ['TTL', { '$**': 1 }, { expireAfterSeconds: 5 }, 67],
    ['hashed', { '$**': 'hashed' }, {}, 67],
    ['text', { '$**': 'text' }, {}, 67],
    ['beside a hashed field', { 'a.$**': 1, b: 'hashed' }, {}, 67],
    ['two in one', { 'a.$**': 1, 'b.$**': 1 }, {}, 7_246_201],
    ['overlapping another field', { 'a.b': 1, 'a.$**': 1 }, {}, 7_246_204],
    ['of everything beside another field', { a: 1, '$**': 1 }, {}, 7_246_204],
    ['with the other field in the projection', { a: 1, '$**': 1 }, { wildcardProjection: { a: 1 } }, 7_246_208],
    ['with the other field not left out', { a: 1, '$**': 1 }, { wildcardProjection: { b: 0 } }, 7_246_209],
    ['with a projection of a field', { 'a.$**': 1 }, { wildcardProjection: { b: 1 } }, 9],
    ['with a projection of nothing', { '$**': 1 }, { wildcardProjection: {} }, 9],
    ['with a projection that includes and excludes', { '$**': 1 }, { wildcardProjection: { a: 1, b: 0 } }, 31_254],
    ['without a wildcard', { a: 1 }, { wildcardProjection: { a: 1 } }, 2],
    ['with a wildcard in the middle', { '$**.a': 1 }, {}, 67],
  ])('are refused %s', async (_what, key, options, code) => {
    const collection = test.collection();
    const command = { createIndexes: collection.collectionName, indexes: [{ key, name: 'wanted', ...options }] };
    expect((await serverError(test.database.command(command))).code).toBe(code);
  });

  it('refuse an array beside the wildcard', async () => {
    const collection = test.collection();
    await collection.createIndex({ x: 1, 'a.$**': 1 });
    await collection.insertOne({ x: 1, a: { b: [1, 2] } });
    expect((await serverError(collection.insertOne({ x: [1] }))).code).toBe(7_246_301);
  });

  it('follow updates and removals, and have the paths of arrays as long as there are any', async () => {
    const collection = test.collection();
    await collection.insertMany([{ _id: 1, a: [1, { b: 2 }] }, { _id: 2, a: { b: 3 } }]);
    await collection.createIndex({ '$**': 1 });
    const scanFor = async (filter: Document): Promise<Document> => ((await collection.find(filter).explain('queryPlanner')))['queryPlanner'].winningPlan.inputStage as Document;
    const idsFor = async (filter: Document): Promise<unknown[]> => (await collection.find(filter).hint('$**_1').toArray()).map(({ _id }) => _id);
    expect(await scanFor({ 'a.b': { $gt: 1, $lt: 9 } })).toMatchObject({ isMultiKey: true, indexBounds: { 'a.b': ['(1, inf.0]'] } });
    expect(await idsFor({ 'a.b': { $gt: 1 } })).toEqual([1, 2]);
    await collection.updateOne({ _id: 1 }, { $set: { a: { b: 7, c: 'new' } } });
    expect(await scanFor({ 'a.b': { $gt: 1, $lt: 9 } })).toMatchObject({ isMultiKey: false, indexBounds: { 'a.b': ['(1, 9)'] } });
    expect([await idsFor({ 'a.c': 'new' }), await idsFor({ 'a.b': 2 }), await idsFor({ 'a.b': 7 })]).toEqual([[1], [], [1]]);
    await collection.deleteOne({ _id: 1 });
    expect(await idsFor({ a: { $exists: true } })).toEqual([2]);
    expect(await test.database.command({ validate: collection.collectionName, full: true })).toMatchObject({ valid: true });
  });

  it('give the keys that returnKey asks for, and none to min and max', async () => {
    const collection = test.collection();
    await collection.createIndex({ '$**': 1 });
    await collection.insertOne({ a: { b: 3 } });
    expect(await collection.find({ 'a.b': 3 }).returnKey(true).toArray()).toEqual([{ $_path: 'a.b', 'a.b': 3 }]);
    expect((await serverError(collection.find({}).hint('$**_1').min({ '$**': 1 }).toArray())).code).toBe(51_174);
  });
});
