// Plans are chosen by rules, anew for every query. Index filters are heeded; there is nothing else to cache or to set.
import { expect, it } from 'vitest';
import { describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('the plan cache', [
  ['is not replaced by query settings', { setQuerySettings: {}, settings: {} }, 115, /no query settings/u, 'admin'],
  ['is not replaced by statistics', { analyze: 'items' }, 115, /plans by rules/u],
  ['has no statistics of queries', { aggregate: 1, pipeline: [{ $queryStats: {} }], cursor: {} }, 115, /no query statistics/u, 'admin'],
]);

const engine = startedEngine();

it('is empty, and cleared without effect', async () => {
  const database = engine().client.db('differences');
  await database.collection('items').findOne({ a: 1 });
  expect(await database.command({ planCacheClear: 'items' })).toMatchObject({ ok: 1 });
  expect(await database.collection('items').aggregate([{ $planCacheStats: {} }]).toArray()).toEqual([]);
});
