// Change streams as applications use them: through the official driver.
import { setTimeout as pause } from 'node:timers/promises';
import { Timestamp, type Long, type ChangeStream, type ChangeStreamDocument, type Document } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let engine: TestEngine;
const streams: ChangeStream<AnyDocument, Document>[] = [];

beforeAll(async () => {
  engine = await startTestEngine();
});

afterEach(async () => {
  await Promise.all(streams.splice(0).map((stream) => stream.close()));
});

afterAll(async () => {
  await engine.stop();
});

interface Watchable {
  watch(pipeline?: Document[], options?: Document): unknown;
}

/** A stream that is open at the server: what happens from now on it will show. */
async function watch(target: Watchable, pipeline: Document[] = [], options: Document = {}): Promise<ChangeStream<AnyDocument, Document>> {
  const stream = target.watch(pipeline, { maxAwaitTimeMS: 100, ...options }) as ChangeStream<AnyDocument, Document>;
  streams.push(stream);
  const first = await stream.tryNext();
  if (first !== null) throw new Error(`did not expect ${JSON.stringify(first)} yet`);
  return stream;
}

async function next(stream: ChangeStream<AnyDocument, Document>, count: number): Promise<Document[]> {
  const events: Document[] = [];
  // Events come one after the other.
  while (events.length < count) events.push(await stream.next());
  return events;
}

/** What of an event is the same in every run. */
function plain({ _id, clusterTime, wallTime, ...rest }: Document): Document {
  expect(_id).toEqual({ _data: expect.stringMatching(/^82[0-9A-F]+$/) as string });
  expect(clusterTime).toBeInstanceOf(Timestamp);
  expect(wallTime).toBeInstanceOf(Date);
  return rest;
}

/** Resolves when a `getMore` runs. */
async function someoneWaits(): Promise<void> {
  for (;;) {
    const { inprog } = (await engine.client.db('admin').command({ currentOp: 1 })) as { inprog: Document[] };
    if (inprog.some(({ command }) => (command as Document | undefined)?.['getMore'] !== undefined)) return;
    // One look after the other until it is so.
    await pause(1);
  }
}

const types = (events: readonly Document[]): unknown[] => events.map(({ operationType }) => operationType as unknown);

