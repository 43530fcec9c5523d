import type { Timestamp} from 'bson';
import { Long, type Document } from 'bson';
import type { Collection, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';

let under: EngineUnderTest;
let root: MongoClient;
let oplog: Collection;

beforeAll(async () => {
  under = await engineUnderTest({ oplog: { sizeMb: 1 } });
  root = await under.clientOf(rootUser.user, rootUser.password);
  oplog = root.db('local').collection('oplog.rs');
});

afterAll(async () => {
  await under.close();
});

async function newest(): Promise<Document> {
  return (await oplog.find({}, { promoteValues: false }).sort({ $natural: -1 }).limit(1).next())!;
}

const since = async (ts: Timestamp): Promise<Document[]> => oplog.find({ ts: { $gt: ts } }).toArray();
const lastTime = async (): Promise<Timestamp> => (await newest())['ts'] as Timestamp;

describe('local.oplog.rs', () => {
  it('shows inserts, updates, deletes and commands as entries of MongoDB', async () => {
    const things = root.db('shop').collection('things');
    await things.insertOne({ _id: 0 as never });
    const before = await lastTime();
    await things.insertOne({ _id: 1 as never, a: 1 });
    await things.updateOne({ _id: 1 as never }, { $set: { a: 2 } });
    await things.deleteOne({ _id: 1 as never });
    await things.drop();
    const found = await since(before);
    const wall = expect.any(Date) as unknown;
    const ts = expect.anything() as unknown;
    const ui = expect.anything() as unknown;
    expect(found).toEqual([
      { op: 'i', ns: 'shop.things', ui, o: { _id: 1, a: 1 }, ts, t: 1, v: 2, wall },
      { op: 'u', ns: 'shop.things', ui, o: { $v: 2, diff: { u: { a: 2 } } }, o2: { _id: 1 }, ts, t: 1, v: 2, wall },
      { op: 'd', ns: 'shop.things', ui, o: { _id: 1 }, ts, t: 1, v: 2, wall },
      { op: 'c', ns: 'shop.$cmd', ui, o: { drop: 'things' }, ts, t: 1, v: 2, wall },
    ]);
    expect((await newest())['t']).toEqual(Long.fromNumber(1));
  });

  it('shows a transaction as one entry', async () => {
    const things = root.db('shop').collection('moved');
    await things.insertOne({ a: 0 });
    const before = await lastTime();
    await root.withSession((session) => session.withTransaction(async () => {
      await things.insertOne({ a: 1 }, { session });
      await things.updateOne({ a: 0 }, { $inc: { a: 5 } }, { session });
    }));
    const [entry, ...others] = await since(before);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ op: 'c', ns: 'admin.$cmd', lsid: { id: expect.anything() as unknown }, o: { applyOps: [{ op: 'i', ns: 'shop.moved' }, { op: 'u', ns: 'shop.moved' }] } });
    expect(await oplog.countDocuments({ ts: entry!['ts'] as Timestamp })).toBe(1);
  });

  it('is a capped collection that lists, counts, sorts, aggregates and explains', async () => {
    const local = root.db('local');
    const [info] = await local.listCollections({ name: 'oplog.rs' }).toArray();
    expect(info).toMatchObject({ type: 'collection', options: { capped: true, size: 1_048_576 } });
    expect(await local.command({ collStats: 'oplog.rs' })).toMatchObject({ capped: true, maxSize: 1_048_576, count: expect.any(Number) as unknown });
    const [{ n } = { n: 0 }] = await oplog.aggregate<{ n: number }>([{ $match: { op: 'i' } }, { $count: 'n' }]).toArray();
    expect(n).toBeGreaterThan(0);
    const times = (await oplog.find().sort({ $natural: -1 }).toArray()).map(({ ts }) => ts as Timestamp);
    expect(times).toEqual([...times].sort((a, b) => b.compare(a)));
    expect((await root.db('admin').admin().listDatabases({ nameOnly: true })).databases.map(({ name }) => name)).toContain('local');
  });

  it('reads from a time on without reading what is before', async () => {
    await root.db('shop').collection('many').insertMany(Array.from({ length: 300 }, (_, n) => ({ n })));
    const before = await lastTime();
    await root.db('shop').collection('many').insertOne({ last: true });
    const { executionStats } = await oplog.find({ ts: { $gte: before } }).explain('executionStats') as { executionStats: { totalDocsExamined: number } };
    expect(executionStats.totalDocsExamined).toBe(2);
  });

  it('is followed by a tailable cursor that waits', async () => {
    const cursor = oplog.find({ ts: { $gt: await lastTime() }, ns: 'shop.followed' }, { tailable: true, awaitData: true, maxAwaitTimeMS: 10_000 });
    const next = cursor.next();
    await root.db('shop').collection('other').insertOne({});
    await root.db('shop').collection('followed').insertOne({ _id: 7 as never });
    expect(await next).toMatchObject({ op: 'i', o: { _id: 7 } });
    await cursor.close();
  });

  it('tells who fell behind that entries are gone', async () => {
    const cursor = oplog.find({}, { tailable: true, batchSize: 1 });
    await cursor.next();
    const filler = 'x'.repeat(100_000);
    for (let n = 0; n < 40; n += 1) await root.db('shop').collection('filling').insertOne({ filler });
    expect(await rejection((async () => {
      for (let n = 0; n < 3; n += 1) await cursor.next();
    })())).toMatchObject({ code: 136 });
    await cursor.close();
  });

  it('is written by nobody but the server, and has nothing of what is written to local', async () => {
    const open = await engineUnderTest({ authorization: false });
    try {
      const local = (await open.client({ retryWrites: false })).db('local');
      const own = local.collection('oplog.rs');
      const attempts = [
        own.insertOne({ a: 1 }), own.updateMany({}, { $set: { a: 1 } }), own.deleteMany({}), own.findOneAndDelete({}), own.drop(), own.createIndex({ a: 1 }),
        own.rename('other'), local.command({ collMod: 'oplog.rs' }), local.createCollection('oplog.rs'),
      ];
      expect(await Promise.all(attempts.map(async (attempt) => (await rejection(attempt)).code))).toEqual(attempts.map(() => 73));
      expect(await rejection(local.command({ dropDatabase: 1 }))).toMatchObject({ code: 20 });
      const before = await own.countDocuments();
      await local.collection('own').insertOne({ a: 1 });
      expect(await own.countDocuments()).toBe(before);
      expect(await local.collection('own').countDocuments()).toBe(1);
    } finally {
      await open.close();
    }
  });
});
