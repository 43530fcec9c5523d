import type { Collection, Db, Document, MongoServerError } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { codeOf, rejection } from '../running-engine.fixture.js';

const under = databasePerTest();
let db: Db;
let items: Collection<{ _id: number | string } & Document>;

beforeEach(() => {
  ({ db } = under);
  items = db.collection('items');
});

const change = (index: Document, more: Document = {}): Promise<Document> => db.command({ collMod: 'items', index, ...more });
const indexNamed = async (name: string): Promise<Document | undefined> => (await items.indexes()).find((index) => index.name === name);

describe('an index that is to be unique', () => {
  it('refuses new duplicates first, then tells those that there are, and is unique when there are none', async () => {
    await items.insertMany([{ _id: 1, a: 5 }, { _id: 2, a: 5 }, { _id: 3, a: 6 }, { _id: 'x', a: 5 }]);
    await items.createIndex({ a: 1 });
    expect(await codeOf(change({ name: 'a_1', unique: true }))).toBe(72);
    expect(await change({ name: 'a_1', prepareUnique: true })).toMatchObject({ prepareUnique_old: false, prepareUnique_new: true });
    expect(await indexNamed('a_1')).toMatchObject({ prepareUnique: true });
    expect(await codeOf(items.insertOne({ _id: 4, a: 6 }))).toBe(11_000);
    expect(await codeOf(items.updateOne({ _id: 3 }, { $set: { a: 5 } }))).toBe(11_000);
    for (const dryRun of [true, false]) {
      const error = (await rejection(change({ keyPattern: { a: 1 }, unique: true }, { dryRun }))) as MongoServerError;
      expect(error).toMatchObject({ code: 359, codeName: 'CannotConvertIndexToUnique' });
      expect((error.errorResponse as Document)['violations']).toEqual([{ ids: [1, 2, 'x'] }]);
    }
    await items.deleteMany({ _id: { $in: [2, 'x'] } });
    expect(await change({ name: 'a_1', unique: true }, { dryRun: true })).toEqual(expect.not.objectContaining({ unique_new: true }));
    expect(await indexNamed('a_1')).not.toHaveProperty('unique');
    expect(await change({ name: 'a_1', unique: true })).toMatchObject({ unique_new: true });
    expect(await indexNamed('a_1')).toEqual({ v: 2, key: { a: 1 }, name: 'a_1', unique: true });
  });

  it('is one like any other afterwards', async () => {
    await items.insertMany([{ _id: 1, a: [1, 2] }, { _id: 2, a: 3 }]);
    await db.command({ createIndexes: 'items', indexes: [{ key: { a: 1 }, name: 'a', prepareUnique: true }] });
    await change({ name: 'a', unique: true });
    expect(await codeOf(items.insertOne({ _id: 3, a: 2 }))).toBe(11_000);
    await items.insertOne({ _id: 3, a: 4 });
    await items.updateOne({ _id: 1 }, { $set: { a: [2, 5] } });
    await items.insertOne({ _id: 4, a: 1 });
    await items.deleteOne({ _id: 2 });
    await items.insertOne({ _id: 5, a: 3 });
    expect(await codeOf(items.updateMany({ _id: { $gte: 4 } }, { $set: { a: 9 } }))).toBe(11_000);
    expect((await items.find({ a: { $gte: 1 } }).sort({ a: 1 }).hint('a').toArray()).map(({ _id }) => _id)).toEqual([1, 5, 3, 4]);
    expect(await items.find({ a: 4 }).explain('executionStats')).toMatchObject({ executionStats: { totalKeysExamined: 1, nReturned: 1 } });
    expect(await db.command({ validate: 'items', full: true })).toMatchObject({ valid: true });
    expect(await codeOf(change({ name: 'a', unique: false }))).toBe(2);
    expect(await change({ name: 'a', unique: true, prepareUnique: true })).toEqual(expect.not.objectContaining({ unique_new: true }));
  });

  it('holds in transactions', async () => {
    await items.insertOne({ _id: 1, a: 1 });
    await items.createIndex({ a: 1 });
    await change({ name: 'a_1', prepareUnique: true });
    const [one, two] = [under.client.startSession(), under.client.startSession()];
    one.startTransaction();
    two.startTransaction();
    await items.insertOne({ _id: 2, a: 2 }, { session: one });
    expect(await codeOf(items.insertOne({ _id: 3, a: 2 }, { session: two }))).toBe(112);
    await one.commitTransaction();
    await Promise.all([one.endSession(), two.endSession()]);
    expect(await codeOf(items.insertOne({ _id: 3, a: 2 }))).toBe(11_000);
  });

  it('tells keys apart that are too long to be kept whole', async () => {
    const long = 'x'.repeat(3000);
    await items.createIndex({ a: 1 });
    await items.insertMany([{ _id: 1, a: `${long}1` }, { _id: 2, a: `${long}2` }, { _id: 3, a: `${long}1` }]);
    await change({ name: 'a_1', prepareUnique: true });
    expect(((await rejection(change({ name: 'a_1', unique: true }))) as MongoServerError).errorResponse).toMatchObject({ violations: [{ ids: [1, 3] }] });
    await items.updateOne({ _id: 3 }, { $set: { a: `${long}3` } });
    await change({ name: 'a_1', unique: true });
    expect(await codeOf(items.updateOne({ _id: 3 }, { $set: { a: `${long}2` } }))).toBe(11_000);
    await items.updateOne({ _id: 3 }, { $set: { a: `${long}4` } });
    expect(await codeOf(items.insertOne({ _id: 4, a: `${long}4` }))).toBe(11_000);
    await items.insertOne({ _id: 4, a: `${long}3` });
    expect(await db.command({ validate: 'items', full: true })).toMatchObject({ valid: true });
  });

  it.each<[string, Document, Document, number]>([
    ['of another option', { name: 'a_1', hidden: true }, { dryRun: true }, 72],
    ['of two options', { name: 'a_1', hidden: true, unique: true }, { dryRun: true }, 72],
    ['of the collection besides', { name: 'a_1', unique: true }, { dryRun: true, validationLevel: 'off' }, 72],
    ['that is no yes or no', { name: 'a_1', unique: 'yes' }, {}, 14],
    ['of a wildcard index', { name: '$**_1', prepareUnique: true }, {}, 72],
    ['of a hashed index', { name: 'h_hashed', prepareUnique: true }, {}, 72],
    ['that nobody knows', { name: 'a_1', odd: 1 }, {}, 40_415],
    ['of expiry, of several fields', { name: 'a_1_b_1', expireAfterSeconds: 5 }, {}, 72],
  ])('refuses a change %s', async (_what, index, more, code) => {
    await db.command({ createIndexes: 'items', indexes: [{ a: 1 }, { '$**': 1 }, { h: 'hashed' }, { a: 1, b: 1 }].map((key) => ({ key, name: Object.entries(key).flat().join('_') })) });
    expect(await codeOf(change(index, more))).toBe(code);
  });
});