describe('a stream on a collection', () => {
  it('shows inserts, updates, replacements and deletes as they were committed', async () => {
    const collection = engine.collection();
    const ns = { db: 'compat', coll: collection.collectionName };
    const stream = await watch(collection);
    await collection.insertOne({ _id: 1, a: 1, list: [1] });
    await collection.updateOne({ _id: 1 }, { $set: { a: 2, 'deep.b': 1 }, $push: { list: 2 as never } });
    await collection.updateOne({ _id: 1 }, { $unset: { a: '' } });
    await collection.replaceOne({ _id: 1 }, { c: 1 });
    await collection.deleteOne({ _id: 1 });
    const documentKey = { _id: 1 };
    expect((await next(stream, 5)).map(plain)).toEqual([
      { operationType: 'insert', ns, documentKey, fullDocument: { _id: 1, a: 1, list: [1] } },
      { operationType: 'update', ns, documentKey, updateDescription: { updatedFields: { a: 2, deep: { b: 1 }, 'list.1': 2 }, removedFields: [], truncatedArrays: [] } },
      { operationType: 'update', ns, documentKey, updateDescription: { updatedFields: {}, removedFields: ['a'], truncatedArrays: [] } },
      { operationType: 'replace', ns, documentKey, fullDocument: { _id: 1, c: 1 } },
      { operationType: 'delete', ns, documentKey },
    ]);
  });

  it('shows nothing of other collections, of writes that change nothing, and of writes that failed', async () => {
    const [collection, other] = [engine.collection(), engine.collection()];
    const stream = await watch(collection);
    await other.insertOne({ _id: 1 });
    await collection.insertOne({ _id: 1, a: 1 });
    await collection.updateOne({ _id: 1 }, { $set: { a: 1 } });
    await serverError(collection.insertOne({ _id: 1 }));
    await collection.insertOne({ _id: 2 });
    expect((await next(stream, 2)).map(({ documentKey }) => documentKey as unknown)).toEqual([{ _id: 1 }, { _id: 2 }]);
    expect(await stream.tryNext()).toBeNull();
  });

  it('wakes up as soon as something was committed', async () => {
    const collection = engine.collection();
    const stream = collection.watch<AnyDocument, Document>([], { maxAwaitTimeMS: 60_000 });
    streams.push(stream);
    const waiting = stream.next();
    await someoneWaits();
    await collection.insertOne({ _id: 'x' });
    expect(await waiting).toMatchObject({ operationType: 'insert', documentKey: { _id: 'x' } });
  });

  it.each<[string, Document, Document, Document]>([
    ['an array that lost its end', [{ $set: { list: { $slice: ['$list', 2] } } }] as Document, { list: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }, { updatedFields: {}, truncatedArrays: [{ field: 'list', newSize: 2 }] }],
    ['an embedded document as a whole where an operator set it', { $set: { a: { x: 1 } } }, { a: { x: 0, y: 1 } }, { updatedFields: { a: { x: 1 } }, truncatedArrays: [] }],
    ['an embedded field by its path where an operator named it', { $set: { 'a.x': 1 } }, { a: { x: 0, y: 1 } }, { updatedFields: { 'a.x': 1 }, truncatedArrays: [] }],
    ['an element by its position', { $inc: { 'list.1': 5 } }, { list: [1, 2, 3] }, { updatedFields: { 'list.1': 7 }, truncatedArrays: [] }],
    ['an array as a whole where elements were pulled', { $pull: { list: 2 } }, { list: [1, 2, 3] }, { updatedFields: { list: [1, 3] }, truncatedArrays: [] }],
    ['elements that were added to a set', { $addToSet: { list: { $each: [3, 4] } } }, { list: [1, 2, 3] }, { updatedFields: { 'list.3': 4 }, truncatedArrays: [] }],
  ])('tells of %s', async (_what, update, fields, description) => {
    const collection = engine.collection();
    await collection.insertOne({ _id: 1, pad: 'x'.repeat(200), ...fields });
    const stream = await watch(collection);
    await collection.updateOne({ _id: 1 }, update);
    expect(await stream.next()).toMatchObject({ operationType: 'update', updateDescription: { removedFields: [], ...description } });
  });

  it('ends with an invalidation when the collection is dropped, and goes on behind it when the client asks for that', async () => {
    const collection = engine.collection();
    await collection.insertOne({ _id: 1 });
    const stream = await watch(collection);
    await collection.drop();
    const [drop, invalidate] = await next(stream, 2);
    expect(types([drop!, invalidate!])).toEqual(['drop', 'invalidate']);
    await expect(stream.next()).rejects.toThrow();
    await collection.insertOne({ _id: 2 });
    const refused = collection.watch([], { resumeAfter: invalidate!['_id'] as Document });
    streams.push(refused);
    expect(await serverError(refused.next())).toMatchObject({ code: 260 });
    const resumed = collection.watch([], { startAfter: invalidate!['_id'] as Document });
    streams.push(resumed);
    expect(await resumed.next()).toMatchObject({ operationType: 'insert', documentKey: { _id: 2 } });
    const again = collection.watch([], { resumeAfter: drop!['_id'] as Document });
    streams.push(again);
    expect(await again.next()).toMatchObject({ operationType: 'invalidate' });
  });

  it('ends when the collection gets another name', async () => {
    const collection = engine.collection();
    await collection.insertOne({ _id: 1 });
    const stream = await watch(collection);
    await collection.rename('renamed');
    const events = await next(stream, 2);
    expect(types(events)).toEqual(['rename', 'invalidate']);
    expect(events[0]).toMatchObject({ ns: { db: 'compat', coll: collection.collectionName }, to: { db: 'compat', coll: 'renamed' } });
  });
});

