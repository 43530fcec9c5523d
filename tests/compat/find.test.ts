// Filters, projections, sorts and array semantics through the driver: each case names what it finds.
import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
beforeAll(async () => {
  test = await startTestEngine();
});
afterAll(() => test.stop());

const people: readonly AnyDocument[] = [
  { _id: 1, name: 'Ada', age: 36, tags: ['math', 'code'], address: { city: 'London', zip: 'N1' }, scores: [5, 9] },
  { _id: 2, name: 'Bob', age: 20, tags: [], address: { city: 'Paris' }, scores: [1, 2, 3] },
  { _id: 3, name: 'cyd', age: null, tags: 'math', pets: [{ kind: 'cat', age: 3 }, { kind: 'dog', age: 9 }] },
  { _id: 4, name: 'Dee', age: new Double(20), tags: ['code', ['math']], pets: [{ kind: 'dog', age: 3 }] },
  { _id: 5, age: Long.fromNumber(50), scores: 9, address: [{ city: 'Rome' }, { city: 'Oslo' }] },
  { _id: 6, name: 'Eve', age: Decimal128.fromString('20.5'), scores: [], nested: { a: { b: [{ c: 1 }, { c: 2 }] } } },
];

const filters: readonly (readonly [filter: Document, ids: readonly number[]])[] = [
  [{}, [1, 2, 3, 4, 5, 6]],
  [{ age: 20 }, [2, 4]],
  [{ age: { $gt: 20 } }, [1, 5, 6]],
  [{ age: { $gte: 20, $lt: 37 } }, [1, 2, 4, 6]],
  [{ age: null }, [3]],
  [{ pets: null }, [1, 2, 5, 6]],
  [{ name: { $exists: false } }, [5]],
  [{ age: { $exists: true } }, [1, 2, 3, 4, 5, 6]],
  [{ age: { $ne: 20 } }, [1, 3, 5, 6]],
  [{ age: { $in: [20, 50] } }, [2, 4, 5]],
  [{ age: { $nin: [20, 50] } }, [1, 3, 6]],
  [{ name: { $in: [/^a/i, 'Bob'] } }, [1, 2]],
  [{ name: /^[A-C]/ }, [1, 2]],
  [{ name: { $regex: '^c', $options: 'i' } }, [3]],
  [{ name: { $not: /^[A-D]/ } }, [3, 5, 6]],
  [{ name: { $gt: 'Bob' } }, [3, 4, 6]],
  [{ tags: 'math' }, [1, 3]],
  [{ tags: ['math'] }, [4]],
  [{ tags: [] }, [2]],
  [{ tags: { $size: 2 } }, [1, 4]],
  [{ tags: { $all: ['code', 'math'] } }, [1]],
  [{ tags: { $all: ['math'] } }, [1, 3]],
  [{ 'tags.0': 'code' }, [4]],
  [{ scores: { $gt: 2, $lt: 2 } }, [2]],
  [{ scores: { $elemMatch: { $gt: 2, $lt: 6 } } }, [1, 2]],
  [{ scores: 9 }, [1, 5]],
  [{ scores: { $mod: [3, 0] } }, [1, 2, 5]],
  [{ 'pets.kind': 'cat', 'pets.age': 9 }, [3]],
  [{ pets: { $elemMatch: { kind: 'cat', age: 9 } } }, []],
  [{ pets: { $elemMatch: { kind: 'dog', age: { $gte: 3 } } } }, [3, 4]],
  [{ 'address.city': 'Oslo' }, [5]],
  [{ 'address.0.city': 'Rome' }, [5]],
  [{ address: { city: 'Paris' } }, [2]],
  [{ address: { zip: 'N1', city: 'London' } }, []],
  [{ 'nested.a.b.c': 2 }, [6]],
  [{ 'nested.a.b.1.c': 2 }, [6]],
  [{ $or: [{ age: 36 }, { name: 'Bob' }] }, [1, 2]],
  [{ $nor: [{ age: 36 }, { name: 'Bob' }] }, [3, 4, 5, 6]],
  [{ $and: [{ age: { $gte: 20 } }, { tags: 'code' }] }, [1, 4]],
  [{ age: { $not: { $gt: 20 } } }, [2, 3, 4]],
  [{ age: { $type: 'decimal' } }, [6]],
  [{ age: { $type: 'number' } }, [1, 2, 4, 5, 6]],
  [{ age: { $type: ['null', 'double'] } }, [3, 4]],
  [{ tags: { $type: 'array' } }, [1, 2, 4]],
  [{ $expr: { $gt: ['$age', 30] } }, [1, 5]],
  [{ $expr: { $eq: [{ $size: { $ifNull: ['$pets', []] } }, 2] } }, [3]],
  [{ $jsonSchema: { required: ['pets'] } }, [3, 4]],
  [{ age: { $bitsAllSet: 4 } }, [1, 2, 4]],
  [{ _id: { $gte: 2, $lte: 4 } }, [2, 3, 4]],
  [{ _id: { $lt: '2' } }, []],
  [{ $comment: 'none', _id: 1 }, [1]],
];

