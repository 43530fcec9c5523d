import { Long, Timestamp, type MongoBulkWriteError, type ObjectId, type Collection, type Db, type Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { codeOf, rejection, rootUser } from '../running-engine.fixture.js';

const under = databasePerTest({ authorization: false });
let db: Db;
let people: Collection<{ _id: number | string; [field: string]: any }>;

beforeEach(() => {
  ({ db } = under);
  people = db.collection('people');
});

const numbered = (count: number): ({ _id: number | string; [field: string]: any })[] => Array.from({ length: count }, (_, i) => ({ _id: i, n: i % 10, text: `t${i}` }));

describe('insert', () => {
  it('stores documents and makes their collection', async () => {
    await expect(people.insertMany(numbered(3))).resolves.toMatchObject({ insertedCount: 3 });
    expect(await people.find().sort({ _id: 1 }).toArray()).toEqual(numbered(3));
    expect((await db.listCollections().toArray()).map(({ name }) => name)).toEqual(['people']);
  });

  it('answers a duplicate key with its pattern and value, and goes on where it is unordered', async () => {
    await people.insertOne({ _id: 1 });
    const ordered = await rejection(people.insertMany([{ _id: 2 }, { _id: 1 }, { _id: 3 }]));
    expect(ordered).toMatchObject({ code: 11000 });
    expect(await people.countDocuments()).toBe(2);
    const error = await rejection(people.insertMany([{ _id: 1 }, { _id: 4 }], { ordered: false }));
    expect((error as MongoBulkWriteError).writeErrors).toMatchObject([{ index: 0, code: 11000 }]);
    expect(await people.countDocuments()).toBe(3);
    const reply = await db.command({ insert: 'people', documents: [{ _id: 1 }] });
    expect(reply['writeErrors']).toMatchObject([{ index: 0, code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: 1 } }]);
  });

  it('refuses empty batches, views and bad names', async () => {
    await people.insertOne({ _id: 1 });
    await db.createCollection('view', { viewOn: 'people', pipeline: [] });
    expect(await codeOf(db.command({ insert: 'people', documents: [] }))).toBe(16);
    expect(await codeOf(db.collection('view').insertOne({ a: 1 }))).toBe(166);
    expect(await codeOf(db.command({ insert: 'a$b', documents: [{ a: 1 }] }))).toBe(73);
    expect(await codeOf(db.command({ insert: 'system.views', documents: [{ a: 1 }] }))).toBe(73);
  });

  it('stores many documents in several commits, all of them', async () => {
    await people.insertMany(numbered(3500));
    expect(await people.countDocuments()).toBe(3500);
    expect(await people.estimatedDocumentCount()).toBe(3500);
  });
});

describe('a timestamp of zeros', () => {
  const zeros = new Timestamp({ t: 0, i: 0 });

  it.each([[false], [true]])('is the time of the write unless the client bypasses that (%s)', async (bypassEmptyTsReplacement) => {
    await db.command({ insert: 'times', documents: [{ _id: 1, at: zeros }, { _id: 2 }], bypassEmptyTsReplacement });
    await db.command({ update: 'times', updates: [{ q: { _id: 2 }, u: { at: zeros } }], bypassEmptyTsReplacement });
    const stored = await db.collection('times').find().toArray();
    expect(stored.map(({ at }) => (at as Timestamp).equals(zeros))).toEqual([bypassEmptyTsReplacement, bypassEmptyTsReplacement]);
    await db.collection('times').drop();
  });
});

