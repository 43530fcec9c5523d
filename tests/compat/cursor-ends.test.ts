// When cursors end, and what is left of a time limit for them: what drivers see of a cursor besides its documents.
import type { Document, Long } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
let name: string;
beforeAll(async () => {
  test = await startTestEngine({ testCommands: true });
  const collection = test.collection();
  name = collection.collectionName;
  await collection.insertMany(Array.from({ length: 6 }, (_, _id): AnyDocument => ({ _id, x: 6 - _id })));
});
afterAll(() => test.stop());

interface CursorReply {
  readonly cursor: { readonly id: Long; readonly firstBatch?: Document[]; readonly nextBatch?: Document[] };
}

async function find(options: Document): Promise<CursorReply['cursor']> {
  return ((await test.database.command({ find: name, ...options }, { promoteLongs: false })) as CursorReply).cursor;
}

async function getMore(id: Long, options: Document = {}): Promise<CursorReply['cursor']> {
  return ((await test.database.command({ getMore: id, collection: name, ...options }, { promoteLongs: false })) as CursorReply).cursor;
}

describe('a cursor closes with the batch that takes its last document', () => {
  const ending: readonly (readonly [what: string, options: Document])[] = [
    ['a limit that the first batch reaches', { limit: 3, batchSize: 3 }],
    ['a limit after a sort without an index', { sort: { x: 1 }, limit: 2, batchSize: 2 }],
    ['a limit below a projection', { limit: 3, batchSize: 3, skip: 1, projection: { x: 1 } }],
    ['the only document of an _id', { filter: { _id: 2 }, batchSize: 1 }],
    ['a batch with room for more', { batchSize: 7 }],
  ];
  it.each(ending)('%s', async (_, options) => {
    expect((await find(options)).id.toString()).toBe('0');
  });

  it('where a later batch reaches the limit', async () => {
    const { id } = await find({ limit: 4, batchSize: 3, sort: { _id: 1 } });
    expect(id.toString()).not.toBe('0');
    expect(await getMore(id, { batchSize: 1 })).toMatchObject({ nextBatch: [{ _id: 3, x: 3 }] });
    expect((await serverError(getMore(id))).code).toBe(43);
  });

  it('but stays open where only looking for more would tell', async () => {
    const { id } = await find({ batchSize: 6 });
    expect(id.toString()).not.toBe('0');
    const last = await getMore(id);
    expect([last.nextBatch, last.id.toString()]).toEqual([[], '0']);
  });
});

describe('a tailable cursor', () => {
  const open = async (capped: string): Promise<string> => {
    const { cursor } = (await test.database.command({ find: capped, tailable: true, awaitData: true, filter: { x: 1 } }, { promoteLongs: false })) as CursorReply;
    return cursor.id.toString();
  };

  it('is dead where the collection is empty or is not there, and waits where there was a document to read', async () => {
    const capped = await test.database.createCollection<AnyDocument>('capped', { capped: true, size: 100_000 });
    expect([await open('nowhere'), await open('capped')]).toEqual(['0', '0']);
    await capped.insertOne({ x: 2 });
    expect(await open('capped')).not.toBe('0');
  });
});

describe('maxTimeMS of a cursor', () => {
  const setFailPoint = async (configureFailPoint: string, mode: string): Promise<void> => {
    await test.client.db('admin').command({ configureFailPoint, mode });
  };

  it('is exceeded where the fail point maxTimeAlwaysTimeOut says so, by commands that have one alone', async () => {
    await setFailPoint('maxTimeAlwaysTimeOut', 'alwaysOn');
    try {
      const refused = [{ find: name, maxTimeMS: 60_000 }, { count: name, maxTimeMS: 60_000 }, { aggregate: name, pipeline: [], cursor: {}, maxTimeMS: 60_000 }];
      for (const command of refused) expect((await serverError(test.database.command(command))).codeName).toBe('MaxTimeMSExpired');
      expect(await test.database.command({ count: name })).toMatchObject({ n: 6 });
    } finally {
      await setFailPoint('maxTimeAlwaysTimeOut', 'off');
    }
  });

  it('holds for its further batches too', async () => {
    const { id } = await find({ batchSize: 2, maxTimeMS: 60_000 });
    const unlimited = await find({ batchSize: 2 });
    await setFailPoint('maxTimeAlwaysTimeOut', 'alwaysOn');
    try {
      expect((await serverError(getMore(id))).codeName).toBe('MaxTimeMSExpired');
      expect((await getMore(unlimited.id, { batchSize: 1 })).nextBatch).toHaveLength(1);
    } finally {
      await setFailPoint('maxTimeAlwaysTimeOut', 'off');
    }
  });

  it('is not heeded with the fail point maxTimeNeverTimeOut', async () => {
    await setFailPoint('maxTimeNeverTimeOut', 'alwaysOn');
    try {
      const slow = { $expr: { $lt: [{ $size: { $filter: { input: { $range: [0, 20_000] }, cond: { $eq: ['$$this', -1] } } } }, 1] } };
      expect((await find({ filter: slow, maxTimeMS: 1 })).firstBatch).toHaveLength(6);
    } finally {
      await setFailPoint('maxTimeNeverTimeOut', 'off');
    }
  });

  it('is refused with getMore where the cursor does not wait for data', async () => {
    const { id } = await find({ batchSize: 2 });
    const error = await serverError(getMore(id, { maxTimeMS: 100 }));
    expect([error.codeName, error.message]).toEqual(['BadValue', 'cannot set maxTimeMS on getMore command for a non-awaitData cursor']);
  });
});

describe('errors that end a change stream', () => {
  it('say so by a label, whoever makes them', async () => {
    const { id } = await find({ batchSize: 2 });
    await test.client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['getMore'], errorCode: 280 } });
    expect((await serverError(getMore(id))).errorLabels).toContain('NonResumableChangeStreamError');
  });
});