describe('a stream on a database or on everything', () => {
  it('shows all collections of the database, and ends when the database is dropped', async () => {
    const database = engine.client.db('whole');
    const stream = await watch(database);
    await database.collection('a').insertOne({ x: 1 });
    await database.collection('b').insertOne({ x: 1 });
    await engine.client.db('elsewhere').collection('a').insertOne({ x: 1 });
    await database.dropDatabase();
    const events = await next(stream, 6);
    expect(types(events)).toEqual(['insert', 'insert', 'drop', 'drop', 'dropDatabase', 'invalidate']);
    expect(events[4]).toMatchObject({ ns: { db: 'whole' } });
  });

  it('shows all databases but the internal ones', async () => {
    const stream = await watch(engine.client);
    await engine.client.db('admin').collection('things').insertOne({ x: 1 });
    await engine.client.db('one').collection('a').insertOne({ x: 1 });
    await engine.client.db('two').collection('a').insertOne({ x: 1 });
    expect((await next(stream, 2)).map(({ ns }) => (ns as Document)['db'] as string)).toEqual(['one', 'two']);
  });

  it('shows changes of the catalog to those who ask for them', async () => {
    const database = engine.client.db('catalog');
    const stream = await watch(database, [], { showExpandedEvents: true });
    await database.createCollection('c', { capped: true, size: 4096 });
    await database.collection('c').createIndex({ a: 1 });
    await database.command({ collMod: 'c', validator: { a: 1 } });
    await database.collection('c').dropIndex('a_1');
    const events = await next(stream, 4);
    expect(types(events)).toEqual(['create', 'createIndexes', 'modify', 'dropIndexes']);
    expect(events.map(({ operationDescription }) => operationDescription as unknown)).toEqual([
      { capped: true, size: 4096, idIndex: { v: 2, key: { _id: 1 }, name: '_id_' } },
      { indexes: [{ v: 2, key: { a: 1 }, name: 'a_1' }] },
      { capped: true, size: 4096, validator: { a: 1 } },
      { indexes: [{ v: 2, key: { a: 1 }, name: 'a_1' }] },
    ]);
    expect(events[2]).toMatchObject({ stateBeforeChange: { collectionOptions: { capped: true, size: 4096 } } });
    expect(events[0]).toHaveProperty('collectionUUID');
  });
});

it('views come, change and go as changes of the catalog, for those who ask for them', async () => {
  const database = engine.client.db('views');
  const [stream, plainStream] = [await watch(database, [], { showExpandedEvents: true }), await watch(database)];
  await database.createCollection('v', { viewOn: 'c', pipeline: [{ $match: { a: 1 } }] });
  await database.command({ collMod: 'v', viewOn: 'c', pipeline: [] });
  await database.collection('v').drop();
  const events = await next(stream, 3);
  expect(types(events)).toEqual(['create', 'modify', 'drop']);
  expect(events[0]).toMatchObject({ ns: { db: 'views', coll: 'v' }, operationDescription: { viewOn: 'c', pipeline: [{ $match: { a: 1 } }] } });
  expect(await plainStream.tryNext()).toBeNull();
});

