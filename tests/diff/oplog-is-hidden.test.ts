// The oplog belongs to the engine: clients see an empty `local`.
import { expect, it } from 'vitest';
import { startedEngine } from './refusals.fixture.js';

const engine = startedEngine();

it('the oplog is not to be read through local.oplog.rs', async () => {
  const local = engine().client.db('local');
  expect(await local.collection('oplog.rs').find().toArray()).toEqual([]);
  expect(await local.listCollections().toArray()).toEqual([]);
});
