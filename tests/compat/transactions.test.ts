// Sessions, transactions and retryable writes through the driver.
import { Long, type ClientSession, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
beforeAll(async () => {
  test = await startTestEngine({ testCommands: true });
});
afterAll(() => test.stop());

async function inSession<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = test.client.startSession();
  try {
    return await work(session);
  } finally {
    await session.endSession();
  }
}

describe('transactions', () => {
  it('keep all writes when they commit', async () => {
    const collection = test.collection();
    await inSession((session) =>
      session.withTransaction(async () => {
        await collection.insertOne({ _id: 1, a: 1 }, { session });
        await collection.updateOne({ _id: 1 }, { $inc: { a: 1 } }, { session });
        await collection.insertOne({ _id: 2 }, { session });
        expect(await collection.countDocuments({}, { session })).toBe(2);
      }),
    );
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([{ _id: 1, a: 2 }, { _id: 2 }]);
  });

  it('keep nothing when they abort', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 1 });
    await inSession(async (session) => {
      session.startTransaction();
      await collection.updateOne({ _id: 1 }, { $set: { a: 2 } }, { session });
      await collection.insertOne({ _id: 2 }, { session });
      await collection.deleteOne({ _id: 1 }, { session });
      await session.abortTransaction();
    });
    expect(await collection.find().toArray()).toEqual([{ _id: 1, a: 1 }]);
  });

  it('are unseen by others until they commit', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 1 });
    await inSession(async (session) => {
      session.startTransaction();
      await collection.updateOne({ _id: 1 }, { $set: { a: 2 } }, { session });
      expect(await collection.findOne({ _id: 1 })).toEqual({ _id: 1, a: 1 });
      expect(await collection.findOne({ _id: 1 }, { session })).toEqual({ _id: 1, a: 2 });
      await session.commitTransaction();
    });
    expect(await collection.findOne({ _id: 1 })).toEqual({ _id: 1, a: 2 });
  });

  it('read from one snapshot', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 1 });
    await inSession(async (session) => {
      session.startTransaction({ readConcern: { level: 'snapshot' } });
      expect(await collection.findOne({ _id: 1 }, { session })).toEqual({ _id: 1, a: 1 });
      await collection.updateOne({ _id: 1 }, { $set: { a: 5 } });
      await collection.insertOne({ _id: 2 });
      expect(await collection.find({}, { session }).toArray()).toEqual([{ _id: 1, a: 1 }]);
      await session.commitTransaction();
    });
  });

  it('conflict when two change one document', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, a: 1 });
    await inSession((first) =>
      inSession(async (second) => {
        first.startTransaction();
        second.startTransaction();
        await collection.updateOne({ _id: 1 }, { $inc: { a: 1 } }, { session: first });
        const error = await serverError(collection.updateOne({ _id: 1 }, { $inc: { a: 1 } }, { session: second }));
        expect(error.code).toBe(112);
        expect(error.hasErrorLabel('TransientTransactionError')).toBe(true);
        await second.abortTransaction();
        await first.commitTransaction();
      }),
    );
    expect(await collection.findOne({ _id: 1 })).toEqual({ _id: 1, a: 2 });
  });

  it('lose no increment when many run at once', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, n: 0 });
    const increment = (): Promise<unknown> =>
      inSession((session) => session.withTransaction(async () => {
        const { n } = (await collection.findOne({ _id: 1 }, { session }))!;
        await collection.updateOne({ _id: 1 }, { $set: { n: (n as number) + 1 } }, { session });
      }));
    await Promise.all(Array.from({ length: 8 }, increment));
    expect(await collection.findOne({ _id: 1 })).toEqual({ _id: 1, n: 8 });
  });

  it('move money without losing or making any, and every snapshot adds up', async () => {
    const collection = test.collection();
    const accounts = 5;
    await collection.insertMany(Array.from({ length: accounts }, (_, _id) => ({ _id, balance: 100 })));
    const total = async (session?: ClientSession): Promise<unknown> => {
      const [sum] = await collection.aggregate([{ $group: { _id: null, sum: { $sum: '$balance' } } }], session === undefined ? {} : { session }).toArray();
      return sum!['sum'];
    };
    const transfer = (seed: number): Promise<unknown> =>
      inSession((session) => session.withTransaction(async () => {
        const from = seed % accounts;
        const to = (seed * 3 + 1) % accounts;
        await collection.updateOne({ _id: from }, { $inc: { balance: -seed } }, { session });
        expect(await total(session)).toBe(accounts * 100 - seed);
        await collection.updateOne({ _id: to }, { $inc: { balance: seed } }, { session });
      }));
    const worker = async (first: number): Promise<void> => {
      for (let turn = 0; turn < 6; turn += 1) await transfer(first + turn * 4);
    };
    const watcher = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn += 1) expect(await total()).toBe(accounts * 100);
    };
    await Promise.all([worker(1), worker(2), worker(3), worker(4), watcher()]);
    expect(await total()).toBe(accounts * 100);
  });

  it('let one of two take a unique key', async () => {
    const collection = test.collection();
    await collection.createIndex({ name: 1 }, { unique: true }, {});
    const take = (owner: number): Promise<string> =>
      inSession((session) => session.withTransaction(async () => {
        await collection.insertOne({ owner, name: 'only' }, { session });
        return 'taken';
      })).catch((error: unknown) => String((error as { code?: unknown }).code));
    const results = await Promise.all(Array.from({ length: 5 }, (_, owner) => take(owner)));
    expect(results.filter((result) => result === 'taken')).toHaveLength(1);
    expect(new Set(results)).toEqual(new Set(['taken', '11000']));
    expect(await collection.countDocuments()).toBe(1);
  });

  it('end at a duplicate key', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1 });
    await inSession(async (session) => {
      session.startTransaction();
      await collection.insertOne({ _id: 2 }, { session });
      expect((await serverError(collection.insertOne({ _id: 1 }, { session }))).code).toBe(11000);
      const error = await serverError(collection.findOne({}, { session }));
      expect(error.code).toBe(251);
      await session.abortTransaction();
    });
    expect(await collection.countDocuments()).toBe(1);
  });

  it('make collections and indexes that an abort takes back', async () => {
    const collection = test.collection();
    await inSession(async (session) => {
      session.startTransaction();
      await collection.insertOne({ _id: 1 }, { session });
      await session.abortTransaction();
    });
    expect(await test.database.listCollections({ name: collection.collectionName }).toArray()).toEqual([]);
  });

  it('aggregate over their own writes', async () => {
    const collection = test.collection();
    await collection.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 2 }]);
    await inSession(async (session) => {
      session.startTransaction();
      await collection.insertOne({ _id: 3, a: 4 }, { session });
      await collection.deleteOne({ _id: 1 }, { session });
      const [total] = await collection.aggregate([{ $group: { _id: null, sum: { $sum: '$a' } } }], { session }).toArray();
      expect(total).toEqual({ _id: null, sum: 6 });
      await session.commitTransaction();
    });
  });

  it('refuse what MongoDB refuses in them', async () => {
    await inSession(async (session) => {
      session.startTransaction();
      const error = await serverError(test.database.command({ createUser: 'x', pwd: 'y', roles: [] }, { session }));
      expect(error.code).toBe(263);
      await session.abortTransaction();
    });
  });
});

