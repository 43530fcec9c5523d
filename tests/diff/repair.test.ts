// Nothing is repaired in place.
import { expect, it } from 'vitest';
import { describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('what is damaged', [
  ['is not repaired by validate', { validate: 'items', repair: true }, 72, /can only be performed in standalone mode/u],
]);

const engine = startedEngine();

it('compact frees nothing, because free pages are used again', async () => {
  expect(await engine().client.db('differences').command({ compact: 'items' })).toMatchObject({ bytesFreed: 0, ok: 1 });
});
