// What `collMod` changes of capped collections and of time series.
import type { Db, Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { codeOf } from '../running-engine.fixture.js';

const under = databasePerTest();
let db: Db;

beforeEach(async () => {
  ({ db } = under);
  await db.createCollection('plain');
  await db.createCollection('capped', { capped: true, size: 100_000, max: 100 });
  await db.createCollection('series', { timeseries: { timeField: 't', granularity: 'seconds' } });
});

const optionsOf = async (name: string): Promise<Document> => (await db.listCollections({ name }).toArray() as Document[])[0]!['options'] as Document;
const change = (collMod: string, changes: Document): Promise<Document> => db.command({ collMod, ...changes });

describe('a capped collection', () => {
  it('is resized, and lets go of what is too much with the next insert', async () => {
    const capped = db.collection<{ _id: number }>('capped');
    await capped.insertMany(Array.from({ length: 50 }, (_, _id) => ({ _id })));
    await change('capped', { cappedMax: 10, cappedSize: 5000 });
    expect(await optionsOf('capped')).toEqual({ capped: true, size: 5120, max: 10 });
    expect(await capped.countDocuments()).toBe(50);
    await capped.insertOne({ _id: 50 });
    expect((await capped.find().toArray()).map(({ _id }) => _id)).toEqual(Array.from({ length: 10 }, (_, at) => 41 + at));
  });

  it('is what a size is for', async () => {
    expect(await codeOf(change('plain', { cappedSize: 5000 }))).toBe(72);
    expect(await codeOf(change('series', { cappedMax: 5 }))).toBe(72);
    expect(await codeOf(change('capped', { cappedSize: 0 }))).toBe(2);
  });
});

describe('a time series', () => {
  const bucketsOf = async (): Promise<unknown> => (await optionsOf('series'))['timeseries'] as unknown;

  it('has buckets that may become larger', async () => {
    await change('series', { timeseries: { granularity: 'minutes' } });
    expect(await bucketsOf()).toEqual({ timeField: 't', granularity: 'minutes', bucketMaxSpanSeconds: 86_400 });
    await change('series', { timeseries: { bucketMaxSpanSeconds: 100_000, bucketRoundingSeconds: 100_000 } });
    expect(await bucketsOf()).toEqual({ timeField: 't', bucketRoundingSeconds: 100_000, bucketMaxSpanSeconds: 100_000 });
    await change('series', { timeseries: { granularity: 'hours' }, expireAfterSeconds: 60 });
    expect(await optionsOf('series')).toMatchObject({ expireAfterSeconds: 60, timeseries: { granularity: 'hours' } });
    await change('series', { expireAfterSeconds: 'off' });
    expect(await optionsOf('series')).not.toHaveProperty('expireAfterSeconds');
  });

  it.each<[string, string, Document, number]>([
    ['smaller buckets', 'series', { timeseries: { bucketMaxSpanSeconds: 60, bucketRoundingSeconds: 60 } }, 72],
    ['buckets of two spans', 'series', { timeseries: { bucketMaxSpanSeconds: 7200, bucketRoundingSeconds: 3600 } }, 72],
    ['buckets of a span alone', 'series', { timeseries: { bucketMaxSpanSeconds: 7200 } }, 72],
    ['an unknown granularity', 'series', { timeseries: { granularity: 'days' } }, 2],
    ['another time field', 'series', { timeseries: { timeField: 'u' } }, 40415],
    ['buckets of a plain collection', 'plain', { timeseries: { granularity: 'hours' } }, 72],
  ])('does not get %s', async (_what, name, changes, code) => {
    expect(await codeOf(change(name, changes))).toBe(code);
  });

  it('is made again of what listCollections shows of it, as restores do', async () => {
    await db.createCollection('again', await optionsOf('series'));
    expect((await optionsOf('again'))['timeseries']).toEqual(await bucketsOf());
  });
});
