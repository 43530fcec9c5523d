// Change streams over lost connections, restarts of the engine, and an oplog that has moved on; and who may open them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type ChangeStream, type Document, type MongoClientOptions, type ResumeToken, type Timestamp } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEngine, type EngineOptions, type RunningEngine } from '@freehold/engine';
import { serverError, type AnyDocument } from './engine.fixture.js';

let dataDirectory: string;
let engine: RunningEngine;
const clients: MongoClient[] = [];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-streams-'));
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await engine.stop();
  await rm(dataDirectory, { recursive: true, force: true });
});

async function start(options: Partial<EngineOptions> = {}): Promise<void> {
  engine = await startEngine({ dataDirectory, port: 0, authorization: false, testCommands: true, ...options });
}

async function connect(options: MongoClientOptions = {}): Promise<MongoClient> {
  const client = await MongoClient.connect(engine.uri, options);
  clients.push(client);
  return client;
}

type Stream = ChangeStream<AnyDocument, Document>;

async function ids(stream: Stream, count: number): Promise<unknown[]> {
  const found: unknown[] = [];
  // Events come one after the other.
  while (found.length < count) found.push(((await stream.next())['documentKey'] as Document)['_id']);
  return found;
}

describe('a stream', () => {
  it('goes on without a gap where the connection was lost', async () => {
    await start();
    const client = await connect();
    const collection = client.db('db').collection<AnyDocument>('c');
    const stream = collection.watch<AnyDocument, Document>([], { maxAwaitTimeMS: 50 });
    expect(await stream.tryNext()).toBeNull();
    await collection.insertOne({ _id: 1 });
    expect(await ids(stream, 1)).toEqual([1]);
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['getMore'], closeConnection: true } });
    await collection.insertOne({ _id: 2 });
    await collection.insertOne({ _id: 3 });
    expect(await ids(stream, 2)).toEqual([2, 3]);
    await stream.close();
  });

  it('goes on without a gap where the engine was stopped and started', async () => {
    await start();
    const { port } = engine;
    const client = await connect({ serverSelectionTimeoutMS: 20_000 });
    const collection = client.db('db').collection<AnyDocument>('c');
    const stream = collection.watch<AnyDocument, Document>([], { maxAwaitTimeMS: 10_000 });
    const seen = ids(stream, 2);
    await collection.insertOne({ _id: 1 });
    await engine.stop();
    await start({ port });
    await collection.insertOne({ _id: 2 });
    expect(await seen).toEqual([1, 2]);
    await stream.close();
  });

  it('finds its place by a token, and by a time, after a restart', async () => {
    await start();
    const before = await connect();
    const collection = before.db('db').collection<AnyDocument>('c');
    const stream = collection.watch<AnyDocument, Document>([], { maxAwaitTimeMS: 50 });
    expect(await stream.tryNext()).toBeNull();
    const idle: ResumeToken = stream.resumeToken;
    const { operationTime } = (await before.db('db').command({ insert: 'c', documents: [{ _id: 1 }] })) as { operationTime?: Timestamp };
    await collection.insertOne({ _id: 2 });
    expect(await ids(stream, 1)).toEqual([1]);
    const behindFirst: ResumeToken = stream.resumeToken;
    await stream.close();
    await before.close();
    await engine.stop();
    await start();
    const after = (await connect()).db('db').collection<AnyDocument>('c');
    await after.insertOne({ _id: 3 });
    const found = async (options: Document, count: number): Promise<unknown[]> => {
      const resumed = after.watch<AnyDocument, Document>([], options);
      const events = await ids(resumed, count);
      await resumed.close();
      return events;
    };
    expect(await found({ resumeAfter: behindFirst }, 2)).toEqual([2, 3]);
    expect(await found({ startAfter: behindFirst }, 2)).toEqual([2, 3]);
    expect(await found({ resumeAfter: idle }, 3)).toEqual([1, 2, 3]);
    expect(await found({ startAtOperationTime: operationTime! }, 3)).toEqual([1, 2, 3]);
  });

  it('whose place is no longer in the oplog is told so', async () => {
    await start({ oplog: { sizeMb: 1 } });
    const database = (await connect()).db('db');
    const collection = database.collection<AnyDocument>('c');
    const { operationTime } = (await database.command({ insert: 'c', documents: [{ _id: 'first' }] })) as { operationTime?: Timestamp };
    const stream = collection.watch<AnyDocument, Document>([], { startAtOperationTime: operationTime! });
    await stream.next();
    const token: ResumeToken = stream.resumeToken;
    await stream.close();
    const pad = 'x'.repeat(100_000);
    await collection.insertMany(Array.from({ length: 30 }, (_, index) => ({ _id: index, pad })));
    for (const options of [{ resumeAfter: token }, { startAtOperationTime: operationTime! }] as const) {
      const late = collection.watch([], options);
      const error = await serverError(late.next());
      expect(error).toMatchObject({ code: 286, errorLabels: ['NonResumableChangeStreamError'] });
      await late.close();
    }
  });

  it('that is read so slowly that changes have left the oplog is told that it missed them', async () => {
    await start({ oplog: { sizeMb: 1 } });
    const collection = (await connect()).db('db').collection<AnyDocument>('c');
    const stream = collection.watch<AnyDocument, Document>([], { maxAwaitTimeMS: 1 });
    expect(await stream.tryNext()).toBeNull();
    const pad = 'x'.repeat(100_000);
    await collection.insertMany(Array.from({ length: 30 }, (_, index) => ({ _id: index, pad })));
    await collection.insertOne({ _id: 'last' });
    expect(await serverError(stream.next())).toMatchObject({ code: 286 });
    await stream.close();
  });

  it('keeps its place however large the oplog grows, where entries must be kept for hours', async () => {
    await start({ oplog: { sizeMb: 1, minRetentionHours: 1 } });
    const database = (await connect()).db('db');
    const { operationTime } = (await database.command({ insert: 'c', documents: [{ _id: 'first' }] })) as { operationTime?: Timestamp };
    const pad = 'x'.repeat(100_000);
    await database.collection<AnyDocument>('c').insertMany(Array.from({ length: 30 }, (_, index) => ({ _id: index, pad })));
    const stream = database.collection<AnyDocument>('c').watch<AnyDocument, Document>([], { startAtOperationTime: operationTime! });
    expect((await ids(stream, 31))[0]).toBe('first');
    await stream.close();
  });

  it('is refused to resume behind an event that never was', async () => {
    await start();
    const collection = (await connect()).db('db').collection<AnyDocument>('c');
    await collection.insertOne({ _id: 1 });
    const token = `82${'0'.repeat(15)}1${'0'.repeat(8)}01${'0'.repeat(8)}`;
    const stream = collection.watch([], { resumeAfter: { _data: token } });
    expect(await serverError(stream.next())).toMatchObject({ code: 280 });
    await stream.close();
  });
});

