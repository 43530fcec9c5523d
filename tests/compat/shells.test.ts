// What shells and administration tools send beside what applications do.
import type { Binary, Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;

beforeAll(async () => {
  test = await startTestEngine();
});

afterAll(async () => {
  await test.stop();
});

describe('a shell', () => {
  it('asks what a command does', async () => {
    expect(await test.database.command({ find: 1, help: true })).toMatchObject({ help: expect.stringMatching(/^help for: find \w+/u) as string });
  });

  it('validates as PyMongo does, with scandata', async () => {
    const collection = test.collection();
    await collection.insertOne({ a: 1 });
    expect(await test.database.command({ validate: collection.collectionName, scandata: false, full: true })).toMatchObject({ valid: true });
  });

  it('asks how long operations on a collection took', async () => {
    const collection = test.collection();
    await collection.insertMany([{ a: 1 }, { a: 2 }]);
    await collection.find({}, { batchSize: 1 }).toArray();
    await collection.createIndex({ a: 1 });
    const stats = async (specification: object): Promise<Document> => (await collection.aggregate([{ $collStats: { latencyStats: specification } }]).next())!['latencyStats'] as Document;
    const before = await stats({});
    expect(before).toMatchObject({ reads: { ops: 3 }, writes: { ops: 1 }, commands: { ops: 1 }, transactions: { ops: 0, latency: 0 } });
    expect((before['writes'] as Document)['latency']).toBeGreaterThan(0);
    expect(before['reads']).not.toHaveProperty('histogram');
    const { histogram } = (await stats({ histograms: true }))['writes'] as { histogram: readonly { readonly micros: number; readonly count: number }[] };
    expect(histogram.map(({ count }) => count)).toEqual([1]);
    const { transactions } = await stats({ histograms: true });
    expect(transactions).toMatchObject({ histogram: [] });
  });

  it('asks what indexes are read and how they are specified', async () => {
    const collection = test.collection();
    await collection.createIndexes([{ key: { a: 1 }, unique: true }]);
    const usage = await collection.aggregate([{ $indexStats: {} }]).toArray();
    expect(usage.map(({ spec }) => spec as unknown)).toEqual([{ v: 2, key: { _id: 1 }, name: '_id_' }, { v: 2, key: { a: 1 }, name: 'a_1', unique: true }]);
  });

  it('lists its own session', async () => {
    const session = test.client.startSession();
    try {
      await test.collection().insertOne({ a: 1 }, { session });
      const listed = await test.client.db('admin').aggregate([{ $listLocalSessions: { allUsers: true } }]).toArray();
      expect(listed.map((each) => (each['_id'] as { id: Binary }).id.toString('hex'))).toContain(session.id!.id.toString('hex'));
    } finally {
      await session.endSession();
    }
  });
});
