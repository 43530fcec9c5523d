// Pipelines that are no more than a find are explained as one; of others the plan stands in `$cursor`, before the stages that are left.
import type { Collection, Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, type EngineUnderTest } from '../running-engine.fixture.js';

let engine: EngineUnderTest;
let items: Collection<{ _id: number } & Document>;

beforeAll(async () => {
  engine = await engineUnderTest({ authorization: false });
  items = (await engine.client()).db('explained').collection('items');
  await items.insertMany(Array.from({ length: 40 }, (_, n) => ({ _id: n, a: n % 4, b: 40 - n, c: { d: n } })));
  await items.createIndexes([{ key: { a: 1, b: 1 } }]);
});

afterAll(() => engine.close());

function stagesOf(plan: Document | undefined): string[] {
  return plan === undefined ? [] : [plan['stage'] as string, ...stagesOf(plan['inputStage'] as Document | undefined)];
}

describe('a pipeline that is no more than a find', () => {
  it.each<[Document[], string[]]>([
    [[{ $match: { a: 1 } }], ['FETCH', 'IXSCAN']],
    [[], ['COLLSCAN']],
    [[{ $match: { a: 1 } }, { $sort: { b: 1 } }], ['FETCH', 'IXSCAN']],
    [[{ $match: { a: 1 } }, { $sort: { c: 1 } }], ['SORT', 'FETCH', 'IXSCAN']],
    [[{ $sort: { c: -1 } }, { $limit: 3 }], ['LIMIT', 'SORT', 'COLLSCAN']],
    [[{ $sort: { c: -1 } }, { $skip: 2 }, { $limit: 3 }], ['LIMIT', 'SKIP', 'SORT', 'COLLSCAN']],
    [[{ $match: { a: 1 } }, { $sort: { b: 1 } }, { $limit: 3 }, { $project: { b: 1 } }], ['PROJECTION_SIMPLE', 'LIMIT', 'FETCH', 'IXSCAN']],
    [[{ $match: { a: 1 } }, { $project: { b: 1, _id: 0 } }], ['PROJECTION_COVERED', 'IXSCAN']],
    [[{ $match: { _id: 3 } }, { $limit: 1 }], ['EXPRESS_IXSCAN']],
  ])('%j', async (pipeline, stages) => {
    const explanation = await items.aggregate(pipeline).explain('executionStats');
    expect(explanation).not.toHaveProperty('stages');
    expect(stagesOf((explanation['queryPlanner'] as Document)['winningPlan'] as Document)).toEqual(stages);
    const { nReturned } = explanation['executionStats'] as { nReturned: number };
    expect(await items.aggregate(pipeline).toArray()).toHaveLength(nReturned);
  });
});

describe('a pipeline that is more than a find', () => {
  it.each<[Document[], string[]]>([
    [[{ $match: { a: 1 } }, { $project: { e: '$b' } }], ['$cursor', '$project']],
    [[{ $match: { a: 1 } }, { $project: { b: 0 } }], ['$cursor', '$project']],
    [[{ $match: { a: 1 } }, { $project: { c: { d: 1 } } }], ['$cursor', '$project']],
    [[{ $sort: { a: 1 } }, { $limit: 3 }, { $skip: 1 }], ['$cursor', '$limit', '$skip']],
    [[{ $match: { a: 1 } }, { $unwind: '$c' }], ['$cursor', '$unwind']],
    [[{ $match: { a: 1 } }, { $limit: 2 }, { $out: 'out' }], ['$cursor', '$out']],
  ])('%j', async (pipeline, stages) => {
    const explanation = await items.aggregate(pipeline).explain('queryPlanner');
    expect((explanation['stages'] as Document[]).map((stage) => Object.keys(stage)[0])).toEqual(stages);
  });
});

it('what a plan does of a pipeline is what the stages would have done', async () => {
  const asStages = { $redact: '$$KEEP' };
  for (const tail of [[{ $skip: 5 }, { $limit: 7 }], [{ $limit: 4 }], [{ $skip: 38 }], [{ $limit: 3 }, { $project: { 'c.d': 1, a: true } }], [{ $project: { _id: 0, b: 1 } }]]) {
    for (const head of [[{ $sort: { a: -1, _id: 1 } }], [{ $match: { a: { $in: [1, 2] } } }, { $sort: { b: 1 } }], [{ $match: { $or: [{ a: 0 }, { b: 3 }] } }]]) {
      expect(await items.aggregate([...head, ...tail]).toArray()).toEqual(await items.aggregate([...head, asStages, ...tail]).toArray());
    }
  }
});

it('more rows may be asked for than 32 bits can count', async () => {
  const explanation = await items.find({}).limit(2 ** 40).explain('queryPlanner');
  expect((explanation['queryPlanner'] as Document)['winningPlan']).toMatchObject({ stage: 'LIMIT', limitAmount: 2 ** 40 });
});
