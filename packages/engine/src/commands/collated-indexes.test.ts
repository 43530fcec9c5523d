import type { Collection, Db, Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { codeOf } from '../running-engine.fixture.js';

const under = databasePerTest();
let db: Db;
let people: Collection;

const caseless = { locale: 'en', strength: 2 } as const;

beforeEach(() => {
  ({ db } = under);
  people = db.collection('people');
});

describe('a unique index with a collation', () => {
  beforeEach(() => people.createIndex({ name: 1 }, { unique: true, collation: caseless }, {}));

  it('refuses what the language calls the same, and nothing else', async () => {
    await people.insertOne({ name: 'Anaïs' });
    expect(await codeOf(people.insertOne({ name: 'ANAÏS' }))).toBe(11000);
    // Another accent is another letter at strength 2, though both are kept in one place.
    expect(await codeOf(people.insertMany([{ name: 'Anais' }, { name: 'Anáis' }]))).toBe(0);
    expect(await codeOf(people.insertOne({ name: 'ana\u0301is' }))).toBe(11000);
    expect(await people.countDocuments()).toBe(3);
  });

  it('refuses a change to what is there', async () => {
    await people.insertMany([{ _id: 1 as never, name: 'cafe' }, { _id: 2 as never, name: 'café' }]);
    expect(await codeOf(people.updateOne({ _id: 1 as never }, { $set: { name: 'CAFÉ' } }))).toBe(11000);
    expect(await codeOf(people.updateOne({ _id: 1 as never }, { $set: { name: 'Cafe' } }))).toBe(0);
    expect(await codeOf(people.updateOne({ _id: 2 as never }, { $set: { name: 'tea' } }))).toBe(0);
    expect(await codeOf(people.updateOne({ _id: 1 as never }, { $set: { name: 'CAFÉ' } }))).toBe(0);
  });

  it('keeps other values apart as they are', async () => {
    await people.insertMany([{ name: 1 }, { name: null }, { name: { first: 'Ana' } }, { name: '' }, { name: '!' }]);
    expect(await codeOf(people.insertOne({ name: 1.0 }))).toBe(11000);
    expect(await codeOf(people.insertOne({ name: { first: 'ANA' } }))).toBe(11000);
    expect(await codeOf(people.insertOne({ name: { first: 'Anna' } }))).toBe(0);
    expect(await codeOf(people.insertOne({ name: '?' }))).toBe(0);
  });

  it('refuses what cannot be found again', async () => {
    expect(await codeOf(people.insertOne({ name: '٣' }))).toBe(238);
  });
});

describe('an index with a collation', () => {
  const planOf = async (filter: Document, collation?: typeof caseless): Promise<string> => {
    const { queryPlanner } = (await people.find(filter, collation === undefined ? {} : { collation }).explain('queryPlanner')) as { queryPlanner: { winningPlan: { stage: string; inputStage?: { stage: string } } } };
    return queryPlanner.winningPlan.inputStage?.stage ?? queryPlanner.winningPlan.stage;
  };

  it('serves queries with the same one', async () => {
    await people.createIndex({ name: 1, age: 1 }, { collation: caseless }, {});
    await people.insertMany([{ name: 'Ana', age: 1 }, { name: 'ana', age: 2 }, { name: 'Aná', age: 3 }, { name: ['x', 'ANA'], age: 4 }]);
    expect(await people.find({ name: 'aNa' }, { collation: caseless }).map(({ age }) => Number(age)).toArray()).toEqual([1, 2, 4]);
    expect(await people.countDocuments({ name: { $in: ['ANA', 'aná'] }, age: { $gt: 1 } }, { collation: caseless })).toBe(3);
    expect(await Promise.all([planOf({ name: 'ANA' }, caseless), planOf({ name: 'ANA' }), planOf({ name: { $gt: 'a' } }, caseless)])).toEqual(['IXSCAN', 'COLLSCAN', 'COLLSCAN']);
  });

  it('serves every query for values without language', async () => {
    await people.createIndex({ age: 1 }, { collation: caseless }, {});
    await people.insertMany([{ age: 1 }, { age: 'Old' }]);
    expect(await planOf({ age: { $lt: 5 } })).toBe('IXSCAN');
    expect(await people.countDocuments({ age: 'old' })).toBe(0);
  });

  it('agrees with the collection, and says so', async () => {
    await people.createIndex({ tags: 1 }, { collation: caseless }, {});
    await people.insertMany([{ tags: ['A', 'a', 'b'] }, { tags: 'C' }]);
    expect(await db.command({ validate: 'people' })).toMatchObject({ valid: true, keysPerIndex: { tags_1: 3 } });
    await people.updateOne({ tags: 'C' }, { $set: { tags: ['c', 'C', 'B'] } });
    expect(await db.command({ validate: 'people' })).toMatchObject({ valid: true, keysPerIndex: { tags_1: 4 } });
  });
});

describe('a collection with a collation', () => {
  beforeEach(async () => {
    people = await db.createCollection('people', { collation: caseless });
    await people.insertMany([{ name: 'Bob', n: 1 }, { name: 'ana', n: 2 }, { name: 'ANA', n: 3 }]);
  });

  it('shows all of it', async () => {
    expect(await db.listCollections({ name: 'people' }).toArray()).toMatchObject([{ options: { collation: { locale: 'en', strength: 2, caseLevel: false, version: '57.1' } } }]);
  });

  it('gives it to whatever names none', async () => {
    const find = { name: 'Ana' };
    expect(await people.countDocuments(find)).toBe(2);
    expect(await people.find().sort({ name: 1, n: 1 }).map(({ n }) => Number(n)).toArray()).toEqual([2, 3, 1]);
    expect(await people.distinct('name')).toHaveLength(2);
    expect(await db.command({ count: 'people', query: find })).toMatchObject({ n: 2 });
    expect(await people.aggregate([{ $group: { _id: '$name', count: { $sum: 1 } } }, { $sort: { count: 1 } }]).map(({ count }) => Number(count)).toArray()).toEqual([1, 2]);
    expect(await people.findOneAndUpdate({ name: 'BOB' }, { $set: { seen: true } })).toMatchObject({ n: 1 });
    expect((await people.updateMany(find, { $set: { seen: true } })).matchedCount).toBe(2);
    expect(await under.client.bulkWrite([{ namespace: people.namespace, name: 'deleteOne', filter: { name: 'bOB' } }])).toMatchObject({ deletedCount: 1 });
    expect((await people.deleteMany(find)).deletedCount).toBe(2);
  });

  it('leaves commands theirs', async () => {
    expect(await people.countDocuments({ name: 'ana' }, { collation: { locale: 'simple' } })).toBe(1);
    expect(await people.find({ name: 'Ana' }, { collation: { locale: 'en', strength: 3 } }).toArray()).toEqual([]);
  });

  it('gives it to its indexes', async () => {
    await people.createIndex({ name: 1 }, {}, {});
    await people.createIndex({ n: 1 }, { collation: { locale: 'simple' } }, {});
    const indexes = await people.indexes();
    expect(indexes.find(({ name }) => name === 'name_1')).toMatchObject({ collation: { locale: 'en', strength: 2 } });
    expect(indexes.find(({ name }) => name === 'n_1')).not.toHaveProperty('collation');
    expect(await codeOf(people.createIndex({ name: -1 }, { unique: true }, {}))).toBe(11000);
    expect(await people.find({ name: 'ANa' }).explain('queryPlanner')).toMatchObject({ queryPlanner: { winningPlan: { inputStage: { stage: 'IXSCAN', collation: { locale: 'en' } } } } });
  });

  it('is looked at by a view with that of the view alone', async () => {
    await db.createCollection('plain', { viewOn: 'people', pipeline: [] });
    await db.createCollection('caseless', { viewOn: 'people', pipeline: [], collation: caseless });
    const counts = await Promise.all(['plain', 'caseless'].map((view) => db.collection(view).countDocuments({ name: 'Ana' })));
    expect(counts).toEqual([0, 2]);
    expect(await db.collection('caseless').countDocuments({ name: 'Ana' }, { collation: caseless })).toBe(2);
    expect(await codeOf(db.collection('plain').countDocuments({ name: 'Ana' }, { collation: caseless }))).toBe(167);
  });

  it('is checked by it', async () => {
    await db.createCollection('checked', { collation: caseless, validator: { kind: 'person' } });
    expect(await codeOf(db.collection('checked').insertOne({ kind: 'Person' }))).toBe(0);
    expect(await codeOf(db.collection('checked').insertOne({ kind: 'place' }))).toBe(121);
  });
});
