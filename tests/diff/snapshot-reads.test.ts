// Snapshots belong to transactions.
import { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import type { AnyDocument } from '../compat/engine.fixture.js';
import { describeRefusals, find, startedEngine } from './refusals.fixture.js';

describeRefusals('a read outside of a transaction', [
  ['takes no snapshot', find({}, { readConcern: { level: 'snapshot' } }), 72, /supported in multi-document transactions only/u],
  ['does not look into the past', find({}, { readConcern: { level: 'snapshot', atClusterTime: new Timestamp({ t: 1, i: 1 }) } }), 72, /snapshots of the past are not kept/u],
]);

const engine = startedEngine();

it('a transaction reads one snapshot', async () => {
  const { client } = engine();
  const items = client.db('differences').collection<AnyDocument>('items');
  await client.withSession(async (session) => {
    session.startTransaction({ readConcern: { level: 'snapshot' } });
    expect(await items.countDocuments({}, { session })).toBe(1);
    await items.insertOne({ _id: 2 });
    expect(await items.countDocuments({}, { session })).toBe(1);
    await session.commitTransaction();
  });
});
