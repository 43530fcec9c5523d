// Entries of one engine's oplog, applied to another one as `mongorestore --oplogReplay` does it: one command for each entry.
import type { Document, MongoClient, Timestamp } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';

let from: EngineUnderTest;
let to: EngineUnderTest;
let source: MongoClient;
let target: MongoClient;

beforeAll(async () => {
  [from, to] = await Promise.all([engineUnderTest({ authorization: false }), engineUnderTest()]);
  source = await from.client();
  target = await to.clientOf(rootUser.user, rootUser.password);
});

afterAll(() => Promise.all([from.close(), to.close()]));

const applyOps = (client: MongoClient, ...entries: Document[]): Promise<Document> => client.db('admin').command({ applyOps: entries });

async function newestTime(): Promise<Timestamp> {
  return (await source.db('local').collection('oplog.rs').find().sort({ $natural: -1 }).limit(1).next())!['ts'] as Timestamp;
}

describe('applyOps', () => {
  it('brings one server to the state of another, however often', async () => {
    await source.db('any').collection('first').insertOne({});
    const since = await newestTime();
    const shop = source.db('shop');
    const orders = shop.collection<Document & { _id: number }>('orders');
    await orders.insertMany(Array.from({ length: 20 }, (_, n) => ({ _id: n, n, list: [1, 2, 3], nested: { a: 1, b: 'x' } })));
    await orders.createIndexes([{ key: { n: 1 }, unique: true }, { key: { 'nested.a': 1 }, expireAfterSeconds: 100 }]);
    await orders.updateMany({ n: { $lt: 10 } }, { $set: { 'nested.b': 'y', 'list.1': 9 }, $unset: { 'nested.a': 1 } });
    await orders.replaceOne({ _id: 3 }, { whole: true });
    await orders.deleteMany({ _id: { $gte: 15 } });
    await shop.command({ collMod: 'orders', validator: { n: { $exists: true } }, validationAction: 'warn' });
    await shop.createCollection('capped', { capped: true, size: 4096 });
    await shop.collection('old').insertOne({ kept: 1 });
    await shop.collection('old').rename('new');
    await shop.collection('gone').insertOne({});
    await shop.collection('gone').drop();
    await orders.dropIndex('nested.a_1');
    await source.withSession((session) => session.withTransaction(async () => {
      await orders.insertOne({ _id: 100, n: 100 }, { session });
      await orders.updateOne({ _id: 1 }, { $inc: { n: 1000 } }, { session });
    }));
    const entries = await source.db('local').collection('oplog.rs').find({ ts: { $gt: since } }, { promoteValues: false }).toArray();
    for (const entry of entries) expect(await applyOps(target, entry)).toMatchObject({ ok: 1 });
    // Of one collection; a name that somebody else has meanwhile is an error.
    for (const entry of entries.filter(({ ns, o }) => ns === 'shop.orders' || ns === 'admin.$cmd' || (o as Document)['drop'] === 'gone')) expect(await applyOps(target, entry)).toMatchObject({ ok: 1 });
    for (const name of ['orders', 'new', 'capped', 'old', 'gone']) {
      const read = (client: MongoClient): Promise<Document[]> => client.db('shop').collection(name).find().sort({ _id: 1 }).toArray();
      expect(await read(target)).toEqual(await read(source));
    }
    expect(await target.db('shop').collection('orders').indexes()).toEqual(await orders.indexes());
    const info = async (client: MongoClient): Promise<unknown> => (await client.db('shop').listCollections({ name: 'orders' }).toArray()).map((each) => (each as Document)['options'] as unknown);
    expect(await info(target)).toEqual(await info(source));
  });

  it('says how far it came, and stops there', async () => {
    await target.db('shop').createCollection('steps');
    const insert = (_id: number, ns = 'shop.steps'): Document => ({ op: 'i', ns, o: { _id } });
    expect(await applyOps(target, insert(1), { op: 'n', ns: '', o: { msg: 'nothing' } }, { op: 'd', ns: 'shop.steps', o: { _id: 5 } })).toMatchObject({ applied: 3, results: [true, true, true] });
    const error = await rejection(applyOps(target, insert(2), insert(3, 'shop.nowhere'), insert(4)));
    expect(error).toMatchObject({ code: 26, errorResponse: { applied: 2, results: [true, false] } });
    expect(await target.db('shop').collection('steps').countDocuments()).toBe(2);
  });

  it('takes the operators of older oplogs, and upserts where it is told to', async () => {
    await target.db('shop').createCollection('older');
    await applyOps(target, { op: 'i', ns: 'shop.older', o: { _id: 1, a: 1 } }, { op: 'u', ns: 'shop.older', o2: { _id: 1 }, o: { $v: 1, $set: { b: 2 }, $unset: { a: true } } });
    await applyOps(target, { op: 'u', ns: 'shop.older', b: true, o2: { _id: 2 }, o: { _id: 2, whole: true } });
    expect(await target.db('shop').collection('older').find().toArray()).toEqual([{ _id: 1, b: 2 }, { _id: 2, whole: true }]);
    expect(await codeOf(applyOps(target, { op: 'u', ns: 'shop.older', o2: { _id: 9 }, o: { $v: 2, diff: { u: { a: 1 } } } }))).toBe(47);
  });

  it.each<[string, Document, number]>([
    ['a command that no oplog tells of', { op: 'c', ns: 'shop.$cmd', o: { shutdown: 1 } }, 62],
    ['an entry of no kind', { op: 'x', ns: 'shop.a', o: {} }, 2],
    ['an entry without a change', { op: 'i', ns: 'shop.a' }, 40414],
    ['a document without _id', { op: 'd', ns: 'shop.older', o: {} }, 4],
    ["the oplog's own collection", { op: 'i', ns: 'local.oplog.rs', o: { _id: 1 } }, 73],
  ])('refuses %s', async (_what, entry, code) => {
    expect(await codeOf(applyOps(target, entry))).toBe(code);
  });

  it('lets everybody do what they may do by themselves, and no more', async () => {
    await target.db('admin').command({ createUser: 'clerk', pwd: 'p', roles: [{ role: 'readWrite', db: 'shop' }] });
    const clerk = await to.clientOf('clerk', 'p');
    expect(await applyOps(clerk, { op: 'i', ns: 'shop.older', o: { _id: 7 } }, { op: 'c', ns: 'shop.$cmd', o: { create: 'made' } })).toMatchObject({ applied: 2 });
    const forbidden: Document[] = [
      { op: 'i', ns: 'other.c', o: { _id: 1 } }, { op: 'c', ns: 'shop.$cmd', o: { dropDatabase: 1 } }, { op: 'n', ns: '', o: {} },
      { op: 'i', ns: 'admin.system.users', o: { _id: 'admin.x' } },
      { op: 'c', ns: 'admin.$cmd', o: { applyOps: [{ op: 'i', ns: 'other.c', o: { _id: 1 } }] } },
    ];
    for (const entry of forbidden) expect([entry, await codeOf(applyOps(clerk, entry))]).toEqual([entry, 13]);
  });
});
