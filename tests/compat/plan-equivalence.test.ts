// Whatever plan the engine takes, the answer is the same: random documents and filters, by every index and by none.
import fc from 'fast-check';
import { Double, Long, type Collection, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
let collection: Collection<AnyDocument>;
let next = 0;

beforeAll(async () => {
  test = await startTestEngine();
  collection = test.collection();
  await collection.createIndex({ a: 1 });
  await collection.createIndex({ b: -1, a: 1 });
  await collection.createIndex({ 'c.d': 1 });
  await collection.createIndex({ a: 1, 'c.d': -1 });
  await collection.createIndex({ b: 1 }, { sparse: true, name: 'sparse' }, {});
  await collection.createIndex({ 'c.$**': -1 });
  await collection.createIndex({ e: 1, '$**': 1 }, { wildcardProjection: { a: 1, b: 1 } }, {});
  await collection.createIndex({ e: 1 }, { partialFilterExpression: { a: { $gte: 2 } } }, {});
});
afterAll(() => test.stop());

const scalar = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0, max: 5 }).map((n) => new Double(n + 0.5)),
  fc.integer({ min: 0, max: 5 }).map((n) => Long.fromNumber(n)),
  fc.constantFrom(null, 'a', 'b', 'ab', '', true, false, new Date(3)),
);
const value = fc.oneof({ weight: 3, arbitrary: scalar }, fc.array(scalar, { maxLength: 3 }), fc.record({ d: scalar }, { requiredKeys: [] }), fc.array(fc.record({ d: scalar }), { maxLength: 2 }));
const flat = fc.oneof(scalar, fc.record({ d: scalar }, { requiredKeys: [] }));
/** One field may hold arrays: no index could take a document with two. */
const document = fc.oneof(...(['a', 'b', 'c'] as const).map((wide) => fc.record({ a: flat, b: flat, c: flat, e: scalar, [wide]: value }, { requiredKeys: [] })));

const condition = fc.oneof(
  scalar.map((operand) => ({ $eq: operand })),
  scalar.map((operand) => ({ $gt: operand })),
  scalar.map((operand) => ({ $gte: operand })),
  scalar.map((operand) => ({ $lt: operand })),
  scalar.map((operand) => ({ $lte: operand })),
  scalar.map((operand) => ({ $ne: operand })),
  fc.array(scalar, { maxLength: 3 }).map((operands) => ({ $in: operands })),
  fc.array(scalar, { maxLength: 2 }).map((operands) => ({ $nin: operands })),
  fc.boolean().map((exists) => ({ $exists: exists })),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $gte: low, $lt: high })),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $elemMatch: { $gte: low, $lte: high } })),
  fc.array(scalar, { minLength: 1, maxLength: 2 }).map((operands) => ({ $all: operands })),
  fc.constantFrom({ $size: 1 }, { $type: 'number' }, { $type: 'string' }, { $type: 'array' }, { $regex: '^a' }, { $mod: [2, 1] }),
  fc.tuple(scalar, scalar).map(([low, operand]) => ({ $gt: low, $ne: operand })),
  scalar.map((operand) => ({ $not: { $gt: operand } })),
  scalar.map((operand) => ({ $not: { $lte: operand } })),
  scalar.map((operand) => ({ $elemMatch: { d: operand } })),
  scalar.map((operand) => ({ $elemMatch: { d: { $gte: operand }, e: { $exists: false } } })),
  fc.array(scalar, { maxLength: 2 }).map((operand) => ({ $eq: operand })),
  fc.array(scalar, { maxLength: 2 }).map((operand) => ({ $in: [operand, 1] })),
  fc.record({ d: scalar }).map((operand) => ({ $gte: operand })),
);
const path = fc.constantFrom('a', 'b', 'c', 'c.d', 'e');
const simple = fc.tuple(path, condition).map(([field, operand]) => ({ [field]: operand }));
const filter: fc.Arbitrary<Document> = fc.oneof(
  simple,
  fc.tuple(simple, simple).map(([left, right]) => ({ $and: [left, right] })),
  fc.array(simple, { minLength: 1, maxLength: 3 }).map((branches) => ({ $or: branches })),
  fc.tuple(simple, simple, simple).map(([first, second, third]) => ({ $and: [first, { $or: [second, third] }] })),
  fc.tuple(simple, simple, simple).map(([first, second, third]) => ({ $or: [first, { $and: [second, third] }] })),
  fc.tuple(simple, simple).map(([first, second]) => ({ $nor: [first, second] })),
  fc.tuple(simple, simple).map(([first, second]) => ({ $and: [first, { $nor: [second] }] })),
);
const sort = fc.constantFrom<Document>({ _id: 1 }, { a: 1, _id: 1 }, { a: -1, _id: 1 }, { b: -1, a: 1, _id: 1 }, { 'c.d': 1, _id: 1 }, { e: 1, _id: -1 });

