// The replica set as shells and scripts look at it, and what they are told where they would set it up.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Document, MongoClient } from 'mongodb';
import { codeOf, engineUnderTest, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';

let under: EngineUnderTest;
let root: MongoClient;

beforeAll(async () => {
  under = await engineUnderTest();
  root = await under.clientOf(rootUser.user, rootUser.password);
});

afterAll(() => under.close());

describe('local.system.replset', () => {
  it('is the configuration that replSetGetConfig shows', async () => {
    const { config } = await root.db('admin').command({ replSetGetConfig: 1 }) as { config: Document };
    const collection = root.db('local').collection<{ _id: string }>('system.replset');
    expect(await collection.find().toArray()).toEqual([config]);
    expect(await collection.findOne({ _id: config['_id'] as string })).toEqual(config);
    expect(await collection.findOne({ _id: 'another' })).toBeNull();
    expect(await collection.findOne({ 'members.host': (config['members'] as Document[])[0]!['host'] as string })).toEqual(config);
    expect(await collection.countDocuments()).toBe(1);
    expect(await collection.estimatedDocumentCount()).toBe(1);
    expect((await root.db('local').listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)).toContain('system.replset');
  });

  it('is written by the server alone', async () => {
    const collection = root.db('local').collection('system.replset');
    const attempts = [collection.insertOne({ a: 1 }), collection.updateOne({}, { $set: { version: 2 } }), collection.deleteMany({}), collection.drop()];
    for (const attempt of await Promise.allSettled(attempts)) expect(attempt.status).toBe('rejected');
    expect(await collection.countDocuments()).toBe(1);
  });
});

describe('a script that sets a replica set up', () => {
  it('hears that there is one', async () => {
    expect(await codeOf(root.db('admin').command({ replSetInitiate: {} }))).toBe(23);
    expect(await codeOf(root.db('admin').command({ replSetReconfig: { _id: 'rs0', version: 2, members: [] } }))).toBe(115);
  });
});

it('commands of members of replica sets are answered as such a member answers them', async () => {
  expect(await root.db('admin').command({ dropConnections: 1, hostAndPort: ['host:27017'] })).toMatchObject({ ok: 1 });
  expect(await codeOf(root.db('shop').command({ reIndex: 'items' }))).toBe(20);
});

it('a note in the oplog changes nothing, and moves time on', async () => {
  const oplog = root.db('local').collection('oplog.rs');
  await root.db('admin').command({ appendOplogNote: 1, data: { backup: 'begins' } });
  const note = await oplog.find().sort({ $natural: -1 }).limit(1).next();
  expect(note).toMatchObject({ op: 'n', ns: '', o: { backup: 'begins' } });
  const seen = root.db('shop').watch([], { startAtOperationTime: (note as Document)['ts'] as never });
  await root.db('shop').collection('items').insertOne({ behind: 'the note' });
  expect(await seen.next()).toMatchObject({ fullDocument: { behind: 'the note' } });
  await seen.close();
});