describe('find', () => {
  beforeEach(() => people.insertMany(numbered(500)));

  it('cuts results into batches', async () => {
    const cursor = people.find({}, { batchSize: 7 });
    expect((await cursor.toArray()).length).toBe(500);
    const first = await db.command({ find: 'people' });
    expect((first['cursor'] as Document)['firstBatch']).toHaveLength(101);
    const none = await db.command({ find: 'people', batchSize: 0 });
    expect((none['cursor'] as Document)['firstBatch']).toHaveLength(0);
    expect((none['cursor'] as Document)['id']).not.toEqual(0);
    const single = await db.command({ find: 'people', limit: 5, singleBatch: true });
    expect((single['cursor'] as Document)['id']).toEqual(0);
  });

  it('cuts a batch at sixteen megabytes', async () => {
    const large = db.collection('large');
    await large.insertMany(Array.from({ length: 5 }, () => ({ text: 'x'.repeat(6_000_000) })));
    const { cursor } = await db.command({ find: 'large' }) as { cursor: { firstBatch: Document[] } };
    expect(cursor.firstBatch).toHaveLength(2);
    expect((await large.find().toArray()).length).toBe(5);
  });

  it('sorts, skips, limits and projects, with and without an index', async () => {
    const read = (): Promise<Document[]> => people.find({ n: { $in: [3, 4] } }, { sort: { n: -1, _id: 1 }, skip: 2, limit: 3, projection: { _id: 1, n: 1 } }).toArray();
    const expected = [{ _id: 24, n: 4 }, { _id: 34, n: 4 }, { _id: 44, n: 4 }];
    expect(await read()).toEqual(expected);
    await people.createIndex({ n: -1, _id: 1 });
    expect(await read()).toEqual(expected);
  });

  it('goes on behind its last document in what is there when the next batch is read', async () => {
    const cursor = people.find({}, { batchSize: 10 });
    expect(await cursor.next()).toMatchObject({ _id: 0 });
    await people.deleteMany({ _id: { $gte: 20 } });
    await people.insertOne({ _id: 1000 });
    const rest = await cursor.toArray();
    expect(rest.at(-1)).toEqual({ _id: 1000 });
  });

  it('ends cursors whose collection was dropped', async () => {
    const cursor = people.find({}, { batchSize: 2 });
    await cursor.next();
    await cursor.next();
    await people.drop();
    expect(await codeOf(cursor.next())).toBe(175);
  });

  it('forgets killed cursors and knows cursors by their namespace', async () => {
    const { cursor } = await db.command({ find: 'people', batchSize: 2 }, { promoteLongs: false }) as unknown as { cursor: { id: Long } };
    expect(await codeOf(db.command({ getMore: cursor.id, collection: 'other' }))).toBe(13);
    expect(await db.command({ killCursors: 'people', cursors: [cursor.id, Long.fromNumber(5)] })).toMatchObject({ cursorsKilled: [cursor.id], cursorsNotFound: [Long.fromNumber(5).toNumber()] });
    expect(await codeOf(db.command({ getMore: cursor.id, collection: 'people' }))).toBe(43);
  });

  it('refuses negative numbers, unknown fields and operators', async () => {
    expect(await codeOf(db.command({ find: 'people', skip: -1 }))).toBe(51024);
    expect(await codeOf(db.command({ find: 'people', colour: 'red' }))).toBe(40415);
    expect(await codeOf(db.command({ find: 'people', filter: { n: { $foo: 1 } } }))).toBe(2);
  });

  it('reads a capped collection on as documents come', async () => {
    const log = await db.createCollection('log', { capped: true, size: 100_000 });
    await log.insertOne({ _id: 1 as unknown as ObjectId });
    const cursor = log.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: 2000 });
    expect(await cursor.next()).toEqual({ _id: 1 });
    const next = cursor.next();
    await log.insertOne({ _id: 2 as unknown as ObjectId });
    expect(await next).toEqual({ _id: 2 });
    await cursor.close();
    expect(await codeOf(people.find({}, { tailable: true }).next())).toBe(2);
  });
});

