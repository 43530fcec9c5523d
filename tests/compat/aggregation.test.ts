// Pipelines through the driver: stages over collections, writes of `$out` and `$merge`, cursors, errors.
import { Decimal128, Double, Int32, Long, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
let orders: string;
let products: string;
beforeAll(async () => {
  test = await startTestEngine();
  const orderCollection = test.collection();
  const productCollection = test.collection();
  orders = orderCollection.collectionName;
  products = productCollection.collectionName;
  await orderCollection.insertMany([
    { _id: 1, customer: 'a', items: [{ sku: 'x', n: 2 }, { sku: 'y', n: 1 }], at: new Date('2024-01-15T10:00:00Z'), total: 30 },
    { _id: 2, customer: 'b', items: [{ sku: 'x', n: 1 }], at: new Date('2024-02-20T12:30:00Z'), total: 10 },
    { _id: 3, customer: 'a', items: [], at: new Date('2024-02-21T00:00:00Z'), total: 0 },
    { _id: 4, customer: 'c', items: [{ sku: 'z', n: 5 }], at: new Date('2024-03-01T23:59:59Z'), total: 55.5 },
  ]);
  await productCollection.insertMany([{ _id: 'x', price: 10 }, { _id: 'y', price: 10 }, { _id: 'w', price: 1 }]);
});
afterAll(() => test.stop());

const run = (pipeline: readonly Document[]): Promise<Document[]> => test.database.collection<AnyDocument>(orders).aggregate([...pipeline]).toArray();

type Example = readonly [behaviour: string, pipeline: readonly Document[], result: readonly Document[]];

const examples: readonly Example[] = [
  ['$match and $project', [{ $match: { total: { $gt: 9 } } }, { $project: { customer: 1 } }], [{ _id: 1, customer: 'a' }, { _id: 2, customer: 'b' }, { _id: 4, customer: 'c' }]],
  ['$group sums by key', [{ $group: { _id: '$customer', n: { $sum: 1 }, total: { $sum: '$total' } } }, { $sort: { _id: 1 } }], [{ _id: 'a', n: 2, total: 30 }, { _id: 'b', n: 1, total: 10 }, { _id: 'c', n: 1, total: 55.5 }]],
  ['$group accumulates', [{ $sort: { _id: 1 } }, { $group: { _id: null, first: { $first: '$customer' }, last: { $last: '$customer' }, max: { $max: '$total' }, min: { $min: '$total' }, avg: { $avg: '$total' }, all: { $push: '$_id' } } }], [{ _id: null, first: 'a', last: 'c', max: 55.5, min: 0, avg: 23.875, all: [1, 2, 3, 4] }]],
  ['$unwind drops empty arrays', [{ $unwind: '$items' }, { $project: { sku: '$items.sku' } }], [{ _id: 1, sku: 'x' }, { _id: 1, sku: 'y' }, { _id: 2, sku: 'x' }, { _id: 4, sku: 'z' }]],
  ['$unwind keeps them when asked', [{ $match: { _id: { $in: [2, 3] } } }, { $unwind: { path: '$items', includeArrayIndex: 'i', preserveNullAndEmptyArrays: true } }, { $project: { i: 1, sku: '$items.sku' } }], [{ _id: 2, i: 0, sku: 'x' }, { _id: 3, i: null }]],
  ['$sortByCount', [{ $sortByCount: '$customer' }, { $limit: 1 }], [{ _id: 'a', count: 2 }]],
  ['$count', [{ $match: { customer: 'a' } }, { $count: 'n' }], [{ n: 2 }]],
  ['$count of nothing is no document', [{ $match: { customer: 'q' } }, { $count: 'n' }], []],
  ['$bucket', [{ $bucket: { groupBy: '$total', boundaries: [0, 20, 50], default: 'other', output: { ids: { $push: '$_id' } } } }], [{ _id: 0, ids: [2, 3] }, { _id: 20, ids: [1] }, { _id: 'other', ids: [4] }]],
  ['$facet', [{ $facet: { count: [{ $count: 'n' }], top: [{ $sort: { total: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }] } }], [{ count: [{ n: 4 }], top: [{ _id: 4 }] }]],
  ['$addFields and $replaceRoot', [{ $match: { _id: 2 } }, { $addFields: { month: { $month: '$at' } } }, { $replaceRoot: { newRoot: { m: '$month', c: '$customer' } } }], [{ m: 2, c: 'b' }]],
  ['dates by format', [{ $match: { _id: 4 } }, { $project: { d: { $dateToString: { date: '$at', format: '%Y-%m-%d %H:%M', timezone: 'Europe/Berlin' } } } }], [{ _id: 4, d: '2024-03-02 00:59' }]],
  ['$map, $filter and $reduce', [{ $match: { _id: 1 } }, { $project: { big: { $filter: { input: '$items', cond: { $gt: ['$$this.n', 1] } } }, skus: { $map: { input: '$items', as: 'i', in: { $toUpper: '$$i.sku' } } }, sum: { $reduce: { input: '$items', initialValue: 0, in: { $add: ['$$value', '$$this.n'] } } } } }], [{ _id: 1, big: [{ sku: 'x', n: 2 }], skus: ['X', 'Y'], sum: 3 }]],
  ['$switch and $cond', [{ $sort: { _id: 1 } }, { $limit: 2 }, { $project: { k: { $switch: { branches: [{ case: { $gte: ['$total', 30] }, then: 'big' }], default: 'small' } }, f: { $cond: [{ $eq: ['$_id', 1] }, 'one', '$$REMOVE'] } } }], [{ _id: 1, k: 'big', f: 'one' }, { _id: 2, k: 'small' }]],
  ['$setWindowFields', [{ $setWindowFields: { partitionBy: '$customer', sortBy: { at: 1 }, output: { running: { $sum: '$total', window: { documents: ['unbounded', 'current'] } }, rank: { $rank: {} } } } }, { $match: { customer: 'a' } }, { $project: { running: 1, rank: 1 } }], [{ _id: 1, running: 30, rank: 1 }, { _id: 3, running: 30, rank: 2 }]],
  ['$redact', [{ $match: { _id: { $lte: 2 } } }, { $redact: { $cond: [{ $eq: ['$customer', 'a'] }, '$$KEEP', '$$PRUNE'] } }, { $project: { items: 0, at: 0, total: 0 } }], [{ _id: 1, customer: 'a' }]],
  ['$unset and $set', [{ $match: { _id: 3 } }, { $set: { 'n.m': 1 } }, { $unset: ['items', 'at', 'total'] }], [{ _id: 3, customer: 'a', n: { m: 1 } }]],
];

describe('aggregate', () => {
  it.each(examples.map(([behaviour, pipeline, result]) => ({ behaviour, pipeline, result })))('$behaviour', async ({ pipeline, result }) => {
    expect(await run(pipeline)).toEqual(result);
  });

  it('$lookup by fields, with a pipeline, and of nothing', async () => {
    const byField = await run([{ $match: { _id: 1 } }, { $lookup: { from: products, localField: 'items.sku', foreignField: '_id', as: 'p' } }, { $project: { p: { $sortArray: { input: '$p', sortBy: { _id: 1 } } } } }]);
    expect(byField).toEqual([{ _id: 1, p: [{ _id: 'x', price: 10 }, { _id: 'y', price: 10 }] }]);
    const byPipeline = await run([
      { $match: { _id: { $in: [3, 4] } } },
      { $lookup: { from: products, let: { t: '$total' }, pipeline: [{ $match: { $expr: { $gt: ['$price', '$$t'] } } }, { $project: { _id: 1 } }, { $sort: { _id: 1 } }], as: 'p' } },
      { $project: { p: 1 } },
    ]);
    expect(byPipeline).toEqual([{ _id: 3, p: [{ _id: 'w' }, { _id: 'x' }, { _id: 'y' }] }, { _id: 4, p: [] }]);
    expect(await run([{ $match: { _id: 4 } }, { $lookup: { from: 'nowhere', localField: 'a', foreignField: 'b', as: 'p' } }, { $project: { p: 1 } }])).toEqual([{ _id: 4, p: [] }]);
  });

  it('$unionWith and $graphLookup', async () => {
    expect(await run([{ $project: { _id: 1 } }, { $unionWith: { coll: products, pipeline: [{ $project: { _id: 1 } }] } }, { $count: 'n' }])).toEqual([{ n: 7 }]);
    const tree = test.collection();
    await tree.insertMany([{ _id: 1 }, { _id: 2, parent: 1 }, { _id: 3, parent: 2 }, { _id: 4, parent: 3 }]);
    const found = await tree
      .aggregate([
        { $match: { _id: 4 } },
        { $graphLookup: { from: tree.collectionName, startWith: '$parent', connectFromField: 'parent', connectToField: '_id', as: 'up', depthField: 'd' } },
        { $project: { up: { $map: { input: { $sortArray: { input: '$up', sortBy: { d: 1 } } }, in: '$$this._id' } } } },
      ])
      .toArray();
    expect(found).toEqual([{ _id: 4, up: [3, 2, 1] }]);
  });

  it('$out replaces a collection', async () => {
    const target = test.collection();
    await target.insertOne({ old: true });
    await run([{ $project: { customer: 1 } }, { $out: target.collectionName }]);
    expect(await target.find().sort({ _id: 1 }).toArray()).toEqual([{ _id: 1, customer: 'a' }, { _id: 2, customer: 'b' }, { _id: 3, customer: 'a' }, { _id: 4, customer: 'c' }]);
  });

  it('$merge keeps, replaces, fails or runs a pipeline', async () => {
    const target = test.collection();
    await target.insertMany([{ _id: 1, kept: true, n: 1 }]);
    const merge = (options: Document): Promise<Document[]> => run([{ $match: { _id: { $lte: 2 } } }, { $project: { customer: 1 } }, { $merge: { into: target.collectionName, ...options } }]);
    await merge({});
    expect(await target.find().sort({ _id: 1 }).toArray()).toEqual([{ _id: 1, kept: true, n: 1, customer: 'a' }, { _id: 2, customer: 'b' }]);
    await merge({ whenMatched: [{ $set: { n: { $add: [{ $ifNull: ['$n', 0] }, 10] }, from: '$$new.customer' } }] });
    expect(await target.findOne({ _id: 1 })).toEqual({ _id: 1, kept: true, n: 11, customer: 'a', from: 'a' });
    await merge({ whenMatched: 'replace' });
    expect(await target.findOne({ _id: 1 })).toEqual({ _id: 1, customer: 'a' });
    expect((await serverError(merge({ whenMatched: 'fail' }))).code).toBe(11000);
    await merge({ whenMatched: 'keepExisting', whenNotMatched: 'discard' });
    expect(await target.countDocuments()).toBe(2);
  });

  it('keeps the types of numbers through arithmetic', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, i: new Int32(2147483647), l: Long.fromNumber(1), d: new Double(2), m: Decimal128.fromString('0.10') });
    const [found] = await collection
      .aggregate([{ $project: { _id: 0, grown: { $add: ['$i', 1] }, long: { $add: ['$l', 1] }, double: { $multiply: ['$d', 3] }, decimal: { $add: ['$m', 1] }, quotient: { $divide: [6, 3] } } }], { promoteValues: false })
      .toArray();
    expect(found).toEqual({ grown: Long.fromNumber(2147483648), long: Long.fromNumber(2), double: new Double(6), decimal: Decimal128.fromString('1.10'), quotient: new Double(2) });
  });

  it('delivers over many batches', async () => {
    const collection = test.collection();
    await collection.insertMany(Array.from({ length: 700 }, (_, _id) => ({ _id, g: _id % 350 })));
    const groups = await collection.aggregate([{ $group: { _id: '$g', n: { $sum: 1 } } }, { $sort: { _id: 1 } }], { batchSize: 50 }).toArray();
    expect(groups).toHaveLength(350);
    expect(groups[349]).toEqual({ _id: 349, n: 2 });
  });

  it('runs without a collection', async () => {
    expect(await test.database.aggregate([{ $documents: [{ a: 1 }, { a: 2 }] }, { $match: { a: 2 } }]).toArray()).toEqual([{ a: 2 }]);
  });

  it.each<readonly [number, readonly Document[]]>([
    [40324, [{ $foo: {} }]],
    [40323, [{ $match: {}, $limit: 1 }]],
    [31325, [{ $project: { a: { $foo: 1 } } }]],
    [168, [{ $group: { _id: { $foo: 1 } } }]],
    [40601, [{ $out: 'x' }, { $match: {} }]],
    [17276, [{ $project: { a: '$$nope' } }]],
    [15958, [{ $limit: 0 }]],
    [15955, [{ $group: { a: { $sum: 1 } } }]],
    [2, [{ $project: { a: { $divide: [1, 0] } } }]],
  ])('fails with %i for %j', async (code, pipeline) => {
    expect((await serverError(run(pipeline))).code).toBe(code);
  });
});
