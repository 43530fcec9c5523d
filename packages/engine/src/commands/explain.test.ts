import type { Collection, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';

let engine: EngineUnderTest;
let client: MongoClient;
let items: Collection;

beforeAll(async () => {
  engine = await engineUnderTest();
  client = await engine.clientOf(rootUser.user, rootUser.password);
  items = client.db('explained').collection('items');
  await items.insertMany(Array.from({ length: 20 }, (_, n) => ({ a: n % 4, b: n })));
  await items.createIndex({ a: 1, b: 1 }, {}, {});
});

afterAll(() => engine.close());

async function explained(filter: Document, options: Document = {}): Promise<{ queryPlanner: Document; executionStats: Document }> {
  return (await items.find(filter, options).explain('executionStats')) as { queryPlanner: Document; executionStats: Document };
}

describe('explain', () => {
  it('shows that a query for fields of an index reads no documents', async () => {
    const { queryPlanner, executionStats } = await explained({ a: 1 }, { projection: { a: 1, b: 1, _id: 0 } });
    expect(queryPlanner).toMatchObject({ winningPlan: { stage: 'PROJECTION_COVERED', inputStage: { stage: 'IXSCAN', indexName: 'a_1_b_1' } } });
    expect(executionStats).toMatchObject({ nReturned: 5, totalKeysExamined: 5, totalDocsExamined: 0 });
    expect(await items.find({ a: 1 }, { projection: { a: 1, b: 1, _id: 0 } }).toArray()).toContainEqual({ a: 1, b: 5 });
  });

  it('counts the documents that are read because keys do not say enough', async () => {
    await items.insertOne({ a: 9 });
    const { executionStats } = await explained({ a: 9 }, { projection: { b: 1, _id: 0 } });
    expect(executionStats).toMatchObject({ nReturned: 1, totalKeysExamined: 1, totalDocsExamined: 1 });
    expect(await items.find({ a: 9 }, { projection: { b: 1, _id: 0 } }).toArray()).toEqual([{}]);
  });

  it('has one hash for queries that differ in values alone', async () => {
    const hashOf = async (filter: Document, options?: Document): Promise<unknown> => (await explained(filter, options)).queryPlanner['planCacheShapeHash'];
    const hash = await hashOf({ a: 1, b: { $gt: 2 } });
    expect(await hashOf({ b: { $gt: 7 }, a: 3 })).toBe(hash);
    for (const other of [{ a: 1, b: { $lt: 2 } }, { a: 1 }, { a: 1, c: { $gt: 2 } }]) expect(await hashOf(other)).not.toBe(hash);
    expect(await hashOf({ a: 1, b: { $gt: 2 } }, { sort: { b: 1 } })).not.toBe(hash);
  });

  it('has another key where there are other indexes', async () => {
    const keyOf = async (): Promise<unknown> => (await explained({ a: 1 })).queryPlanner['planCacheKey'];
    const key = await keyOf();
    expect(await keyOf()).toBe(key);
    await items.createIndex({ b: 1 }, {}, {});
    expect(await keyOf()).not.toBe(key);
  });
});

describe('explain of all plans', () => {
  it('shows what each of them would do, up to as many results as are compared', async () => {
    const many = client.db('explained').collection('many');
    await many.insertMany(Array.from({ length: 600 }, (_, n) => ({ a: n % 2, b: n % 3 })));
    await many.createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }]);
    const { executionStats } = (await many.find({ a: 1, b: 2 }).explain('allPlansExecution')) as { executionStats: Document };
    const trials = executionStats['allPlansExecution'] as Document[];
    expect(trials.map(({ nReturned, totalKeysExamined, executionStages }) => [nReturned, totalKeysExamined, (executionStages as Document)['inputStage'].indexName as unknown])).toEqual([
      [100, 300, expect.any(String)], [100, 200, expect.any(String)],
    ].sort(() => (executionStats['totalKeysExamined'] === 300 ? 0 : -1)));
    expect(((await many.find({ a: 1 }).explain('allPlansExecution')))['executionStats'].allPlansExecution).toEqual([]);
  });
});