describe('filters', () => {
  let collectionName: string;
  beforeAll(async () => {
    const collection = test.collection();
    collectionName = collection.collectionName;
    await collection.insertMany([...people]);
  });

  const idsOf = async (filter: Document): Promise<unknown[]> =>
    (await test.database.collection<AnyDocument>(collectionName).find(filter).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);

  it.each(filters)('%j finds %j', async (filter, ids) => {
    expect(await idsOf(filter)).toEqual(ids);
  });

  it('find the same through every index', async () => {
    const collection = test.database.collection<AnyDocument>(collectionName);
    for (const key of ['age', 'name', 'tags', 'scores', 'pets.kind', 'address.city', 'nested.a.b.c']) await collection.createIndex({ [key]: 1 });
    await collection.createIndex({ age: -1, name: 1 });
    for (const [filter, ids] of filters) expect([filter, await idsOf(filter)]).toEqual([filter, ids]);
  });

  it.each<readonly [Document, number, string | RegExp]>([
    [{ a: { $foo: 1 } }, 2, 'unknown operator: $foo'],
    [{ $foo: 1 }, 2, /^unknown top level operator: \$foo/],
    [{ a: { $in: 1 } }, 2, '$in needs an array'],
    [{ $or: [] }, 2, '$and/$or/$nor must be a nonempty array'],
    [{ $or: {} }, 2, '$or must be an array'],
    [{ a: { $size: -1 } }, 2, /^Failed to parse \$size/],
    [{ a: { $mod: [0, 1] } }, 2, 'divisor cannot be 0'],
    [{ a: { $regex: '(' } }, 51091, /^Regular expression is invalid/],
  ])('%j is refused with %i', async (filter, code, message) => {
    const error = await serverError(test.database.collection(collectionName).find(filter).toArray());
    expect(error.code).toBe(code);
    expect(error.errmsg).toMatch(message);
  });
});

const projections: readonly (readonly [projection: Document, result: Document])[] = [
  [{ a: 1 }, { _id: 1, a: 1 }],
  [{ a: 1, _id: 0 }, { a: 1 }],
  [{ b: 1, a: 1 }, { _id: 1, a: 1, b: { c: 2, d: 3 } }],
  [{ a: 0 }, { _id: 1, b: { c: 2, d: 3 }, list: [1, 2, 3, 4], docs: [{ x: 1, y: 2 }, { x: 3, y: 4 }] }],
  [{ 'b.c': 1 }, { _id: 1, b: { c: 2 } }],
  [{ b: { c: 1 } }, { _id: 1, b: { c: 2 } }],
  [{ 'b.c': 0, list: 0, docs: 0 }, { _id: 1, a: 1, b: { d: 3 } }],
  [{ 'docs.x': 1 }, { _id: 1, docs: [{ x: 1 }, { x: 3 }] }],
  [{ list: { $slice: 2 }, a: 1 }, { _id: 1, a: 1, list: [1, 2] }],
  [{ list: { $slice: -1 }, docs: 0 }, { _id: 1, a: 1, b: { c: 2, d: 3 }, list: [4] }],
  [{ list: { $slice: [1, 2] }, _id: 1 }, { _id: 1, list: [2, 3] }],
  [{ docs: { $elemMatch: { x: 3 } } }, { _id: 1, docs: [{ x: 3, y: 4 }] }],
  [{ sum: { $add: ['$a', '$b.c'] } }, { _id: 1, sum: 3 }],
  [{ a: '$b.d' }, { _id: 1, a: 3 }],
  [{ missing: 1 }, { _id: 1 }],
  [{ _id: 1 }, { _id: 1 }],
  [{ _id: 0, a: 0, b: 0, docs: 0 }, { list: [1, 2, 3, 4] }],
];