describe('update', () => {
  beforeEach(() => people.insertMany(numbered(50)));

  it('counts what matched and what changed', async () => {
    await expect(people.updateMany({ n: 3 }, { $set: { n: 3 } })).resolves.toMatchObject({ matchedCount: 5, modifiedCount: 0 });
    await expect(people.updateMany({ n: 3 }, { $inc: { n: 100 } })).resolves.toMatchObject({ matchedCount: 5, modifiedCount: 5 });
    await expect(people.updateOne({ n: 4 }, { $set: { text: 'x' } })).resolves.toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    await expect(people.replaceOne({ _id: 7 }, { fresh: true })).resolves.toMatchObject({ modifiedCount: 1 });
    expect(await people.findOne({ _id: 7 })).toEqual({ _id: 7, fresh: true });
  });

  it('upserts what it does not find', async () => {
    await expect(people.updateOne({ _id: 'new' }, { $set: { a: 1 }, $setOnInsert: { b: 2 } }, { upsert: true })).resolves.toMatchObject({ upsertedCount: 1, upsertedId: 'new' });
    expect(await people.findOne({ _id: 'new' })).toEqual({ _id: 'new', a: 1, b: 2 });
    const reply = await db.command({ update: 'people', updates: [{ q: { _id: 'x' }, u: { $set: { a: 1 } }, upsert: true }, { q: { _id: 1 }, u: { $set: { a: 1 } } }] });
    expect(reply).toMatchObject({ n: 2, nModified: 1, upserted: [{ index: 0, _id: 'x' }] });
  });

  it('changes the array elements that the position and the filters name', async () => {
    await people.insertOne({ _id: 'a', list: [1, 5, 9] });
    await people.updateOne({ _id: 'a', list: { $gt: 3 } }, { $set: { 'list.$': 50 } });
    await people.updateOne({ _id: 'a' }, { $inc: { 'list.$[big]': 1 } }, { arrayFilters: [{ big: { $gte: 9 } }] });
    expect(await people.findOne({ _id: 'a' })).toEqual({ _id: 'a', list: [1, 51, 10] });
  });

  it('takes the constants of a statement as they are, beside the variables of the command', async () => {
    await people.insertOne({ _id: 'c', a: 1 });
    const statement = { q: { _id: 'c' }, u: [{ $set: { a: '$$text', b: '$$sum', n: '$$n' } }], c: { text: '$a', sum: { $add: [1, 2] } } };
    await db.command({ update: 'people', updates: [statement], let: { n: { $add: [1, 2] } } });
    expect(await people.findOne({ _id: 'c' })).toEqual({ _id: 'c', a: '$a', b: { $add: [1, 2] }, n: 3 });
  });

  it('does not meet a document again that it moved within the index it reads', async () => {
    await people.createIndex({ n: 1 });
    await people.updateMany({ n: { $gte: 0 } }, { $inc: { n: 5 } });
    expect((await people.find().toArray()).every(({ _id, n }) => n === ((_id as number) % 10) + 5)).toBe(true);
  });

  it('changes more documents than fit into one commit', async () => {
    const many = db.collection('many');
    await many.insertMany(Array.from({ length: 2500 }, (_, i) => ({ i })));
    await expect(many.updateMany({}, { $set: { done: true } })).resolves.toMatchObject({ matchedCount: 2500, modifiedCount: 2500 });
    await expect(many.deleteMany({ i: { $gte: 100 } })).resolves.toMatchObject({ deletedCount: 2400 });
    expect(await many.countDocuments({ done: true })).toBe(100);
  });

  it('finds the one document behind many, and upserts where there is none', async () => {
    const many = db.collection<{ _id: number | string; [field: string]: any }>('many');
    await many.insertMany(Array.from({ length: 21_000 }, (_, i) => ({ _id: i })));
    await many.insertOne({ _id: 'last', wanted: true });
    expect(await many.findOneAndUpdate({ wanted: true }, { $set: { seen: 1 } }, { returnDocument: 'after' })).toEqual({ _id: 'last', wanted: true, seen: 1 });
    await expect(many.updateOne({ wanted: true }, { $set: { seen: 1 } })).resolves.toMatchObject({ matchedCount: 1, modifiedCount: 0 });
    const loose = await under.engine.clientOf(rootUser.user, rootUser.password, { retryWrites: false });
    const again = loose.db(db.databaseName).collection<{ _id: number | string; [field: string]: any }>('many');
    expect(await again.findOneAndUpdate({ wanted: true }, { $inc: { seen: 1 } }, { returnDocument: 'after' })).toMatchObject({ seen: 2 });
    await expect(again.updateOne({ wanted: true }, { $inc: { seen: 1 } })).resolves.toMatchObject({ modifiedCount: 1 });
    await expect(again.updateOne({ wanted: 'not there' }, { $set: { a: 1 } }, { upsert: true })).resolves.toMatchObject({ upsertedCount: 1 });
    await expect(again.deleteOne({ wanted: true })).resolves.toMatchObject({ deletedCount: 1 });
    expect(await many.countDocuments()).toBe(21_001);
  });

  it('answers each bad statement by itself', async () => {
    await people.createIndexes([{ key: { text: 1 }, unique: true }]);
    const reply = await db.command({ update: 'people', ordered: false, updates: [
      { q: { _id: 1 }, u: { $set: { text: 't2' } } }, { q: { _id: 1 }, u: { $foo: { a: 1 } } }, { q: { _id: 1 }, u: { $set: { _id: 2 } } }, { q: { _id: 1 }, u: { $set: { ok: 1 } } },
    ] });
    expect(reply['n']).toBe(1);
    expect((reply['writeErrors'] as Document[]).map(({ index, code }) => [index as number, code as number])).toEqual([[0, 11000], [1, 9], [2, 66]]);
    expect(await codeOf(db.command({ update: 'people', updates: [{ q: {} }] }))).toBe(40414);
    expect(await codeOf(db.command({ update: 'people', updates: [{ q: {}, u: {}, colour: 1 }] }))).toBe(40415);
  });

  it('refuses documents that the validator does not want', async () => {
    await db.createCollection('strict', { validator: { $jsonSchema: { required: ['a'], properties: { a: { bsonType: 'int' } } } } });
    const strict = db.collection('strict');
    const error = await rejection(strict.insertOne({ a: 'text' }));
    expect(error.code).toBe(121);
    await strict.insertOne({ a: 1 });
    expect(await codeOf(strict.updateOne({}, { $unset: { a: 1 } }))).toBe(121);
    await strict.updateOne({}, { $unset: { a: 1 } }, { bypassDocumentValidation: true });
    expect(await strict.findOne({}, { projection: { _id: 0 } })).toEqual({});
  });
});

