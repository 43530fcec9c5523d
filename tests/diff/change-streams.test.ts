// Change streams are refused wherever they are opened.
import { expect, it } from 'vitest';
import { serverError } from '../compat/engine.fixture.js';
import { startedEngine } from './refusals.fixture.js';

const engine = startedEngine();

it.each(['a collection', 'a database', 'the cluster'])('a change stream on %s is refused with 115', async (what) => {
  const { client } = engine();
  const database = client.db('differences');
  const stream = { 'a collection': database.collection('items'), 'a database': database, 'the cluster': client }[what]!.watch();
  const error = await serverError(stream.tryNext());
  expect(error).toMatchObject({ code: 115, message: '$changeStream is not supported by this server: change streams are not available' });
  await stream.close();
});