describe('a transaction', () => {
  it('comes as a whole when it commits, at one time, with its session', async () => {
    const collection = engine.collection();
    await collection.insertOne({ _id: 0 });
    const stream = await watch(collection);
    await engine.client.withSession((session) =>
      session.withTransaction(async () => {
        await collection.insertOne({ _id: 1 }, { session });
        await collection.updateOne({ _id: 0 }, { $set: { a: 1 } }, { session });
        await collection.deleteOne({ _id: 1 }, { session });
      }),
    );
    const events = await next(stream, 3);
    expect(types(events)).toEqual(['insert', 'update', 'delete']);
    expect(new Set(events.map(({ clusterTime }) => String(clusterTime))).size).toBe(1);
    expect(new Set(events.map(({ _id }) => (_id as { _data: string })._data)).size).toBe(3);
    expect(events[0]).toMatchObject({ txnNumber: expect.any(Number) as number, lsid: { id: expect.anything() as unknown, uid: expect.anything() as unknown } });
    const resumed = collection.watch([], { resumeAfter: events[1]!['_id'] as Document });
    streams.push(resumed);
    expect(await resumed.next()).toMatchObject({ operationType: 'delete' });
  });

  it('that aborts leaves nothing', async () => {
    const collection = engine.collection();
    await collection.insertOne({ _id: 0 });
    const stream = await watch(collection);
    await engine.client.withSession(async (session) => {
      session.startTransaction();
      await collection.insertOne({ _id: 1 }, { session });
      await session.abortTransaction();
    });
    await collection.insertOne({ _id: 2 });
    expect(await stream.next()).toMatchObject({ documentKey: { _id: 2 } });
  });
});

describe('options', () => {
  it('look up the document as it is now, or null where it is gone', async () => {
    const collection = engine.collection();
    await collection.insertMany([{ _id: 1 }, { _id: 2 }]);
    const start = await operationTime();
    await collection.updateMany({}, { $set: { a: 1 } });
    await collection.updateOne({ _id: 1 }, { $set: { b: 1 } });
    await collection.deleteOne({ _id: 2 });
    const stream = collection.watch<AnyDocument, Document>([{ $match: { operationType: 'update' } }], { fullDocument: 'updateLookup', startAtOperationTime: start });
    streams.push(stream);
    expect((await next(stream, 3)).map(({ fullDocument }) => fullDocument as unknown)).toEqual([{ _id: 1, a: 1, b: 1 }, null, { _id: 1, a: 1, b: 1 }]);
  });

  it('give the document as it was before and after, where the collection keeps that', async () => {
    const collection = await engine.database.createCollection<AnyDocument>('imaged', { changeStreamPreAndPostImages: { enabled: true } });
    const stream = await watch(collection, [], { fullDocument: 'required', fullDocumentBeforeChange: 'required' });
    await collection.insertOne({ _id: 1, a: [1, 2], b: { c: 1 } });
    await collection.updateOne({ _id: 1 }, { $set: { 'a.1': 5, 'b.d': 2 } });
    await collection.replaceOne({ _id: 1 }, { z: 1 });
    await collection.deleteOne({ _id: 1 });
    const events = await next(stream, 4);
    expect(events.map(({ fullDocument, fullDocumentBeforeChange }) => [fullDocumentBeforeChange, fullDocument] as unknown)).toEqual([
      [undefined, { _id: 1, a: [1, 2], b: { c: 1 } }],
      [{ _id: 1, a: [1, 2], b: { c: 1 } }, { _id: 1, a: [1, 5], b: { c: 1, d: 2 } }],
      [{ _id: 1, a: [1, 5], b: { c: 1, d: 2 } }, { _id: 1, z: 1 }],
      [{ _id: 1, z: 1 }, undefined],
    ]);
    expect(await engine.database.listCollections({ name: 'imaged' }).toArray()).toMatchObject([{ options: { changeStreamPreAndPostImages: { enabled: true } } }]);
  });

  it('that require images end a stream where there are none; without insisting they are null', async () => {
    const collection = engine.collection();
    await collection.insertOne({ _id: 1 });
    const lenient = await watch(collection, [], { fullDocument: 'whenAvailable', fullDocumentBeforeChange: 'whenAvailable' });
    const strict = await watch(collection, [], { fullDocumentBeforeChange: 'required' });
    await collection.updateOne({ _id: 1 }, { $set: { a: 1 } });
    expect(await lenient.next()).toMatchObject({ fullDocument: null, fullDocumentBeforeChange: null });
    expect(await serverError(strict.next())).toMatchObject({ code: 47 });
  });

  it('begin at a time, with what was written at it', async () => {
    const collection = engine.collection();
    await collection.insertOne({ _id: 1 });
    const { operationTime: written } = await engine.database.command({ insert: collection.collectionName, documents: [{ _id: 2 }] });
    await collection.insertOne({ _id: 3 });
    const stream = collection.watch<AnyDocument, Document>([], { startAtOperationTime: written as Timestamp });
    streams.push(stream);
    const events = await next(stream, 2);
    expect(events.map(({ documentKey }) => documentKey as unknown)).toEqual([{ _id: 2 }, { _id: 3 }]);
    expect(events[0]!['clusterTime']).toEqual(written);
  });

  it('cut an event that is too large into fragments, each of which can be resumed behind', async () => {
    const collection = await engine.database.createCollection<AnyDocument>('large', { changeStreamPreAndPostImages: { enabled: true } });
    const big = 'x'.repeat(9 * 1024 * 1024);
    await collection.insertOne({ _id: 1, big });
    const options = { fullDocument: 'required', fullDocumentBeforeChange: 'required' };
    const split = [{ $changeStreamSplitLargeEvent: {} }];
    const [stream, whole] = [await watch(collection, split, options), await watch(collection, [], options)];
    await collection.updateOne({ _id: 1 }, { $set: { a: 1 } });
    const [first, second] = await next(stream, 2);
    expect([first!['splitEvent'], second!['splitEvent']]).toEqual([{ fragment: 1, of: 2 }, { fragment: 2, of: 2 }]);
    expect({ ...first, ...second }).toMatchObject({ operationType: 'update', fullDocument: { a: 1 }, fullDocumentBeforeChange: { _id: 1 } });
    const resumed = collection.watch<AnyDocument, Document>(split, { ...options, resumeAfter: first!['_id'] as Document });
    streams.push(resumed);
    expect((await resumed.next())['splitEvent']).toEqual({ fragment: 2, of: 2 });
    expect(await serverError(whole.next())).toMatchObject({ code: 10334 });
  });
});