describe('projections', () => {
  let collectionName: string;
  beforeAll(async () => {
    const collection = test.collection();
    collectionName = collection.collectionName;
    await collection.insertOne({ _id: 1, a: 1, b: { c: 2, d: 3 }, list: [1, 2, 3, 4], docs: [{ x: 1, y: 2 }, { x: 3, y: 4 }] });
  });

  it.each(projections)('%j gives %j', async (projection, result) => {
    expect(await test.database.collection(collectionName).findOne({}, { projection })).toEqual(result);
  });

  it('the positional $ gives the element that matched', async () => {
    const found = await test.database.collection(collectionName).findOne({ 'docs.x': 3 }, { projection: { 'docs.$': 1 } });
    expect(found).toEqual({ _id: 1, docs: [{ x: 3, y: 4 }] });
  });

  it.each<readonly [Document, number]>([
    [{ a: 1, b: 0 }, 31254],
    [{ a: 0, b: 1 }, 31253],
    [{ a: 1, 'a.b': 1 }, 31249],
    [{ 'a.b': 1, a: 1 }, 31250],
  ])('%j is refused with %i', async (projection, code) => {
    const error = await serverError(test.database.collection(collectionName).findOne({}, { projection }));
    expect(error.code).toBe(code);
  });
});

describe('sorts', () => {
  it('put all types in one order', async () => {
    const collection = test.collection();
    const id = new ObjectId();
    const values = [new MinKey(), null, new Double(NaN), new Double(-Infinity), -1, Long.fromNumber(0), Decimal128.fromString('0.5'), new Double(1), 'A', 'a', { a: 1 }, { b: 0 }, new Binary(Buffer.from('x')), id, false, true, new Date(0), new Timestamp({ t: 1, i: 1 }), /a/, new MaxKey()];
    await collection.insertMany(values.map((v, _id) => ({ _id, v })).reverse());
    const order = await collection.find().sort({ v: 1 }).toArray();
    expect(order.map(({ _id }) => _id)).toEqual(values.map((_value, index) => index));
    await collection.createIndex({ v: 1 });
    const byIndex = await collection.find().sort({ v: -1 }).hint({ v: 1 }).toArray();
    expect(byIndex.map(({ _id }) => _id)).toEqual(values.map((_value, index) => index).reverse());
  });

  it('take the least element of an array ascending and the greatest descending', async () => {
    const collection = test.collection();
    await collection.insertMany([{ _id: 1, a: [5, 10] }, { _id: 2, a: 7 }, { _id: 3, a: [] }, { _id: 4 }]);
    const ids = async (sort: 1 | -1): Promise<unknown[]> => (await collection.find().sort({ a: sort, _id: 1 }).toArray()).map(({ _id }) => _id);
    expect(await ids(1)).toEqual([3, 4, 1, 2]);
    expect(await ids(-1)).toEqual([1, 2, 4, 3]);
  });

  it('go with skip and limit', async () => {
    const collection = test.collection();
    await collection.insertMany(Array.from({ length: 20 }, (_, index) => ({ _id: index, g: index % 3 })));
    const found = await collection.find({ g: { $ne: 1 } }).sort({ g: -1, _id: 1 }).skip(2).limit(3).toArray();
    expect(found.map(({ _id }) => _id)).toEqual([8, 11, 14]);
  });
});

describe('cursors', () => {
  it('deliver everything over many batches', async () => {
    const collection = test.collection();
    await collection.insertMany(Array.from({ length: 1050 }, (_, index) => ({ _id: index })));
    let count = 0;
    for await (const { _id } of collection.find().sort({ _id: 1 }).batchSize(100)) {
      expect(_id).toBe(count);
      count += 1;
    }
    expect(count).toBe(1050);
  });

  it('end when they are closed', async () => {
    const collection = test.collection();
    await collection.insertMany(Array.from({ length: 10 }, (_, index) => ({ _id: index })));
    const cursor = collection.find().batchSize(2);
    await cursor.next();
    const id = cursor.id!;
    await cursor.close();
    const error = await serverError(test.database.command({ getMore: id, collection: collection.collectionName }));
    expect(error.code).toBe(43);
  });

  it('of a missing collection are empty', async () => {
    expect(await test.database.collection('nowhere').find().toArray()).toEqual([]);
  });

  it('hold a collation', async () => {
    const collection = test.collection();
    await collection.insertMany([{ _id: 1, n: 'a' }, { _id: 2, n: 'A' }, { _id: 3, n: 'b' }]);
    const found = await collection.find({ n: 'A' }, { collation: { locale: 'en', strength: 2 } }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual([1, 2]);
  });
});
