// The driver's CRUD calls: the shapes of their results and of their errors.
import { Double, Int32, Long, MongoBulkWriteError, MongoServerError, ObjectId, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
beforeAll(async () => {
  test = await startTestEngine();
});
afterAll(() => test.stop());

describe('insert', () => {
  it('answers with the _id that the driver made', async () => {
    const collection = test.collection();
    const result = await collection.insertOne({ a: 1 });
    expect(result).toEqual({ acknowledged: true, insertedId: expect.any(ObjectId) });
    expect(await collection.findOne()).toEqual({ _id: result.insertedId, a: 1 });
  });

  it('makes an _id on the server where the driver is told not to', async () => {
    const collection = test.collection();
    await collection.insertOne({ a: 1 }, { forceServerObjectId: true });
    const found = await collection.findOne();
    expect(Object.keys(found!)).toEqual(['_id', 'a']);
    expect(found!._id).toBeInstanceOf(ObjectId);
  });

  it('answers many with their _ids by index', async () => {
    const collection = test.collection();
    const result = await collection.insertMany([{ _id: 1 }, { _id: 'x' }, { a: 1 }]);
    expect(result).toEqual({ acknowledged: true, insertedCount: 3, insertedIds: { 0: 1, 1: 'x', 2: expect.any(ObjectId) } });
  });

  it('keeps types and the order of fields', async () => {
    const collection = test.collection();
    const document = new Map<string, unknown>([['_id', 1], ['b', new Double(1)], ['10', Long.fromNumber(5)], ['2', new Int32(7)]]);
    await collection.insertOne(document);
    const raw = await collection.findOne({}, { promoteValues: false });
    expect(raw).toEqual({ _id: new Int32(1), b: new Double(1), 10: Long.fromNumber(5), 2: new Int32(7) });
  });

  it('refuses a second document of the same _id', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1 });
    const error = await serverError(collection.insertOne({ _id: 1 }));
    expect(error.code).toBe(11000);
    expect(error.message).toBe(`E11000 duplicate key error collection: ${collection.namespace} index: _id_ dup key: { _id: 1 }`);
    expect(error.keyPattern).toEqual({ _id: 1 });
    expect(error.keyValue).toEqual({ _id: 1 });
  });

  it('stops at the first error when ordered', async () => {
    const collection = test.collection();
    const error = await bulkError(collection.insertMany([{ _id: 1 }, { _id: 1 }, { _id: 2 }]));
    expect(error.insertedCount).toBe(1);
    expect(error.writeErrors).toHaveLength(1);
    expect(error.writeErrors).toMatchObject([{ index: 1, code: 11000 }]);
    expect(await collection.countDocuments()).toBe(1);
  });

  it('goes on after errors when unordered', async () => {
    const collection = test.collection();
    const error = await bulkError(collection.insertMany([{ _id: 1 }, { _id: 1 }, { _id: 2 }, { _id: 2 }], { ordered: false }));
    expect(error.insertedCount).toBe(2);
    expect(error.writeErrors).toMatchObject([{ index: 1, code: 11000 }, { index: 3, code: 11000 }]);
  });

  it.each<readonly [Document, number, string]>([
    [{ _id: [1] }, 53, "The '_id' value cannot be of type array"],
    [{ _id: /x/ }, 53, "The '_id' value cannot be of type regex"],
  ])('refuses %j', async (document, code, message) => {
    const error = await serverError(test.collection().insertOne(document));
    expect([error.code, error.errmsg]).toEqual([code, message]);
  });
});

