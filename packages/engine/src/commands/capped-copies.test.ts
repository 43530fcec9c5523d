import type { Db, Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { codeOf } from '../running-engine.fixture.js';

const under = databasePerTest();
let db: Db;

const filler = 'x'.repeat(100);
const idsOf = async (name: string): Promise<unknown[]> => (await db.collection(name).find().toArray()).map(({ _id }) => _id as unknown);

beforeEach(async () => {
  ({ db } = under);
  await db.createCollection('items', { validator: { n: { $gte: 0 } } });
  await db.collection<Document & { _id: number }>('items').insertMany(Array.from({ length: 60 }, (_, n) => ({ _id: n, n, filler })));
  await db.collection('items').createIndexes([{ key: { n: 1 } }]);
});

describe('convertToCapped', () => {
  it('keeps the newest documents that there is room for, in their order, and the options', async () => {
    await db.command({ convertToCapped: 'items', size: 2048 });
    const ids = await idsOf('items');
    expect(ids.at(-1)).toBe(59);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, at) => 60 - ids.length + at));
    expect(ids.length).toBeGreaterThan(5);
    expect(ids.length).toBeLessThan(20);
    const [info] = await db.listCollections({ name: 'items' }).toArray();
    expect(info).toMatchObject({ options: { capped: true, size: 2048, validator: { n: { $gte: 0 } } } });
    expect((await db.collection('items').indexes()).map(({ name }) => name)).toEqual(['_id_']);
    expect((await db.listCollections().toArray()).map(({ name }) => name)).toEqual(['items']);
  });

  it('keeps what comes behind it within its size', async () => {
    await db.command({ convertToCapped: 'items', size: 1024 });
    const before = await idsOf('items');
    await db.collection<Document & { _id: number }>('items').insertMany([{ _id: 60, n: 60, filler }, { _id: 61, n: 61, filler }]);
    const after = await idsOf('items');
    expect(after.slice(-2)).toEqual([60, 61]);
    expect(after).toHaveLength(before.length);
  });

  it('refuses what is not there, views, time series and sizes of nothing', async () => {
    await db.createCollection('view', { viewOn: 'items', pipeline: [] });
    await db.createCollection('series', { timeseries: { timeField: 't' } });
    const codes = [{ convertToCapped: 'gone', size: 100 }, { convertToCapped: 'view', size: 100 }, { convertToCapped: 'series', size: 100 }, { convertToCapped: 'items', size: 0 }].map((command) => codeOf(db.command(command)));
    expect(await Promise.all(codes)).toEqual([26, 166, 72, 72]);
  });
});

describe('cloneCollectionAsCapped', () => {
  it('leaves the collection that it copies as it is', async () => {
    await db.command({ cloneCollectionAsCapped: 'items', toCollection: 'latest', size: 1_000_000 });
    expect(await idsOf('latest')).toEqual(await idsOf('items'));
    expect(await db.command({ collStats: 'latest' })).toMatchObject({ capped: true, count: 60 });
    expect((await db.collection('items').indexes())).toHaveLength(2);
    expect(await codeOf(db.command({ cloneCollectionAsCapped: 'items', toCollection: 'latest', size: 1000 }))).toBe(48);
  });
});

it('dataSize says how many bytes there are', async () => {
  const namespace = `${db.databaseName}.items`;
  const { size } = await db.command({ collStats: 'items' });
  expect(await db.command({ dataSize: namespace })).toMatchObject({ size: size as number, numObjects: 60, ok: 1 });
  expect(await db.command({ dataSize: `${db.databaseName}.gone` })).toMatchObject({ size: 0, numObjects: 0 });
  expect(await codeOf(db.command({ dataSize: namespace, keyPattern: { _id: 1 }, min: { _id: 1 }, max: { _id: 5 } }))).toBe(115);
});
