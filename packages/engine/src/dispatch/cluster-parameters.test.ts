import type { Document } from 'bson';
import type { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';

let under: EngineUnderTest;
let root: MongoClient;

beforeAll(async () => {
  under = await engineUnderTest();
  root = await under.clientOf(rootUser.user, rootUser.password);
});

afterAll(async () => {
  await under.close();
});

const admin = (command: Document): Promise<Document> => root.db('admin').command(command);
const lifetime = (expireAfterSeconds: unknown): Document => ({ changeStreamOptions: { preAndPostImages: { expireAfterSeconds } } });

describe('changeStreamOptions', () => {
  it('is off, and holds what it is set to', async () => {
    expect((await admin({ getClusterParameter: 'changeStreamOptions' }))['clusterParameters']).toMatchObject([{ _id: 'changeStreamOptions', preAndPostImages: { expireAfterSeconds: 'off' } }]);
    await admin({ setClusterParameter: lifetime(100) });
    for (const which of ['*', ['changeStreamOptions']]) {
      expect((await admin({ getClusterParameter: which }))['clusterParameters']).toMatchObject([{ _id: 'changeStreamOptions', preAndPostImages: { expireAfterSeconds: 100 } }]);
    }
    expect(await root.db('config').collection('clusterParameters').countDocuments({ _id: 'changeStreamOptions' as never })).toBe(1);
    await admin({ setClusterParameter: lifetime('off') });
  });

  it.each<[string, Document, number]>([
    ['no time', { setClusterParameter: lifetime('on') }, 2],
    ['a time that has passed', { setClusterParameter: lifetime(0) }, 2],
    ['half a second', { setClusterParameter: lifetime(0.5) }, 2],
    ['an unknown option', { setClusterParameter: { changeStreamOptions: { nope: 1 } } }, 40415],
    ['an unknown parameter', { setClusterParameter: { nope: {} } }, 4],
    ['several at once', { setClusterParameter: { changeStreamOptions: {}, nope: {} } }, 72],
    ['an unknown one to be shown', { getClusterParameter: 'nope' }, 4],
  ])('refuses %s', async (_name, command, code) => {
    expect(await rejection(admin(command))).toMatchObject({ code });
  });

  it('takes pre-images away from streams when their time is over', async () => {
    const db = root.db('shop');
    const things = await db.createCollection('imaged', { changeStreamPreAndPostImages: { enabled: true } });
    await things.insertOne({ _id: 1 as never, a: 1 });
    const { operationTime } = await db.command({ ping: 1 });
    await things.updateOne({ _id: 1 as never }, { $set: { a: 2 } });
    const imageNow = async (): Promise<unknown> => {
      const stream = things.watch([], { startAtOperationTime: operationTime, fullDocumentBeforeChange: 'whenAvailable' });
      try {
        for (;;) {
          const event = await stream.next();
          if (event.operationType === 'update') return event.fullDocumentBeforeChange;
        }
      } finally {
        await stream.close();
      }
    };
    expect(await imageNow()).toEqual({ _id: 1, a: 1 });
    await admin({ setClusterParameter: lifetime(1) });
    await expect.poll(imageNow, { timeout: 10_000 }).toBe(null);
    await admin({ setClusterParameter: lifetime('off') });
  });
});
