// Answers out of the keys of indexes: the different values of a field, the first document of each group, counts and sums of fields.
import fc from 'fast-check';
import type { Collection, Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
let orders: Collection<AnyDocument>;
beforeAll(async () => {
  test = await startTestEngine();
  orders = test.collection();
  await orders.insertMany(Array.from({ length: 2000 }, (_, n) => ({ _id: n, shop: `s${n % 5}`, state: n % 4, price: n, ...(n % 10 === 0 ? {} : { note: null }) })));
  await orders.createIndexes([{ key: { shop: 1, state: 1, price: -1 } }, { key: { state: 1 } }, { key: { note: 1 } }]);
});
afterAll(() => test.stop());

const stagesOf = (plan: Document): string[] => [String(plan['stage']), ...(plan['inputStage'] === undefined ? [] : stagesOf(plan['inputStage'] as Document))];

interface Explained {
  readonly stages: string[];
  readonly keys: number;
  readonly documents: number;
}

function explained(stats: Document): Explained {
  const { executionStages, totalKeysExamined, totalDocsExamined } = stats['executionStats'] as Document;
  return { stages: stagesOf(executionStages as Document), keys: totalKeysExamined as number, documents: totalDocsExamined as number };
}

async function ofPipeline(pipeline: Document[]): Promise<Explained> {
  const result = (await orders.aggregate(pipeline).explain('executionStats'));
  return explained((result['stages'] as Document[] | undefined)?.[0]?.['$cursor'] as Document | undefined ?? result);
}

const ofDistinct = async (key: string, query: Document = {}): Promise<Explained> =>
  explained(await test.database.command({ explain: { distinct: orders.collectionName, key, query }, verbosity: 'executionStats' }));

describe('distinct', () => {
  it('passes over the documents of a value', async () => {
    const seen = await ofDistinct('shop');
    expect(seen.stages).toEqual(['PROJECTION_COVERED', 'DISTINCT_SCAN']);
    expect([seen.keys < 150, seen.documents]).toEqual([true, 0]);
    expect(await orders.distinct('shop')).toEqual(['s0', 's1', 's2', 's3', 's4']);
  });

  it('does so behind a field that is given, and within a range', async () => {
    expect((await ofDistinct('state', { shop: 's1' })).stages).toEqual(['PROJECTION_COVERED', 'DISTINCT_SCAN']);
    expect(await orders.distinct('state', { shop: 's1' })).toEqual([0, 1, 2, 3]);
    expect((await ofDistinct('shop', { shop: { $gt: 's2' } })).stages).toEqual(['PROJECTION_COVERED', 'DISTINCT_SCAN']);
    expect(await orders.distinct('shop', { shop: { $gt: 's2' } })).toEqual(['s3', 's4']);
    expect((await ofDistinct('shop', { price: 4 })).stages).not.toContain('DISTINCT_SCAN');
    expect(await orders.distinct('shop', { price: 4 })).toEqual(['s4']);
  });

  it('tells null from what is missing', async () => {
    expect(await orders.distinct('note')).toEqual([null]);
    await orders.updateMany({}, { $unset: { note: '' } });
    expect(await orders.distinct('note')).toEqual([]);
  });
});

describe('a pipeline', () => {
  it('groups by a field of an index without reading all of it', async () => {
    const seen = await ofPipeline([{ $group: { _id: '$shop' } }]);
    expect(seen.stages).toEqual(['PROJECTION_COVERED', 'DISTINCT_SCAN']);
    expect(seen.keys).toBeLessThan(150);
    expect((await orders.aggregate([{ $group: { _id: '$shop' } }, { $sort: { _id: 1 } }]).toArray()).map(({ _id }) => _id as unknown)).toEqual(['s0', 's1', 's2', 's3', 's4']);
  });

  it('takes the first document of each group from an index in the order that is asked for', async () => {
    const dearest = [{ $match: { shop: 's2' } }, { $sort: { state: 1, price: -1 } }, { $group: { _id: '$state', price: { $first: '$price' }, id: { $first: '$_id' } } }];
    expect((await ofPipeline(dearest)).stages).toEqual(['FETCH', 'DISTINCT_SCAN']);
    expect(await orders.aggregate([...dearest, { $sort: { _id: 1 } }]).toArray()).toEqual([{ _id: 0, price: 1992, id: 1992 }, { _id: 1, price: 1997, id: 1997 }, { _id: 2, price: 1982, id: 1982 }, { _id: 3, price: 1987, id: 1987 }]);
    const cheapest = [{ $match: { shop: 's2' } }, { $sort: { state: -1, price: 1 } }, { $group: { _id: '$state', price: { $first: '$price' } } }];
    expect((await ofPipeline(cheapest)).stages).toEqual(['FETCH', 'DISTINCT_SCAN']);
    expect(await orders.aggregate([...cheapest, { $sort: { _id: 1 } }]).toArray()).toEqual([{ _id: 0, price: 12 }, { _id: 1, price: 17 }, { _id: 2, price: 2 }, { _id: 3, price: 7 }]);
  });

  it('reads no documents where it asks for fields of an index', async () => {
    const match = { $match: { shop: 's1' } };
    const covered: readonly (readonly [Document[], Document[]])[] = [
      [[match, { $project: { state: 1, price: 1, _id: 0 } }, { $limit: 1 }], [{ state: 0, price: 1996 }]],
      [[match, { $group: { _id: '$state', sum: { $sum: '$price' } } }, { $sort: { _id: 1 } }, { $limit: 1 }], [{ _id: 0, sum: 100_600 }]],
      [[match, { $count: 'n' }], [{ n: 400 }]],
      [[match, { $match: { price: { $lt: 100 } } }, { $sort: { price: 1 } }, { $group: { _id: null, prices: { $push: '$price' } } }], [{ _id: null, prices: Array.from({ length: 20 }, (_, n) => n * 5 + 1) }]],
      [[match, { $sortByCount: '$state' }, { $limit: 1 }, { $project: { count: 1, _id: 0 } }], [{ count: 100 }]],
    ];
    for (const [pipeline, expected] of covered) {
      expect([pipeline, (await ofPipeline(pipeline)).documents]).toEqual([pipeline, 0]);
      expect(await orders.aggregate(pipeline).toArray()).toEqual(expected);
    }
    expect((await ofPipeline([match, { $project: { state: 1 } }])).documents).toBe(400);
    expect(await orders.countDocuments({ shop: 's3', state: { $gte: 2 } })).toBe(200);
  });
});

describe('a count of everything', () => {
  it('is known without reading', async () => {
    for (const pipeline of [[{ $count: 'n' }], [{ $match: {} }, { $group: { _id: null, n: { $sum: 1 } } }], [{ $group: { _id: 'all', n: { $count: {} }, m: { $sum: 1 } } }]]) {
      expect(await ofPipeline(pipeline)).toMatchObject({ stages: ['RECORD_STORE_FAST_COUNT'], keys: 0, documents: 0 });
    }
    expect(await orders.countDocuments()).toBe(2000);
    expect(await orders.countDocuments({}, { skip: 1990, limit: 20 })).toBe(10);
    expect(await orders.aggregate([{ $count: 'n' }, { $project: { m: { $add: ['$n', 1] } } }]).toArray()).toEqual([{ m: 2001 }]);
    expect(await orders.aggregate([{ $group: { _id: 'all', n: { $count: {} }, m: { $sum: 1 } } }]).toArray()).toEqual([{ _id: 'all', n: 2000, m: 2000 }]);
    expect(await orders.aggregate([{ $group: { _id: null, n: { $sum: 2 } } }]).toArray()).toEqual([{ _id: null, n: 4000 }]);
  });

  it('of nothing is none', async () => {
    const empty = test.collection();
    await test.database.createCollection(empty.collectionName);
    expect(await empty.aggregate([{ $count: 'n' }]).toArray()).toEqual([]);
    expect(await empty.aggregate([{ $group: { _id: null, n: { $sum: 1 } } }]).toArray()).toEqual([]);
    expect(await empty.countDocuments()).toBe(0);
  });

  it('sees the changes of its own transaction alone', async () => {
    const session = test.client.startSession();
    const counted = test.collection();
    await counted.insertMany([{ _id: 1 }, { _id: 2 }]);
    session.startTransaction();
    await counted.deleteOne({ _id: 1 }, { session });
    await counted.insertMany([{ _id: 3 }, { _id: 4 }], { session });
    expect([await counted.countDocuments({}, { session }), await counted.countDocuments()]).toEqual([3, 2]);
    await counted.insertOne({ _id: 5 });
    expect(await counted.countDocuments({}, { session })).toBe(3);
    await session.abortTransaction();
    await session.endSession();
    expect(await counted.countDocuments()).toBe(3);
  });

  it('is that of each pipeline that asks for it', async () => {
    const [found] = await orders.aggregate([{ $limit: 1 }, { $lookup: { from: orders.collectionName, pipeline: [{ $count: 'n' }], as: 'all' } }, { $project: { all: 1 } }]).toArray();
    expect(found).toMatchObject({ all: [{ n: 2000 }] });
    expect(await orders.aggregate([{ $facet: { n: [{ $count: 'n' }] } }]).toArray()).toEqual([{ n: [{ n: 2000 }] }]);
  });
});

describe('keys and documents', () => {
  const scalar = fc.constantFrom<unknown>(null, 0, 1, 1.5, 'a', 'b', '', true, new Date(5), { x: 1 });
  const documents = fc.array(fc.record({ a: scalar, b: scalar, c: fc.record({ d: scalar }, { requiredKeys: [] }) }, { requiredKeys: [] }), { maxLength: 25 });
  const field = fc.constantFrom('a', 'b', 'c.d');
  const filter = fc.oneof(fc.constant({}), fc.tuple(field, scalar).map(([name, value]): Document => ({ [name]: value })), fc.tuple(field, scalar).map(([name, value]): Document => ({ [name]: { $gte: value } })));

  const inOrder = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).sort();

  it('say the same', async () => {
    const keyed = test.collection();
    const plain = test.collection();
    await keyed.createIndexes([{ key: { a: 1, b: -1 } }, { key: { b: 1, a: 1 } }, { key: { 'c.d': -1, a: 1 } }]);
    await fc.assert(
      fc.asyncProperty(documents, fc.array(fc.tuple(field, field, filter), { minLength: 1, maxLength: 4 }), async (all, reads) => {
        for (const collection of [keyed, plain]) {
          await collection.deleteMany({});
          if (all.length > 0) await collection.insertMany(all.map((each, _id) => ({ _id, ...each })));
        }
        for (const [path, other, query] of reads) {
          // An index gives the values in its order, a scan as it meets them.
          expect([path, query, inOrder(await keyed.distinct(path, query))]).toEqual([path, query, inOrder(await plain.distinct(path, query))]);
          const pipelines: Document[][] = [
            [{ $match: query }, { $group: { _id: `$${path}` } }, { $sort: { _id: 1 } }],
            [{ $match: query }, { $group: { _id: `$${path}`, n: { $sum: 1 }, most: { $max: `$${other}` } } }, { $sort: { _id: 1 } }],
            [{ $match: query }, { $sort: { [path]: 1, [other]: 1, _id: 1 } }, { $group: { _id: `$${path}`, first: { $first: `$${other}` } } }, { $sort: { _id: 1 } }],
            [{ $match: query }, { $sort: { [path]: -1 } }, { $group: { _id: `$${path}`, first: { $first: `$${path}` } } }, { $sort: { _id: 1 } }],
            [{ $match: query }, { $count: 'n' }],
          ];
          for (const pipeline of pipelines) expect([pipeline, await keyed.aggregate(pipeline).toArray()]).toEqual([pipeline, await plain.aggregate(pipeline).toArray()]);
        }
      }),
      { numRuns: 15 },
    );
  });
});