describe('changes of an index', () => {
  it('are shown to those who watch', async () => {
    await items.insertOne({ _id: 1, a: 1 });
    await items.createIndex({ a: 1 });
    const stream = items.watch([], { showExpandedEvents: true });
    const seen: Document[] = [];
    await stream.tryNext();
    for (const index of [{ name: 'a_1', hidden: true }, { name: 'a_1', prepareUnique: true }, { name: 'a_1', unique: true }]) {
      // Each change is of what the one before left.
      await change(index);
      seen.push((await stream.next()));
    }
    await stream.close();
    expect(seen.map(({ operationType, operationDescription }) => [operationType as unknown, (operationDescription as Document)['index'] as unknown])).toEqual([
      ['modify', { name: 'a_1', hidden: true }], ['modify', { name: 'a_1', prepareUnique: true }], ['modify', { name: 'a_1', unique: true }],
    ]);
  });
});

describe('expiry', () => {
  it('comes to an index that had none', async () => {
    await items.createIndex({ at: 1 });
    expect(await change({ name: 'at_1', expireAfterSeconds: 60 })).toEqual(expect.objectContaining({ expireAfterSeconds_new: 60 }));
    expect(await indexNamed('at_1')).toMatchObject({ expireAfterSeconds: 60 });
  });

  it('comes to measurements, changes, and goes', async () => {
    await db.createCollection('series', { timeseries: { timeField: 't' } });
    const expiry = async (): Promise<unknown> => ((await db.listCollections({ name: 'series' }).toArray())[0] as Document)['options'].expireAfterSeconds as unknown;
    const seen: unknown[] = [];
    for (const expireAfterSeconds of [100, 200, 'off']) {
      // Each change is of what the one before left.
      await db.command({ collMod: 'series', expireAfterSeconds });
      seen.push(await expiry());
    }
    expect(seen).toEqual([100, 200, undefined]);
    await items.insertOne({ _id: 1 });
    expect(await codeOf(db.command({ collMod: 'items', expireAfterSeconds: 5 }))).toBe(72);
  });
});
