// Plans are chosen by rules, anew for every query.
import { expect, it } from 'vitest';
import { describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('the plan cache', [
  ['is not cleared', { planCacheClear: 'items' }, 115, /keeps no plan cache/u],
  ['has no filters', { planCacheSetFilter: 'items', query: {}, indexes: [] }, 115, /keeps no plan cache/u],
  ['is not replaced by query settings', { setQuerySettings: {}, settings: {} }, 115, /no query settings/u, 'admin'],
  ['is not replaced by statistics', { analyze: 'items' }, 115, /plans by rules/u],
]);

const engine = startedEngine();

it('is empty', async () => {
  expect(await engine().client.db('differences').collection('items').aggregate([{ $planCacheStats: {} }]).toArray()).toEqual([]);
});
