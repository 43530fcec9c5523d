// What shells and administration tools send beside what applications do.
import type { Binary } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;

beforeAll(async () => {
  test = await startTestEngine();
});

afterAll(async () => {
  await test.stop();
});

describe('a shell', () => {
  it('asks what a command does', async () => {
    expect(await test.database.command({ find: 1, help: true })).toMatchObject({ help: expect.stringMatching(/^help for: find \w+/u) as string });
  });

  it('validates as PyMongo does, with scandata', async () => {
    const collection = test.collection();
    await collection.insertOne({ a: 1 });
    expect(await test.database.command({ validate: collection.collectionName, scandata: false, full: true })).toMatchObject({ valid: true });
  });

  it('lists its own session', async () => {
    const session = test.client.startSession();
    try {
      await test.collection().insertOne({ a: 1 }, { session });
      const listed = await test.client.db('admin').aggregate([{ $listLocalSessions: { allUsers: true } }]).toArray();
      expect(listed.map((each) => (each['_id'] as { id: Binary }).id.toString('hex'))).toContain(session.id!.id.toString('hex'));
    } finally {
      await session.endSession();
    }
  });
});