async function operationTime(): Promise<Timestamp> {
  return (await engine.database.command({ ping: 1 }))['operationTime'] as Timestamp;
}

describe('a pipeline', () => {
  it('filters and shapes events', async () => {
    const collection = engine.collection();
    const stream = await watch(collection, [
      { $match: { 'fullDocument.a': { $gt: 1 } } }, { $addFields: { doubled: { $multiply: ['$fullDocument.a', 2] } } }, { $project: { doubled: 1 } },
    ]);
    await collection.insertMany([{ a: 1 }, { a: 2 }, { a: 1 }, { a: 3 }]);
    expect((await next(stream, 2)).map(({ doubled }) => doubled as unknown)).toEqual([4, 6]);
  });

  it('that takes the token away ends the stream', async () => {
    const collection = engine.collection();
    const stream = await watch(collection, [{ $replaceRoot: { newRoot: { a: 1 } } }]);
    await collection.insertOne({ _id: 1 });
    // The driver itself refuses events without a token, so the command is sent as it is.
    const { cursor } = await engine.database.command({ aggregate: collection.collectionName, pipeline: [{ $changeStream: {} }, { $project: { _id: 0 } }], cursor: {} });
    await collection.insertOne({ _id: 2 });
    const error = await serverError(engine.database.command({ getMore: (cursor as Document)['id'] as Long, collection: collection.collectionName }));
    expect(error).toMatchObject({ code: 280, errorLabels: ['NonResumableChangeStreamError'] });
    await expect(stream.next()).rejects.toThrow();
  });

  it.each<[string, Document[], number]>([
    ['a stage that is not allowed', [{ $changeStream: {} }, { $group: { _id: 1 } }], 20],
    ['a stage that nobody knows', [{ $changeStream: {} }, { $nope: 1 }], 40324],
    ['a stream that is not the first stage', [{ $match: {} }, { $changeStream: {} }], 40602],
    ['a stream within $facet', [{ $facet: { a: [{ $changeStream: {} }] } }], 40600],
    ['a split outside a stream', [{ $changeStreamSplitLargeEvent: {} }], 20],
    ['a split that is not the last stage', [{ $changeStream: {} }, { $changeStreamSplitLargeEvent: {} }, { $match: {} }], 7182802],
    ['an option that nobody knows', [{ $changeStream: { nope: 1 } }], 40415],
    ['a mode that nobody knows', [{ $changeStream: { fullDocument: 'nope' } }], 2],
    ['two places to begin at', [{ $changeStream: { resumeAfter: { _data: '' }, startAtOperationTime: new Timestamp(1n) } }], 40674],
    ['a token without data', [{ $changeStream: { resumeAfter: {} } }], 40647],
    ['a token of another make', [{ $changeStream: { resumeAfter: { _data: '8263' } } }], 50811],
    ['everything, asked of a collection', [{ $changeStream: { allChangesForCluster: true } }], 72],
  ])('is refused for %s', async (_what, pipeline, code) => {
    expect(await serverError(engine.database.command({ aggregate: 'c', pipeline, cursor: {} }))).toMatchObject({ code });
  });

  it.each<[string, string, Document, number]>([
    ['an internal database', 'admin', { aggregate: 1 }, 73],
    ['a collection of the system', 'compat', { aggregate: 'system.views' }, 73],
    ['a view', 'compat', { aggregate: 'view' }, 166],
    ['another read concern', 'compat', { aggregate: 'c', readConcern: { level: 'local' } }, 72],
  ])('is refused on %s', async (_what, database, command, code) => {
    await engine.database.command({ create: 'view', viewOn: 'c', pipeline: [] });
    expect(await serverError(engine.client.db(database).command({ ...command, pipeline: [{ $changeStream: {} }], cursor: {} }))).toMatchObject({ code });
  });
});

