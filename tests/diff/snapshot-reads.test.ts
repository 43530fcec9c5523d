// A snapshot lasts a minute, and the past that nobody has read is gone. MongoDB keeps the last five minutes.
import type { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import type { AnyDocument } from '../compat/engine.fixture.js';
import { serverError } from '../compat/engine.fixture.js';
import { startedEngine } from './refusals.fixture.js';

const engine = startedEngine();

it('a read of a time at which nobody took a snapshot is too old', async () => {
  const database = engine().client.db('differences');
  const { operationTime } = (await database.command({ ping: 1 })) as { operationTime: Timestamp };
  await database.collection<AnyDocument>('items').insertOne({ _id: 'later' });
  const error = await serverError(database.command({ find: 'items', readConcern: { level: 'snapshot', atClusterTime: operationTime } }));
  expect(error.code).toBe(239);
});

it('a transaction reads one snapshot', async () => {
  const { client } = engine();
  const items = client.db('differences').collection<AnyDocument>('others');
  await items.insertOne({ _id: 1 });
  await client.withSession(async (session) => {
    session.startTransaction({ readConcern: { level: 'snapshot' } });
    expect(await items.countDocuments({}, { session })).toBe(1);
    await items.insertOne({ _id: 2 });
    expect(await items.countDocuments({}, { session })).toBe(1);
    await session.commitTransaction();
  });
});