describe('update', () => {
  it('answers with counts', async () => {
    const collection = test.collection();
    await collection.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 1 }]);
    expect(await collection.updateOne({ a: 1 }, { $set: { b: 1 } })).toEqual({ acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedCount: 0, upsertedId: null });
    expect(await collection.updateMany({ a: 1 }, { $set: { b: 1 } })).toMatchObject({ matchedCount: 2, modifiedCount: 1 });
    expect(await collection.updateMany({ a: 9 }, { $set: { b: 1 } })).toMatchObject({ matchedCount: 0, modifiedCount: 0 });
  });

  it('upserts and answers with the new _id', async () => {
    const collection = test.collection();
    const result = await collection.updateOne({ a: 1 }, { $set: { b: 2 } }, { upsert: true });
    expect(result).toEqual({ acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 1, upsertedId: expect.any(ObjectId) });
    expect(await collection.findOne()).toEqual({ _id: result.upsertedId, a: 1, b: 2 });
    expect(await collection.updateOne({ _id: 'k' }, { $inc: { n: 1 } }, { upsert: true })).toMatchObject({ upsertedId: 'k' });
  });

  it('replaces', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 1 });
    expect(await collection.replaceOne({ _id: 1 }, { b: 2 })).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    expect(await collection.findOne()).toEqual({ _id: 1, b: 2 });
    expect(await collection.replaceOne({ _id: 2 }, { c: 3 }, { upsert: true })).toMatchObject({ upsertedId: 2 });
  });

  it('refuses a multi update by replacement', async () => {
    const { collectionName } = test.collection();
    const error = await serverError(test.database.command({ update: collectionName, updates: [{ q: {}, u: { a: 1 }, multi: true }] }).then(assertNoWriteErrors));
    expect(error.code).toBe(9);
  });

  it('refuses to change the _id', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1 });
    const error = await serverError(collection.updateOne({ _id: 1 }, { $set: { _id: 2 } }));
    expect([error.code, error.errmsg]).toEqual([66, "Performing an update on the path '_id' would modify the immutable field '_id'"]);
  });

  it('refuses a duplicate of a unique key and changes nothing', async () => {
    const collection = test.collection();
    await collection.createIndex({ email: 1 }, { unique: true }, {});
    await collection.insertMany([{ _id: 1, email: 'a' }, { _id: 2, email: 'b' }]);
    const error = await serverError(collection.updateOne({ _id: 2 }, { $set: { email: 'a' } }));
    expect(error).toMatchObject({ code: 11000, keyPattern: { email: 1 }, keyValue: { email: 'a' } });
    expect(await collection.findOne({ _id: 2 })).toEqual({ _id: 2, email: 'b' });
  });

  it('takes the element that the filter matched for $', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, grades: [80, 85, 90], items: [{ n: 'a', q: 1 }, { n: 'b', q: 2 }] });
    await collection.updateOne({ grades: 85 }, { $set: { 'grades.$': 86 } });
    await collection.updateOne({ items: { $elemMatch: { n: 'b', q: { $gt: 1 } } } }, { $inc: { 'items.$.q': 10 } });
    await collection.updateOne({ 'items.n': 'a' }, { $set: { 'items.$.n': 'z' } });
    expect(await collection.findOne()).toEqual({ _id: 1, grades: [80, 86, 90], items: [{ n: 'z', q: 1 }, { n: 'b', q: 12 }] });
  });

  it('takes arrayFilters', async () => {
    const collection = test.collection();
    await collection.insertMany([{ _id: 1, g: [95, 102, 90] }, { _id: 2, g: [100] }]);
    await collection.updateMany({}, { $set: { 'g.$[e]': 100 } }, { arrayFilters: [{ e: { $gte: 100 } }] });
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([{ _id: 1, g: [95, 100, 90] }, { _id: 2, g: [100] }]);
  });

  it('takes a pipeline with let variables', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 2 });
    await collection.updateOne({}, [{ $set: { b: { $add: ['$a', '$$n'] } } }], { let: { n: 5 } });
    expect(await collection.findOne()).toEqual({ _id: 1, a: 2, b: 7 });
  });

  it('takes a hint, and refuses one of an index that is not there', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 2 });
    await collection.createIndex({ a: 1 });
    expect(await collection.updateOne({ a: 2 }, { $set: { b: 1 } }, { hint: { a: 1 } })).toMatchObject({ modifiedCount: 1 });
    expect((await serverError(collection.updateOne({ a: 2 }, { $set: { b: 1 } }, { hint: 'none' }))).code).toBe(2);
  });
});

describe('delete', () => {
  it('answers with counts', async () => {
    const collection = test.collection();
    await collection.insertMany([{ a: 1 }, { a: 1 }, { a: 2 }]);
    expect(await collection.deleteOne({ a: 1 })).toEqual({ acknowledged: true, deletedCount: 1 });
    expect(await collection.deleteMany({})).toEqual({ acknowledged: true, deletedCount: 2 });
    expect(await collection.deleteMany({})).toEqual({ acknowledged: true, deletedCount: 0 });
  });
});

