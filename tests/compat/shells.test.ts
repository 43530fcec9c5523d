// What shells and administration tools send beside what applications do.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GridFSBucket, type Binary, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

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

  it('is told why a command that is not here cannot be explained either', async () => {
    const explain = async (command: object): Promise<number> => Number((await serverError(test.database.command({ explain: command }))).code);
    expect([await explain({ mapReduce: 'c' }), await explain({ noSuchCommand: 1 })]).toEqual([115, 59]);
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

describe('a driver of old', () => {
  it('asks for the MD5 of a file that it has stored', async () => {
    const bucket = new GridFSBucket(test.database, { bucketName: 'photos', chunkSizeBytes: 7 });
    const contents = Buffer.from('a file of several chunks');
    const upload = bucket.openUploadStream('photo');
    await pipeline(Readable.from([contents]), upload);
    const md5 = createHash('md5').update(contents).digest('hex');
    expect(await test.database.command({ filemd5: upload.id, root: 'photos' })).toMatchObject({ numChunks: 4, md5 });
    expect(await test.database.command({ filemd5: 'no such file' })).toMatchObject({ numChunks: 0, md5: createHash('md5').digest('hex') });
    await test.database.collection('photos.chunks').deleteOne({ n: 1 });
    expect((await serverError(test.database.command({ filemd5: upload.id, root: 'photos' }))).code).toBe(10040);
  });
});
