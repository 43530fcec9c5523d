// The replica set has one member and stays as it is.
import { UUID, type Document } from 'mongodb';
import { expect, it } from 'vitest';
import { serverError, type AnyDocument } from '../compat/engine.fixture.js';
import { describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('the replica set', [
  ['is not configured anew', { replSetReconfig: {} }, 115, /single-member replica set/u, 'admin'],
  ['does not step down of itself', { replSetStepDown: 60 }, 262, /No electable secondaries/u, 'admin'],
  ['is not frozen', { replSetFreeze: 5 }, 95, /cannot freeze node when primary/u, 'admin'],
]);

const engine = startedEngine();

it('a write for two members is made, and answered with the error that MongoDB gives where there are too few', async () => {
  const { client } = engine();
  const reply = await client.db('differences').command({ insert: 'items', documents: [{ _id: 2 }], writeConcern: { w: 2 } }).catch((error: unknown) => (error as { result: Document }).result);
  expect(reply).toMatchObject({ ok: 1, n: 1, writeConcernError: { code: 100, codeName: 'UnsatisfiableWriteConcern' } });
  expect(await client.db('differences').collection<AnyDocument>('items').countDocuments({ _id: 2 })).toBe(1);
});

it('is primary again at once where it is forced to step down, and its open transactions are over', async () => {
  const { client } = engine();
  const items = client.db('differences').collection<AnyDocument>('items');
  await client.withSession(async (session) => {
    session.startTransaction();
    await items.insertOne({ _id: 'in the old term' }, { session });
    expect(await client.db('admin').command({ replSetStepDown: 5, force: true })).toMatchObject({ ok: 1 });
    expect((await serverError(items.insertOne({ _id: 'later' }, { session }))).code).toBe(251);
    await session.abortTransaction();
  });
  expect(await items.insertOne({ _id: 'in the new term' })).toMatchObject({ acknowledged: true });
  await items.deleteOne({ _id: 'in the new term' });
});

it('is one member, and the primary', async () => {
  const hello = await engine().client.db('admin').command({ hello: 1 });
  expect(hello).toMatchObject({ isWritablePrimary: true, setName: 'rs0', hosts: [expect.any(String) as string] });
});

it('entries of an oplog go to the collection of their name, whatever its UUID is', async () => {
  const { client } = engine();
  const ui = new UUID('00000000-0000-4000-8000-000000000000').toBinary();
  await client.db('admin').command({ applyOps: [{ op: 'c', ns: 'differences.$cmd', ui, o: { create: 'made' } }, { op: 'i', ns: 'differences.made', ui, o: { _id: 1 } }] });
  expect(await client.db('differences').collection('made').countDocuments()).toBe(1);
});
