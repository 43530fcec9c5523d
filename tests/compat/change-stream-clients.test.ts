// Change streams through other clients than the official driver, and as the engine stops.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Document, Long } from 'mongodb';
import mongoose, { Schema } from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serverError, startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

const python = '/usr/bin/python3';
const hasPymongo = spawnSync(python, ['-c', 'import pymongo']).status === 0;

it('mongoose watches a model', async () => {
  const connection = await mongoose.createConnection(`${engine.engine.uri}watched`).asPromise();
  try {
    const Order = connection.model('Order', new Schema({ item: String, state: String }));
    await Order.init();
    const stream = Order.watch([{ $match: { operationType: { $in: ['insert', 'update'] } } }], { fullDocument: 'updateLookup' });
    await once(stream, 'ready');
    const seen: Document[] = [];
    const isEnough = new Promise<void>((resolve) => {
      stream.on('change', (event: Document) => {
        seen.push(event);
        if (seen.length === 2) resolve();
      });
    });
    // The stream is open when its cursor exists, which 'ready' only announces.
    await expect.poll(async () => (await engine.client.db('admin').command({ serverStatus: 1 }))['metrics'] as Document).toMatchObject({ cursor: { open: { total: 1 } } });
    const order = await Order.create({ item: 'tea', state: 'new' });
    order.state = 'sent';
    await order.save();
    await isEnough;
    expect(seen.map(({ operationType, fullDocument }) => [operationType, (fullDocument as Document)['item']] as unknown)).toEqual([['insert', 'tea'], ['update', 'tea']]);
    await stream.close();
  } finally {
    await connection.close();
  }
});

it.skipIf(!hasPymongo)('pymongo watches a database, and resumes', async () => {
  const script = `
import json, pymongo, sys
client = pymongo.MongoClient(sys.argv[1])
with client.snake.watch(max_await_time_ms=100) as stream:
    print('open', flush=True)
    first = next(stream)
    token = stream.resume_token
with client.snake.watch(resume_after=token, full_document='updateLookup') as stream:
    second = next(stream)
print(json.dumps([first['fullDocument'], second['operationType'], second['fullDocument'], second['updateDescription']['updatedFields']]), flush=True)
`;
  const child = spawn(python, ['-c', script, engine.engine.uri], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('open');
  const collection = engine.client.db('snake').collection<AnyDocument>('c');
  await collection.insertOne({ _id: 1, a: 1 });
  await collection.updateOne({ _id: 1 }, { $set: { a: 2 } });
  expect(JSON.parse((await lines.next()).value as string)).toEqual([{ _id: 1, a: 1 }, 'update', { _id: 1, a: 2 }, { a: 2 }]);
});

it('a stream that waits when the engine stops is told that it may resume', async () => {
  const stopped = await startTestEngine();
  const { cursor } = (await stopped.database.command({ aggregate: 'c', pipeline: [{ $changeStream: {} }], cursor: {} })) as { cursor: Document };
  const waiting = serverError(stopped.database.command({ getMore: cursor['id'] as Long, collection: 'c', maxTimeMS: 60_000 }));
  await expect.poll(async () => (await stopped.client.db('admin').command({ serverStatus: 1 }))['metrics'] as Document).toMatchObject({ cursor: { open: { pinned: 1 } } });
  const end = stopped.engine.stop();
  // The driver puts labels of its own beside the server's.
  expect((await waiting).errorResponse).toMatchObject({ code: 11600, errorLabels: ['ResumableChangeStreamError'] });
  await end;
  await stopped.stop();
});
