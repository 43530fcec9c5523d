// A client that never stops writing while its database is moved.
import { MongoClient, MongoServerError, type Db } from 'mongodb';
import { expect } from 'vitest';

/** Refused for a moment, or for good under this URI: what was refused was not written. */
function isRefusal(error: unknown): boolean {
  return error instanceof MongoServerError && (error.code === 13 || error.code === 18);
}

export interface NumberedWriter {
  readonly acknowledged: readonly number[];
  written(count: number): Promise<void>;
  stop(): Promise<void>;
  /** Nothing that was acknowledged is missing in this database, and nothing is there twice. */
  expectAllIn(db: Db): Promise<void>;
}

/** Writes numbers, one after the other, each until it is acknowledged, with the URI that the database has; what was ten before is deleted again. */
export function startNumberedWriter(currentUri: () => Promise<string>): NumberedWriter {
  const acknowledged: number[] = [];
  const stop = new AbortController();
  let client: MongoClient | undefined;
  const connect = async (): Promise<MongoClient> => {
    await client?.close();
    client = new MongoClient(await currentUri(), { maxPoolSize: 1 });
    return client;
  };
  const writeOnce = async (number: number, at: MongoClient): Promise<void> => {
    const session = at.startSession();
    try {
      await session.withTransaction(async () => {
        await at.db().collection<{ _id: number }>('numbers').insertOne({ _id: number }, { session });
        await at.db().collection<{ _id: string }>('totals').updateOne({ _id: 'count' }, { $inc: { count: 1 }, $set: { last: number } }, { session, upsert: true });
        // What is deleted again is not to come back.
        await at.db().collection<{ _id: number }>('numbers').deleteOne({ _id: number - 10 }, { session });
      });
    } finally {
      await session.endSession();
    }
  };
  const running = (async () => {
    let at = await connect();
    for (let number = 1; !stop.signal.aborted; number += 1) {
      for (let isWritten = false; !isWritten;) {
        try {
          await writeOnce(number, at);
          acknowledged.push(number);
          isWritten = true;
        } catch (error) {
          if (!isRefusal(error)) throw error;
          await new Promise((resolve) => { setTimeout(resolve, 5); });
          at = await connect();
        }
      }
    }
    await client?.close();
  })();
  return {
    acknowledged,
    written: async (count) => {
      const goal = acknowledged.length + count;
      while (acknowledged.length < goal) await Promise.race([running, new Promise((resolve) => { setTimeout(resolve, 2); })]);
    },
    stop: async () => {
      stop.abort();
      await running;
    },
    expectAllIn: async (db) => {
      const last = acknowledged.at(-1)!;
      expect(acknowledged).toEqual(Array.from({ length: last }, (_, index) => index + 1));
      expect(await db.collection('totals').findOne({})).toEqual({ _id: 'count', count: last, last });
      expect((await db.collection('numbers').find().sort({ _id: 1 }).toArray()).map(({ _id }) => Number(_id))).toEqual(Array.from({ length: 10 }, (_, index) => last - 9 + index));
    },
  };
}