describe('who may watch', () => {
  const root = { user: 'root', password: 'root password' };

  beforeEach(async () => {
    await start({ authorization: true, rootUser: root });
    const admin = (await connect({ auth: { username: root.user, password: root.password } })).db('admin');
    await admin.command({ createUser: 'tenant', pwd: 'tenant password', roles: [{ role: 'readWrite', db: 'mine' }] });
  });

  const tenant = (): Promise<MongoClient> => connect({ auth: { username: 'tenant', password: 'tenant password' } });

  it('a user with readWrite on a database watches it and its collections, and nothing else', async () => {
    const client = await tenant();
    for (const target of [client.db('mine'), client.db('mine').collection('c')]) {
      const stream = target.watch([], { maxAwaitTimeMS: 1 });
      expect(await stream.tryNext()).toBeNull();
      await stream.close();
    }
    for (const target of [client, client.db('theirs'), client.db('theirs').collection('c')]) {
      const stream = target.watch([], { maxAwaitTimeMS: 1 });
      expect(await serverError(stream.tryNext())).toMatchObject({ code: 13 });
      await stream.close();
    }
  });

  it('a user with readAnyDatabase watches everything', async () => {
    await clients[0]!.db('admin').command({ createUser: 'reader', pwd: 'reader password', roles: ['readAnyDatabase'] });
    const reader = await connect({ auth: { username: 'reader', password: 'reader password' } });
    const stream = reader.watch([], { maxAwaitTimeMS: 1 });
    expect(await stream.tryNext()).toBeNull();
    await stream.close();
  });

  it('a user whose role is taken away sees nothing more', async () => {
    const client = await tenant();
    const stream = client.db('mine').watch([], { maxAwaitTimeMS: 1 });
    expect(await stream.tryNext()).toBeNull();
    await clients[0]!.db('admin').command({ revokeRolesFromUser: 'tenant', roles: [{ role: 'readWrite', db: 'mine' }] });
    await clients[0]!.db('mine').collection('c').insertOne({ secret: 1 });
    expect(await serverError(stream.tryNext())).toMatchObject({ code: 13 });
    await stream.close();
  });
});
