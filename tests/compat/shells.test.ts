// What shells and administration tools send beside what applications do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

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

  it('is told that sessions are not listed', async () => {
    const error = await serverError(test.client.db('admin').aggregate([{ $listLocalSessions: {} }]).toArray());
    expect(error).toMatchObject({ code: 115, message: '$listLocalSessions is not supported by this server: sessions are not listed; serverStatus counts them' });
  });
});