describe('a cursor', () => {
  it('tells with every batch where to resume, ahead of events that others cause', async () => {
    const [collection, other] = [engine.collection(), engine.collection()];
    const { cursor } = (await engine.database.command({ aggregate: collection.collectionName, pipeline: [{ $changeStream: {} }], cursor: { batchSize: 0 } })) as { cursor: Document };
    const tokens = [(cursor['postBatchResumeToken'] as Document)['_data'] as string];
    const getMore = async (): Promise<Document> => {
      const reply = (await engine.database.command({ getMore: cursor['id'] as Long, collection: collection.collectionName, maxTimeMS: 1 }))['cursor'] as Document;
      tokens.push((reply['postBatchResumeToken'] as Document)['_data'] as string);
      return reply;
    };
    await other.insertOne({ _id: 1 });
    expect((await getMore())['nextBatch']).toEqual([]);
    await collection.insertOne({ _id: 1 });
    const [event] = (await getMore())['nextBatch'] as ChangeStreamDocument[];
    expect(tokens[2]).toBe((event!._id as { _data: string })._data);
    await other.insertOne({ _id: 2 });
    await getMore();
    expect(tokens).toEqual([...tokens].sort());
    expect(new Set(tokens).size).toBe(4);
  });

  it('that is killed stops waiting', async () => {
    const collection = engine.collection();
    const { cursor } = (await engine.database.command({ aggregate: collection.collectionName, pipeline: [{ $changeStream: {} }], cursor: {} })) as { cursor: Document };
    const waiting = serverError(engine.database.command({ getMore: cursor['id'] as Long, collection: collection.collectionName, maxTimeMS: 60_000 }));
    await someoneWaits();
    await engine.database.command({ killCursors: collection.collectionName, cursors: [cursor['id'] as Long] });
    expect(await waiting).toMatchObject({ code: 237 });
  });
});
