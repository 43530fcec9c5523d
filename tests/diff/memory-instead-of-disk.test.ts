// Sorts and groups go on in temporary files, as MongoDB's do; other stages that gather documents do not, and may hold more instead.
import { beforeAll, expect, it } from 'vitest';
import { serverError } from '../compat/engine.fixture.js';
import { startedEngine } from './refusals.fixture.js';

const engine = startedEngine();

beforeAll(async () => {
  const { client } = engine();
  await client.db('admin').command({ setParameter: 1, internalDocumentSourceGroupMaxMemoryBytes: 10_000 });
  await client.db('differences').collection('wide').insertMany(Array.from({ length: 20 }, (_, rank) => ({ rank, filling: Buffer.alloc(3000) })));
});

const windows = { $setWindowFields: { sortBy: { rank: 1 }, output: { sum: { $sum: '$rank', window: { documents: ['unbounded', 'current'] } } } } };
const few = { $match: { rank: { $lt: 10 } } };

it('windows over what fits into ten times the limit are done', async () => {
  const found = await engine().client.db('differences').collection('wide').aggregate([few, windows, { $project: { sum: 1 } }]).toArray();
  expect(found.at(-1)).toMatchObject({ sum: 45 });
});

it.each([[[few, windows], { allowDiskUse: false }], [[{ $unionWith: 'wide' }, { $unionWith: 'wide' }, windows], {}]])('windows over more are refused (%#)', async (pipeline, options) => {
  const error = await serverError(engine().client.db('differences').collection('wide').aggregate(pipeline, options).toArray());
  expect(error).toMatchObject({ code: 292, codeName: 'QueryExceededMemoryLimitNoDiskUseAllowed' });
});
