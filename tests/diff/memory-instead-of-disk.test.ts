// What gathers documents does so in memory: 100 MB, and with allowDiskUse, which MongoDB 6 and later assume, 1 GB.
import { beforeAll, expect, it } from 'vitest';
import { serverError } from '../compat/engine.fixture.js';
import { startedEngine } from './refusals.fixture.js';

const engine = startedEngine();
const sorted = [{ $sort: { rank: 1 } }, { $project: { rank: 1 } }];

beforeAll(async () => {
  const wide = engine().client.db('differences').collection('wide');
  const filling = Buffer.alloc(8 * 1024 * 1024);
  for (let rank = 0; rank < 13; rank += 1) await wide.insertOne({ rank: 100 - rank, filling });
});

it('a sort of more than 100 MB is refused with MongoDB\'s error and told what it did not opt into', async () => {
  const error = await serverError(engine().client.db('differences').collection('wide').find().sort({ rank: 1 }).toArray());
  expect(error).toMatchObject({ code: 292, codeName: 'QueryExceededMemoryLimitNoDiskUseAllowed', message: expect.stringContaining('did not opt in to external sorting') as string });
});

it('a sort of more than 100 MB with allowDiskUse is done', async () => {
  const found = await engine().client.db('differences').collection('wide').aggregate(sorted, { allowDiskUse: true }).toArray();
  expect(found.map(({ rank }) => Number(rank))).toEqual(Array.from({ length: 13 }, (_, index) => 88 + index));
});
