import type { Db, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';

let under: EngineUnderTest;
let root: MongoClient;
let databases = 0;

beforeAll(async () => {
  under = await engineUnderTest();
  root = await under.clientOf(rootUser.user, rootUser.password, { appName: 'profiled' });
});

afterAll(async () => {
  await under.close();
});

function freshDatabase(): Db {
  databases += 1;
  return root.db(`profiled${databases}`);
}

const profiledOf = (db: Db, filter: Document = {}): Promise<Document[]> => db.collection('system.profile').find(filter).toArray();

describe('the profiler', () => {
  it('is off until a level is set, which is told the next time', async () => {
    const db = freshDatabase();
    expect(await db.command({ profile: -1 })).toMatchObject({ was: 0, slowms: 100, sampleRate: 1 });
    expect(await db.command({ profile: 1, slowms: 50 })).toMatchObject({ was: 0, slowms: 100 });
    expect(await db.command({ profile: -1 })).toMatchObject({ was: 1, slowms: 50 });
    expect(await freshDatabase().command({ profile: -1 })).toMatchObject({ was: 0, slowms: 50 });
    await db.command({ profile: 0, slowms: 100 });
    expect(await rejection(db.command({ profile: 1, sampleRate: 2 }))).toMatchObject({ code: 2 });
  });

  it('writes down every operation of its database at level 2, failed ones too', async () => {
    const db = freshDatabase();
    await db.command({ profile: 2 });
    await db.collection('things').insertOne({ a: 1 });
    await db.collection('things').updateOne({ a: 1 }, { $set: { a: 2 } });
    await db.collection('things').deleteOne({ a: 2 });
    await rejection(db.collection('things').find({ $nope: 1 }).toArray());
    await root.db('other').collection('things').insertOne({ a: 1 });
    await db.command({ profile: 0 });
    await expect.poll(async () => (await profiledOf(db, { ns: /things$/u })).map(({ op }) => String(op))).toEqual(['insert', 'update', 'remove', 'query']);
    const [inserted, , , failed] = await profiledOf(db, { ns: /things$/u });
    expect(inserted).toMatchObject({
      ns: `${db.databaseName}.things`, command: { insert: 'things', documents: [{ a: 1 }] }, millis: expect.any(Number) as unknown, ts: expect.any(Date) as unknown,
      client: expect.stringContaining('127.0.0.1') as unknown, appName: 'profiled', user: 'root@admin', allUsers: [{ user: 'root', db: 'admin' }], protocol: 'op_msg',
    });
    expect(inserted).not.toHaveProperty('ok');
    expect(failed).toMatchObject({ ok: 0 });
    expect(await db.listCollections({ name: 'system.profile' }).toArray()).toMatchObject([{ options: { capped: true, size: 1_048_576 } }]);
  });

  it('writes down what is slow at level 1, or what a filter matches', async () => {
    const db = freshDatabase();
    await db.command({ profile: 1, slowms: 60_000 });
    await db.collection('things').insertOne({ a: 1 });
    await db.command({ profile: 1, filter: { op: 'query' } });
    expect(await db.command({ profile: -1 })).toMatchObject({ was: 1, filter: { op: 'query' } });
    await db.collection('things').insertOne({ a: 2 });
    await db.collection('things').findOne({ a: 2 });
    await db.command({ profile: 0, slowms: 100, filter: 'unset' });
    await expect.poll(async () => (await profiledOf(db)).map(({ op }) => String(op))).toEqual(['query']);
  });

  it('shows no password', async () => {
    const db = freshDatabase();
    await db.command({ profile: 2 });
    await db.command({ createUser: 'u', pwd: 'very secret', roles: [] });
    await db.command({ profile: 0 });
    await expect.poll(async () => (await profiledOf(db, { 'command.createUser': 'u' })).length).toBe(1);
    expect(JSON.stringify(await profiledOf(db))).not.toContain('very secret');
  });

  it('keeps its collection while it is on, and is not in the oplog', async () => {
    const db = freshDatabase();
    await db.command({ profile: 2 });
    await db.collection('things').insertOne({ a: 1 });
    await expect.poll(async () => (await profiledOf(db, { op: 'insert' })).length).toBe(1);
    expect(await rejection(db.command({ drop: 'system.profile' }))).toMatchObject({ code: 20 });
    await db.command({ profile: 0 });
    await db.command({ drop: 'system.profile' });
    expect(await root.db('local').collection('oplog.rs').countDocuments({ ns: `${db.databaseName}.system.profile` })).toBe(0);
    expect(await rejection(db.collection('system.profile').insertOne({}))).toMatchObject({ code: 13 });
  });
});