describe('a stage that nobody knows', () => {
  it('ends the command before any of its updates is made', async () => {
    const updates = [{ q: {}, u: { $set: { touched: 1 } }, multi: true }, { q: {}, u: [{ $nothing: 1 }] }];
    expect(await codeOf(db.command({ update: 'people', updates }))).toBe(40324);
    expect(await people.countDocuments({ touched: 1 })).toBe(0);
  });
});

describe('delete', () => {
  it('removes one or all', async () => {
    await people.insertMany(numbered(50));
    await expect(people.deleteOne({ n: 3 })).resolves.toMatchObject({ deletedCount: 1 });
    await expect(people.deleteMany({ n: 3 })).resolves.toMatchObject({ deletedCount: 4 });
    await expect(people.deleteMany({ n: 3 })).resolves.toMatchObject({ deletedCount: 0 });
    expect(await codeOf(db.command({ delete: 'people', deletes: [{ q: {}, limit: 2 }] }))).toBe(9);
  });
});

describe('findAndModify', () => {
  beforeEach(() => people.insertMany(numbered(20)));

  it('returns the document as it was or as it is, in the order that was asked for', async () => {
    expect(await people.findOneAndUpdate({ n: 3 }, { $set: { x: 1 } }, { sort: { _id: -1 } })).toEqual({ _id: 13, n: 3, text: 't13' });
    expect(await people.findOneAndUpdate({ n: 3 }, { $set: { x: 2 } }, { returnDocument: 'after', projection: { x: 1 } })).toEqual({ _id: 3, x: 2 });
    expect(await people.findOneAndReplace({ _id: 3 }, { y: 1 }, { returnDocument: 'after' })).toEqual({ _id: 3, y: 1 });
    expect(await people.findOneAndDelete({ _id: 3 })).toEqual({ _id: 3, y: 1 });
    expect(await people.findOneAndDelete({ _id: 3 })).toBeNull();
  });

  it('says what it did', async () => {
    expect(await db.command({ findAndModify: 'people', query: { _id: 'n' }, update: { $set: { a: 1 } }, upsert: true, new: true })).toMatchObject({
      lastErrorObject: { n: 1, updatedExisting: false, upserted: 'n' }, value: { _id: 'n', a: 1 }, ok: 1,
    });
    expect(await db.command({ findAndModify: 'people', query: { _id: 1 }, update: { $set: { a: 1 } } })).toMatchObject({ lastErrorObject: { n: 1, updatedExisting: true } });
    expect(await db.command({ findAndModify: 'people', query: { _id: 'no' }, remove: true })).toMatchObject({ lastErrorObject: { n: 0 }, value: null });
  });

  it('refuses contradictions', async () => {
    expect(await codeOf(db.command({ findAndModify: 'people', remove: true, update: {} }))).toBe(9);
    expect(await codeOf(db.command({ findAndModify: 'people', remove: true, new: true }))).toBe(9);
    expect(await codeOf(db.command({ findAndModify: 'people' }))).toBe(9);
  });
});