describe('retryable writes', () => {
  /** Sends commands as given, with the session's id and a transaction number, from a client that does nothing else. */
  async function sender(): Promise<(command: Document, number: number) => Promise<Document>> {
    const client = await test.connect();
    const session = client.startSession();
    return (command, number) => client.db('compat').command({ ...command, txnNumber: Long.fromNumber(number) }, { session });
  }

  it('run a statement once however often it is sent', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, n: 0 });
    const send = await sender();
    const command = { update: collection.collectionName, updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }] };
    expect(await send(command, 1)).toMatchObject({ n: 1, nModified: 1 });
    expect(await send(command, 1)).toMatchObject({ n: 1, nModified: 1 });
    expect(await collection.findOne()).toEqual({ _id: 1, n: 1 });
  });

  it('run the missing statements of a batch', async () => {
    const collection = test.collection();
    const send = await sender();
    await send({ insert: collection.collectionName, documents: [{ _id: 1 }] }, 3);
    expect(await send({ insert: collection.collectionName, documents: [{ _id: 1 }, { _id: 2 }] }, 3)).toMatchObject({ n: 2 });
    expect(await collection.countDocuments()).toBe(2);
  });

  it('give findAndModify its first answer again', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, n: 0 });
    const send = await sender();
    const command = { findAndModify: collection.collectionName, query: { _id: 1 }, update: { $inc: { n: 1 } }, new: true };
    const first = await send(command, 1);
    const second = await send(command, 1);
    expect(first['value']).toEqual({ _id: 1, n: 1 });
    expect(second['value']).toEqual({ _id: 1, n: 1 });
    expect(await collection.findOne()).toEqual({ _id: 1, n: 1 });
  });

  it('refuse an older number', async () => {
    const { collectionName } = test.collection();
    const send = await sender();
    await send({ insert: collectionName, documents: [{ _id: 1 }] }, 5);
    expect((await serverError(send({ insert: collectionName, documents: [{ _id: 2 }] }, 4))).code).toBe(225);
  });

  it('may not change several documents at once', async () => {
    const { collectionName } = test.collection();
    const send = await sender();
    const reply = await send({ update: collectionName, updates: [{ q: {}, u: { $set: { a: 1 } }, multi: true }] }, 1).catch((error: unknown) => error);
    expect(JSON.stringify(reply)).toContain('multi=true');
  });

  it('are retried by the driver after a network error', async () => {
    const collection = test.collection();
    await collection.insertOne({ _id: 1, n: 0 });
    await test.client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['update'], closeConnection: true } });
    await collection.updateOne({ _id: 1 }, { $inc: { n: 1 } });
    expect(await collection.findOne()).toEqual({ _id: 1, n: 1 });
  });
});
