// A copy that is kept by nothing but a change stream equals its source, whatever was done to that: by single writes, in
// transactions, in bulk, by every update operator, with the collection dropped or renamed in between.
import fc from 'fast-check';
import { MongoServerError, type ClientSession, type Collection, type Db, type Document } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

interface Options {
  readonly session?: ClientSession;
}

type Write = (source: Db, options: Options) => Promise<unknown>;

const small = fc.integer({ min: 0, max: 3 });
const name = fc.constantFrom('a', 'b');
const update = fc.oneof<fc.Arbitrary<Document | Document[]>[]>(
  fc.tuple(fc.constantFrom('n', 'deep.x', 'list.1', 'list.4', 'deep.rows.0.k'), small).map(([path, value]) => ({ $set: { [path]: value } })),
  fc.tuple(fc.constantFrom('$inc', '$mul', '$min', '$max'), fc.constantFrom('n', 'deep.x'), small).map(([operator, path, value]) => ({ [operator]: { [path]: value } })),
  fc.constantFrom('n', 'deep', 'deep.x', 'list.0').map((path) => ({ $unset: { [path]: '' } })),
  fc.constantFrom<Document>({ $rename: { n: 'm' } }, { $rename: { m: 'deep.x' } }, { $currentDate: { at: { $type: 'timestamp' } } }, { $bit: { flags: { xor: 5 } } }),
  fc.tuple(fc.array(small, { maxLength: 3 }), fc.constantFrom<Document>({}, { $position: 0 }, { $slice: -2 }, { $sort: -1 })).map(([values, clauses]) => ({ $push: { list: { $each: values, ...clauses } } })),
  small.map((value) => ({ $addToSet: { list: value } })),
  small.map((value) => ({ $pull: { list: value } })),
  fc.constantFrom<Document>({ $pop: { list: 1 } }, { $pop: { list: -1 } }, { $pullAll: { list: [0, 2] } }, { $inc: { 'list.$[]': 1 } }, { $set: { 'deep.rows.$[].k': 7 } }),
  fc.constantFrom<Document[]>([{ $set: { n: { $size: { $ifNull: ['$list', []] } } } }], [{ $unset: 'deep' }], [{ $set: { list: { $slice: [{ $ifNull: ['$list', []] }, 1] } } }], [{ $replaceWith: { list: '$list', _id: '$_id', again: '$n' } }]),
);
const document = fc.record({ _id: small, n: small, list: fc.array(small, { maxLength: 4 }), deep: fc.constant({ x: 1, rows: [{ k: 1 }, { k: 2 }] }) }, { requiredKeys: ['_id', 'list'] });

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.tuple(name, document).map(([on, inserted]): Write => (source, options) => source.collection<AnyDocument>(on).insertOne({ ...inserted }, options)),
  fc.tuple(name, small, update).map(([on, _id, change]): Write => (source, options) => source.collection<AnyDocument>(on).updateOne({ _id }, change, options)),
  fc.tuple(name, update).map(([on, change]): Write => (source, options) => source.collection<AnyDocument>(on).updateMany({}, change, options)),
  fc.tuple(name, small, update).map(([on, _id, change]): Write => (source, options) => source.collection<AnyDocument>(on).updateOne({ _id: _id + 10 }, change, { upsert: true, ...options })),
  fc.tuple(name, document).map(([on, { _id, ...rest }]): Write => (source, options) => source.collection<AnyDocument>(on).replaceOne({ _id }, rest, { upsert: true, ...options })),
  fc.tuple(name, small, update).map(([on, _id, change]): Write => (source, options) => source.collection<AnyDocument>(on).findOneAndUpdate({ _id }, change, options)),
  fc.tuple(name, small).map(([on, _id]): Write => (source, options) => source.collection<AnyDocument>(on).deleteOne({ _id }, options)),
  fc.tuple(name, small, update, document).map(([on, _id, change, other]): Write => (source, options) =>
    source.collection<AnyDocument>(on).bulkWrite([{ updateOne: { filter: { _id }, update: change } }, { deleteOne: { filter: { _id: other._id } } }, { insertOne: { document: { ...other } } }], options)),
);