describe('count and distinct', () => {
  it('count with filter, skip and limit, and list the values of a field in the order in which a scan meets them', async () => {
    await people.insertMany(numbered(50));
    await people.insertOne({ _id: 'x', n: [1, 77], text: 'x' });
    expect(await db.command({ count: 'people', query: { n: 3 } })).toMatchObject({ n: 5 });
    expect(await db.command({ count: 'people', skip: 45, limit: 10 })).toMatchObject({ n: 6 });
    expect(await db.command({ count: 'nothing' })).toMatchObject({ n: 0 });
    expect(await people.distinct('n')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 77]);
    expect(await people.distinct('text', { n: 3, _id: { $lt: 20 } })).toEqual(['t3', 't13']);
  });
});

describe('bulkWrite', () => {
  it('writes to several collections in one order', async () => {
    const name = db.databaseName;
    const result = await under.client.bulkWrite([
      { namespace: `${name}.a`, name: 'insertOne', document: { _id: 1 as unknown as ObjectId } },
      { namespace: `${name}.b`, name: 'updateOne', filter: { _id: 5 as never }, update: { $set: { x: 1 } }, upsert: true },
      { namespace: `${name}.a`, name: 'updateMany', filter: {}, update: { $set: { y: 2 } } },
      { namespace: `${name}.b`, name: 'deleteOne', filter: { _id: 5 as never } },
    ], { verboseResults: true });
    expect(result).toMatchObject({ insertedCount: 1, upsertedCount: 1, matchedCount: 1, modifiedCount: 1, deletedCount: 1 });
    expect(await db.collection('a').find().toArray()).toEqual([{ _id: 1, y: 2 }]);
  });

  it('stops at the first error, or names each where it is unordered', async () => {
    const ns = `${db.databaseName}.a`;
    const reply = await under.client.db('admin').command({ bulkWrite: 1, ops: [{ insert: 0, document: { _id: 1 } }, { insert: 0, document: { _id: 1 } }, { insert: 0, document: { _id: 2 } }], nsInfo: [{ ns }], ordered: false });
    expect(reply).toMatchObject({ nErrors: 1, nInserted: 2 });
    expect((reply['cursor'] as Document)['firstBatch']).toMatchObject([{ ok: 1, idx: 0, n: 1 }, { ok: 0, idx: 1, code: 11000 }, { ok: 1, idx: 2 }]);
  });
});
