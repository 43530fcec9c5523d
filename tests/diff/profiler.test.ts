// Nothing is profiled.
import { expect, it } from 'vitest';
import { describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('the profiler', [
  ['is not switched on', { profile: 1 }, 115, /no profiler; use currentOp, top and explain/u],
  ['keeps no statistics of queries', { aggregate: 1, pipeline: [{ $queryStats: {} }], cursor: {} }, 115, /\$queryStats is not supported/u, 'admin'],
]);

const engine = startedEngine();

it('is at level 0 and may be switched off', async () => {
  expect(await engine().client.db('differences').command({ profile: -1 })).toMatchObject({ was: 0, ok: 1 });
  expect(await engine().client.db('differences').command({ profile: 0 })).toMatchObject({ was: 0, ok: 1 });
});