/** The indexes that have every document. */
const fullIndexes = ['a_1', 'b_-1_a_1', 'c.d_1', 'a_1_c.d_-1'];

async function load(documents: readonly Document[]): Promise<number> {
  await collection.deleteMany({});
  const first = next;
  next += documents.length;
  if (documents.length > 0) await collection.insertMany(documents.map((fields, index) => ({ _id: first + index, ...fields })));
  return first;
}

describe('plans', () => {
  it('find what a scan of the collection finds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { maxLength: 12 }), fc.array(filter, { minLength: 1, maxLength: 6 }), async (documents, filters) => {
        await load(documents);
        for (const query of filters) {
          const planned = await collection.find(query).toArray();
          const scanned = await collection.find(query).hint({ $natural: 1 }).toArray();
          const ids = (found: readonly AnyDocument[]): unknown[] => found.map(({ _id }) => _id as number).sort((x, y) => x - y);
          expect([query, ids(planned)]).toEqual([query, ids(scanned)]);
          expect([query, await collection.countDocuments(query)]).toEqual([query, scanned.length]);
          for (const name of fullIndexes) expect([query, name, ids(await collection.find(query).hint(name).toArray())]).toEqual([query, name, ids(scanned)]);
        }
      }),
      { numRuns: 40, examples: [[[{ b: 1 }], [{ $and: [{ b: { $gt: null } }, { b: { $eq: 1 } }] }]]] },
    );
  });

  it('sort as a scan of the collection sorts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { maxLength: 12 }), filter, sort, fc.nat({ max: 3 }), fc.nat({ max: 4 }), async (documents, query, order, skip, limit) => {
        await load(documents);
        const planned = await collection.find(query).sort(order).skip(skip).limit(limit).toArray();
        const scanned = await collection.find(query).sort(order).skip(skip).limit(limit).hint({ $natural: 1 }).toArray();
        expect([query, order, planned]).toEqual([query, order, scanned]);
      }),
      { numRuns: 40 },
    );
  });

  it('find the same in a pipeline', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { maxLength: 10 }), filter, sort, async (documents, query, order) => {
        await load(documents);
        const found = await collection.find(query).sort(order).toArray();
        expect(await collection.aggregate([{ $match: query }, { $sort: order }]).toArray()).toEqual(found);
        expect(await collection.aggregate([{ $sort: order }, { $match: query }]).toArray()).toEqual(found);
      }),
      { numRuns: 20 },
    );
  });

  it('update and delete what a find finds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { maxLength: 10 }), filter, async (documents, query) => {
        await load(documents);
        const matching = await collection.countDocuments(query);
        expect(await collection.updateMany(query, { $set: { touched: true } })).toMatchObject({ matchedCount: matching, modifiedCount: matching });
        expect(await collection.countDocuments({ touched: true })).toBe(matching);
        expect(await collection.deleteMany(query)).toMatchObject({ deletedCount: matching });
        expect(await collection.countDocuments({ touched: true })).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});