describe('find and modify', () => {
  it('returns the document from before, or from after', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 1 });
    expect(await collection.findOneAndUpdate({ _id: 1 }, { $inc: { a: 1 } })).toEqual({ _id: 1, a: 1 });
    expect(await collection.findOneAndUpdate({ _id: 1 }, { $inc: { a: 1 } }, { returnDocument: 'after' })).toEqual({ _id: 1, a: 3 });
    expect(await collection.findOneAndUpdate({ _id: 9 }, { $inc: { a: 1 } })).toBeNull();
  });

  it('sorts and projects', async () => {
    const collection = test.collection();
    await collection.insertMany([{ _id: 1, a: 1, b: 1 }, { _id: 2, a: 5, b: 2 }]);
    const found = await collection.findOneAndUpdate({}, { $set: { c: 1 } }, { sort: { a: -1 }, projection: { b: 1 } });
    expect(found).toEqual({ _id: 2, b: 2 });
    expect(await collection.findOneAndDelete({}, { sort: { a: -1 } })).toEqual({ _id: 2, a: 5, b: 2, c: 1 });
  });

  it('reports an upsert', async () => {
    const collection = test.collection();
    const result = await collection.findOneAndUpdate({ k: 1 }, { $set: { a: 1 } }, { upsert: true, returnDocument: 'after', includeResultMetadata: true });
    expect(result.lastErrorObject).toMatchObject({ n: 1, updatedExisting: false, upserted: expect.any(ObjectId) });
    expect(result.value).toEqual({ _id: result.lastErrorObject!['upserted'], k: 1, a: 1 });
    const before = await collection.findOneAndUpdate({ k: 2 }, { $set: { a: 1 } }, { upsert: true, includeResultMetadata: true });
    expect(before.value).toBeNull();
  });

  it('replaces and deletes', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 1 });
    expect(await collection.findOneAndReplace({ _id: 1 }, { b: 1 }, { returnDocument: 'after' })).toEqual({ _id: 1, b: 1 });
    expect(await collection.findOneAndDelete({ _id: 1 })).toEqual({ _id: 1, b: 1 });
    expect(await collection.countDocuments()).toBe(0);
  });
});

describe('bulkWrite', () => {
  it('runs a mixed batch in order and counts each kind', async () => {
    const collection = test.collection();
    const result = await collection.bulkWrite([
      { insertOne: { document: { _id: 1, a: 1 } } },
      { insertOne: { document: { _id: 2, a: 1 } } },
      { updateOne: { filter: { _id: 1 }, update: { $set: { a: 2 } } } },
      { updateMany: { filter: {}, update: { $inc: { n: 1 } } } },
      { updateOne: { filter: { _id: 3 }, update: { $set: { a: 3 } }, upsert: true } },
      { replaceOne: { filter: { _id: 2 }, replacement: { r: 1 } } },
      { deleteOne: { filter: { _id: 1 } } },
    ]);
    expect(result).toMatchObject({ insertedCount: 2, matchedCount: 4, modifiedCount: 4, upsertedCount: 1, deletedCount: 1, upsertedIds: { 4: 3 } });
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([{ _id: 2, r: 1 }, { _id: 3, a: 3 }]);
  });

  it('names the index of the failing operation', async () => {
    const collection = test.collection();
    const operations = [
      { insertOne: { document: { _id: 1 } } },
      { updateOne: { filter: { _id: 1 }, update: { $set: { a: 1 } } } },
      { insertOne: { document: { _id: 1 } } },
      { insertOne: { document: { _id: 2 } } },
    ];
    const ordered = await bulkError(collection.bulkWrite(operations));
    expect(ordered.writeErrors).toMatchObject([{ index: 2, code: 11000 }]);
    expect(await collection.countDocuments()).toBe(1);
    const unordered = await bulkError(collection.bulkWrite(operations, { ordered: false }));
    expect(unordered.writeErrors).toMatchObject([{ index: 0, code: 11000 }, { index: 2, code: 11000 }]);
    expect(await collection.countDocuments()).toBe(2);
  });
});

describe('the command bulkWrite', () => {
  it.each<[string, Document, number]>([
    ['an operation on a namespace that is not listed', { ops: [{ insert: 1, document: {} }], nsInfo: [{ ns: 'compat.bulk' }] }, 2],
    ['a namespace without a collection', { ops: [{ insert: 0, document: {} }], nsInfo: [{ ns: 'compat' }] }, 73],
    ['no operations', { ops: [], nsInfo: [{ ns: 'compat.bulk' }] }, 16],
  ])('refuses %s', async (_name, fields, code) => {
    expect((await serverError(test.client.db('admin').command({ bulkWrite: 1, ...fields }))).code).toBe(code);
  });
});

describe('counting and distinct', () => {
  it('count by filter, by estimate, and the distinct values', async () => {
    const collection = test.collection();
    await collection.insertMany([{ a: [1, 2] }, { a: 2 }, { a: new Double(2) }, { a: null }, {}]);
    expect(await collection.countDocuments({ a: 2 })).toBe(3);
    expect(await collection.countDocuments({}, { skip: 1, limit: 3 })).toBe(3);
    expect(await collection.estimatedDocumentCount()).toBe(5);
    expect(await collection.distinct('a')).toEqual([1, 2, null]);
  });
});

async function bulkError(work: Promise<unknown>): Promise<MongoBulkWriteError> {
  const error = await serverError(work);
  if (error instanceof MongoBulkWriteError) return error;
  throw error;
}

/** A command's write errors do not reject; this makes the first one do so. */
function assertNoWriteErrors(reply: Document): void {
  const [error] = (reply['writeErrors'] ?? []) as Document[];
  if (error !== undefined) throw new MongoServerError(error);
}
