// What mongosh's own tests ask of collections: sizes, buckets, the views of a database, hashes, checks.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;

beforeAll(async () => {
  test = await startTestEngine();
});

afterAll(async () => {
  await test.stop();
});

const storageStats = async (name: string, specification: Document = {}): Promise<Document> =>
  (await test.database.collection(name).aggregate([{ $collStats: { storageStats: specification } }]).next())!['storageStats'] as Document;

describe('sizes', () => {
  it('have the sections that shells look into', async () => {
    const collection = test.collection();
    await collection.createIndex({ a: 1 });
    const stats = await storageStats(collection.collectionName);
    expect(stats).toMatchObject({ wiredTiger: {}, indexDetails: { _id_: {}, a_1: {} }, nindexes: 2, capped: false });
    expect(Object.keys(stats)).not.toContain('timeseries');
  });

  it('of a time series are those of its buckets', async () => {
    await test.database.createCollection('weather', { timeseries: { timeField: 'at', metaField: 'of', granularity: 'hours' } });
    await test.database.collection('weather').insertMany([{ at: new Date(0), of: 'a' }, { at: new Date(1), of: 'b' }]);
    const stats = await storageStats('weather');
    expect(stats).toMatchObject({ timeseries: { bucketsNs: 'compat.system.buckets.weather', bucketCount: 2, numMeasurementsCommitted: 2, numBucketUpdates: 0 } });
    expect(stats).not.toHaveProperty('count');
    expect(stats).not.toHaveProperty('avgObjSize');
  });
});

describe('the views of a database', () => {
  it('are the documents of system.views', async () => {
    const views = test.client.db('views');
    await views.createCollection('things');
    expect(await views.collection('system.views').find().toArray()).toEqual([]);
    await views.command({ create: 'b', viewOn: 'things', pipeline: [{ $match: { x: 1 } }] });
    await views.command({ create: 'a', viewOn: 'b', pipeline: [], collation: { locale: 'simple' } });
    const catalog = views.collection<{ _id: string; viewOn: string }>('system.views');
    expect(await catalog.find().toArray()).toEqual([
      { _id: 'views.a', viewOn: 'b', pipeline: [] },
      { _id: 'views.b', viewOn: 'things', pipeline: [{ $match: { x: 1 } }] },
    ]);
    expect(await catalog.findOne({ _id: 'views.b' })).toMatchObject({ viewOn: 'things' });
    expect(await catalog.findOne({ _id: 'views.c' })).toBeNull();
    expect(await catalog.find({}, { batchSize: 1 }).sort({ $natural: -1 }).map(({ _id }) => _id).toArray()).toEqual(['views.b', 'views.a']);
    expect(await catalog.countDocuments({ viewOn: 'b' })).toBe(1);
    expect(await catalog.estimatedDocumentCount()).toBe(2);
  });

  it('are listed beside the collections while there are any', async () => {
    const views = test.client.db('few');
    const names = async (): Promise<string[]> => (await views.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
    await views.command({ create: 'a', viewOn: 'things', pipeline: [] });
    expect(await names()).toEqual(['a', 'system.views']);
    await views.dropCollection('a');
    expect(await names()).toEqual([]);
    await views.command({ create: 'a', viewOn: 'things', pipeline: [] });
    expect(await views.dropDatabase()).toBe(true);
    expect(await names()).toEqual([]);
  });

  it('are not written as documents', async () => {
    const catalog = test.client.db('views').collection('system.views');
    expect((await serverError(catalog.insertOne({ a: 1 }))).code).toBe(73);
    expect((await serverError(catalog.deleteMany({}))).code).toBe(73);
  });
});

it('hashes a shard key', async () => {
  const [answer] = await test.client.db('admin').aggregate([{ $documents: [{ key: { foo: 'bar' } }] }, { $project: { hash: { $toHashedIndexKey: '$key' } } }], { promoteLongs: false }).toArray();
  expect(String(answer!['hash'])).toBe('4975617422686807705');
});

it('checks a collection whole or in the background, not both', async () => {
  const collection = test.collection();
  await collection.insertOne({ a: 1 });
  const validate = (options: Document): Promise<Document> => test.database.command({ validate: collection.collectionName, ...options });
  expect(await validate({ full: true })).toMatchObject({ valid: true });
  expect(await validate({ background: true })).toMatchObject({ valid: true });
  expect((await serverError(validate({ full: true, background: true }))).codeName).toBe('InvalidOptions');
});

it('reads certificates anew where there are none', async () => {
  expect(await test.client.db('admin').command({ rotateCertificates: 1, message: 'now' })).toMatchObject({ ok: 1 });
});

it('reads warnings of the start as lines of a log', async () => {
  const { log, totalLinesWritten } = (await test.client.db('admin').command({ getLog: 'startupWarnings' })) as { log: string[]; totalLinesWritten: number };
  expect(totalLinesWritten).toBe(1);
  expect(JSON.parse(log[0]!)).toMatchObject({ t: { $date: expect.any(String) as string }, s: 'W', c: 'CONTROL', id: 22120, msg: expect.stringMatching(/^Access control is not enabled/u) as string });
});
