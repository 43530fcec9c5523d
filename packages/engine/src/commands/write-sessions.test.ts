import { Long, MongoServerError, UUID, type ClientSession, type Collection, type Db, type Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { RawClient } from '../wire/raw-client.fixture.js';

const under = databasePerTest({ authorization: false });
let db: Db;
let accounts: Collection<{ _id: number; amount?: number }>;

beforeEach(async () => {
  ({ db } = under);
  accounts = db.collection('accounts');
  await accounts.insertMany([{ _id: 1, amount: 10 }, { _id: 2, amount: 20 }]);
});

async function inSession<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = under.client.startSession();
  try {
    return await work(session);
  } finally {
    await session.endSession();
  }
}

/** Sends commands in a session of their own; the driver would put one of its sessions in the place of it. */
async function sender(): Promise<(command: Document) => Promise<Document>> {
  const raw = new RawClient(await under.engine.socket());
  const fields = { $db: db.databaseName, lsid: { id: new UUID() }, txnNumber: Long.fromNumber(1) };
  return async (command) => (await raw.ask({ ...command, ...fields }))!.document;
}

describe('a retryable write', () => {
  const cases: readonly (readonly [string, Document, Document])[] = [
    ['insert', { insert: 'accounts', documents: [{ _id: 3 }, { _id: 4 }] }, { n: 2 }],
    ['update', { update: 'accounts', updates: [{ q: { _id: 1 }, u: { $inc: { amount: 1 } } }, { q: { _id: 9 }, u: { $set: { amount: 9 } }, upsert: true }] }, { n: 2, nModified: 1, upserted: [{ index: 1, _id: 9 }] }],
    ['delete', { delete: 'accounts', deletes: [{ q: { _id: 1 }, limit: 1 }] }, { n: 1 }],
    ['findAndModify', { findAndModify: 'accounts', query: { _id: 1 }, update: { $inc: { amount: 1 } }, new: true }, { value: { _id: 1, amount: 11 } }],
  ];

  it.each(cases)('%s is done once and answered alike', async (_name, command, expected) => {
    const send = await sender();
    expect(await send(command)).toMatchObject(expected);
    const after = await accounts.find().toArray();
    expect(await send(command)).toMatchObject(expected);
    expect(await accounts.find().toArray()).toEqual(after);
  });

  it.each([
    ['goes on behind what it had stored', [[3, 4], [3, 4, 5]], {}, [3, 4, 5]],
    ['does again what was refused, and what stood behind it', [[3, 1, 4], [3, 6, 4]], {}, [3, 4, 6]],
    ['goes on around what was refused where it is not ordered', [[3, 1, 4], [7, 6, 7]], { ordered: false }, [3, 4, 6]],
    ['stores one document for each statement id', [[3, 4, 5]], { stmtIds: [0, 0, 1] }, [3, 5]],
    ['knows ids that do not follow one another', [[3, 4, 5], [6, 7, 8]], { stmtIds: [7, 2, 3] }, [3, 4, 5]],
  ] as const)('of many documents %s', async (_name, sent, options, stored) => {
    const send = await sender();
    for (const ids of sent) {
      // One after the other: each is a retry of the one before.
      await send({ insert: 'accounts', documents: ids.map((_id) => ({ _id })), ...options });
    }
    expect((await accounts.find({ _id: { $gt: 2 } }).toArray()).map(({ _id }) => _id)).toEqual([...stored]);
  });

  it('never changes many documents', async () => {
    const send = await sender();
    expect(await send({ update: 'accounts', updates: [{ q: {}, u: { $set: { a: 1 } }, multi: true }] })).toMatchObject({ writeErrors: [{ index: 0, code: 72 }] });
    expect(await send({ delete: 'accounts', deletes: [{ q: {}, limit: 0 }] })).toMatchObject({ writeErrors: [{ index: 0, code: 72 }] });
  });
});

describe('a transaction', () => {
  it('reads its own writes in every command, and shows them to others when it commits', async () => {
    await inSession(async (session) => {
      session.startTransaction();
      await accounts.insertMany(Array.from({ length: 200 }, (_, i) => ({ _id: i + 10 })), { session });
      await accounts.updateOne({ _id: 1 }, { $inc: { amount: 5 } }, { session });
      expect(await accounts.find({}, { session, batchSize: 50 }).toArray()).toHaveLength(202);
      expect(await accounts.aggregate([{ $match: { amount: 15 } }, { $count: 'n' }], { session }).toArray()).toEqual([{ n: 1 }]);
      expect(await accounts.findOneAndDelete({ _id: 2 }, { session })).toEqual({ _id: 2, amount: 20 });
      expect(await accounts.countDocuments()).toBe(2);
      await session.commitTransaction();
    });
    expect(await accounts.countDocuments()).toBe(201);
  });

  it('ends with the first write that is refused', async () => {
    await inSession(async (session) => {
      session.startTransaction();
      await accounts.insertOne({ _id: 50 }, { session });
      await expect(accounts.insertOne({ _id: 1 }, { session })).rejects.toMatchObject({ code: 11000 });
      await expect(session.commitTransaction()).rejects.toBeInstanceOf(MongoServerError);
    });
    expect(await accounts.countDocuments()).toBe(2);
  });

  it('is tried again by the driver when another one was faster', async () => {
    const add = (amount: number): Promise<unknown> => inSession((session) => session.withTransaction(async () => {
      const account = await accounts.findOne({ _id: 1 }, { session });
      await accounts.updateOne({ _id: 1 }, { $set: { amount: account!.amount! + amount } }, { session });
    }));
    await Promise.all([add(1), add(2), add(3), add(4)]);
    expect(await accounts.findOne({ _id: 1 })).toEqual({ _id: 1, amount: 20 });
  });

  it('contains no count and no explanation', async () => {
    await inSession(async (session) => {
      session.startTransaction();
      await expect(accounts.estimatedDocumentCount({ session })).rejects.toMatchObject({ code: 263 });
    });
  });
});