const outside: fc.Arbitrary<Write> = fc.oneof(
  fc.constantFrom<Write>(
    (source) => source.collection('a').drop(),
    (source) => source.collection('a').rename('b', { dropTarget: true }),
    (source) => source.collection('b').rename('a'),
    (source) => source.collection('a').aggregate([{ $merge: { into: 'b', whenMatched: 'merge' } }]).toArray(),
    (source) => source.collection('a').aggregate([{ $merge: { into: 'b', whenMatched: [{ $set: { n: '$$new.n' } }] } }]).toArray(),
    (source) => source.collection('b').aggregate([{ $match: { n: { $gt: 0 } } }, { $out: 'a' }]).toArray(),
  ),
);

const inTransaction = fc.array(write, { minLength: 1, maxLength: 4 }).map((writes): Write => async (source) => {
  await source.client.withSession((session) => session.withTransaction(async () => {
    for (const each of writes) await each(source, { session });
  }));
});

/** A write may not fit what is there: then nothing of it happens. */
async function attempt(each: Write, source: Db): Promise<void> {
  try {
    await each(source, {});
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
  }
}

/** What a client that knows change events would do with one. */
async function apply(copy: Db, event: Document): Promise<void> {
  const { ns, documentKey, fullDocument, updateDescription, to } = event as { ns: { coll: string }; documentKey: AnyDocument; fullDocument: AnyDocument; updateDescription: Document; to: { coll: string } };
  const collection = copy.collection<AnyDocument>(ns.coll);
  switch (event['operationType']) {
    case 'insert': await collection.insertOne(fullDocument); break;
    case 'replace': await collection.replaceOne(documentKey, fullDocument); break;
    case 'delete': await collection.deleteOne(documentKey); break;
    case 'create': await copy.createCollection(ns.coll); break;
    case 'drop': await collection.drop(); break;
    case 'rename': await collection.rename(to.coll, { dropTarget: true }); break;
    case 'update': await applyUpdate(collection, documentKey, updateDescription); break;
    default: throw new Error(`did not expect ${String(event['operationType'])}`);
  }
}

async function applyUpdate(collection: Collection<AnyDocument>, documentKey: Document, description: Document): Promise<void> {
  const { updatedFields, removedFields, truncatedArrays } = description as { updatedFields: Document; removedFields: string[]; truncatedArrays: { field: string; newSize: number }[] };
  for (const { field, newSize } of truncatedArrays) await collection.updateOne(documentKey, { $push: { [field]: { $each: [], $slice: newSize } } as never });
  if (removedFields.length > 0) await collection.updateOne(documentKey, { $unset: Object.fromEntries(removedFields.map((field) => [field, ''])) });
  if (Object.keys(updatedFields).length > 0) await collection.updateOne(documentKey, { $set: updatedFields });
}

/** Fields may come in another order: events do not tell it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([field, inner]) => [field, sorted(inner)]));
}

async function contents(database: Db): Promise<unknown> {
  const documents = await Promise.all(['a', 'b'].map((on) => database.collection(on).find().sort({ _id: 1 }).toArray()));
  return sorted(documents);
}

it('equals its source', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof({ weight: 8, arbitrary: write }, { weight: 1, arbitrary: outside }, { weight: 2, arbitrary: inTransaction }), { minLength: 5, maxLength: 25 }), async (writes) => {
      run += 1;
      const [source, copy] = [engine.client.db(`source${run}`), engine.client.db(`copy${run}`)];
      const stream = source.watch<Document, Document>([], { maxAwaitTimeMS: 1, showExpandedEvents: true });
      expect(await stream.tryNext()).toBeNull();
      for (const each of writes) await attempt(each, source);
      // One event after the other, as they follow one another.
      for (let event = await stream.tryNext(); event !== null; event = await stream.tryNext()) await apply(copy, event);
      await stream.close();
      expect(await contents(copy)).toEqual(await contents(source));
    }),
    { numRuns: 15 },
  );
});
