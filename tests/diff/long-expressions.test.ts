// One document's expression may not keep the engine's thread for long.
import { expect, it } from 'vitest';
import { serverError } from '../compat/engine.fixture.js';
import { startedEngine } from './refusals.fixture.js';

const engine = startedEngine();

/** Eighty thousand million rounds. */
const endless = { $map: { input: { $range: ['$a', 300_000] }, in: { $size: { $filter: { input: { $range: ['$a', 300_000] }, cond: { $gt: ['$$this', 1] } } } } } };

it('an expression that would take hours is ended after seconds, without any limit of the client\'s', async () => {
  const { client } = engine();
  const error = await serverError(client.db('differences').collection('items').aggregate([{ $project: { endless: { $size: endless } } }]).toArray());
  expect(error).toMatchObject({ code: 50, message: expect.stringContaining('took longer than 2000 ms for one document') as string });
});

it('an expression ends when maxTimeMS says so', async () => {
  const { client } = engine();
  const error = await serverError(client.db('differences').collection('items').find({ $expr: { $gt: [{ $size: endless }, 0] } }, { maxTimeMS: 50 }).toArray());
  expect(error).toMatchObject({ code: 50, message: expect.stringContaining('operation exceeded time limit') as string });
});
