// A transaction answers as if its changes were stored: random sequences of commands run inside of one, and outside on a twin.
import fc from 'fast-check';
import { MongoServerError, type ClientSession, type Collection, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, type AnyDocument, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
beforeAll(async () => {
  test = await startTestEngine();
});
afterAll(() => test.stop());

interface Options {
  readonly session?: ClientSession;
}

/** A command and how to print it when it fails. */
interface Step {
  readonly text: string;
  readonly run: (collection: Collection<AnyDocument>, options: Options) => Promise<unknown>;
}

const step = (text: string, run: Step['run']): Step => ({ text, run });
const small = fc.integer({ min: 0, max: 4 });
const field = fc.constantFrom('a', 'b');
const query = fc.oneof<fc.Arbitrary<Document>[]>(
  fc.tuple(field, small).map(([name, operand]) => ({ [name]: operand })),
  fc.tuple(field, small).map(([name, operand]) => ({ [name]: { $gt: operand } })),
  fc.tuple(small, small).map(([a, b]) => ({ a: { $gte: a }, b: { $lt: b } })),
  fc.tuple(small, small).map(([a, b]) => ({ $or: [{ a }, { b }] })),
  small.map((_id) => ({ _id })),
  fc.constant({}),
);
const change = fc.oneof<fc.Arbitrary<Document>[]>(
  fc.tuple(field, small).map(([name, operand]) => ({ $set: { [name]: operand } })),
  fc.tuple(field, small).map(([name, operand]) => ({ $inc: { [name]: operand } })),
  field.map((name) => ({ $unset: { [name]: '' } })),
  small.map((operand) => ({ $push: { list: operand } })),
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 9 }), small, small).map(([_id, a, b]) => step(`insert ${JSON.stringify({ _id, a, b })}`, (collection, options) => collection.insertOne({ _id, a, b }, options))),
  fc.tuple(query, change).map(([filter, update]) => step(`updateMany ${JSON.stringify([filter, update])}`, (collection, options) => collection.updateMany(filter, update, options))),
  fc.tuple(small, change).map(([_id, update]) => step(`upsert ${JSON.stringify([_id, update])}`, (collection, options) => collection.updateOne({ _id }, update, { ...options, upsert: true }))),
  fc.tuple(small, small).map(([_id, a]) => step(`replace ${JSON.stringify([_id, a])}`, (collection, options) => collection.replaceOne({ _id }, { a, replaced: true }, options))),
  query.map((filter) => step(`deleteMany ${JSON.stringify(filter)}`, (collection, options) => collection.deleteMany(filter, options))),
  fc.tuple(query, change).map(([filter, update]) => step(`findOneAndUpdate ${JSON.stringify([filter, update])}`, (collection, options) => collection.findOneAndUpdate(filter, update, { ...options, sort: { a: 1, _id: 1 }, returnDocument: 'after' }))),
  query.map((filter) => step(`find ${JSON.stringify(filter)}`, (collection, options) => collection.find(filter, options).sort({ _id: 1 }).toArray())),
  query.map((filter) => step(`find by a ${JSON.stringify(filter)}`, (collection, options) => collection.find(filter, options).hint({ a: 1 }).sort({ a: -1, _id: 1 }).batchSize(2).toArray())),
  query.map((filter) => step(`count ${JSON.stringify(filter)}`, (collection, options) => collection.countDocuments(filter, options))),
  fc.constant(step('group', (collection, options) => collection.aggregate([{ $group: { _id: '$a', n: { $sum: 1 } } }, { $sort: { _id: 1 } }], options).toArray())),
  fc.constant(step('distinct', (collection, options) => collection.distinct('b', {}, options))),
);

async function prepared(): Promise<Collection<AnyDocument>> {
  const collection = test.collection();
  await collection.createIndexes([{ key: { a: 1 }, name: 'a_1' }, { key: { b: -1, a: 1 }, name: 'b_a' }, { key: { list: 1 }, name: 'list' }]);
  await collection.insertMany(Array.from({ length: 4 }, (_, _id) => ({ _id, a: _id, b: 4 - _id, list: [_id] })));
  return collection;
}

const contents = async (collection: Collection<AnyDocument>): Promise<unknown> => [
  await collection.find().sort({ _id: 1 }).toArray(),
  await collection.find().hint('a_1').sort({ a: 1, _id: 1 }).toArray(),
  await collection.find({ list: { $gte: 0 } }).hint('list').sort({ _id: 1 }).toArray(),
  await collection.estimatedDocumentCount(),
];

/** The answer, or the code of the error. */
async function answer(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof MongoServerError) return `error ${String(error.code)}`;
    throw error;
  }
}

async function runBoth(sequence: readonly Step[], session: ClientSession, inside: Collection<AnyDocument>, outside: Collection<AnyDocument>): Promise<'open' | 'aborted'> {
  for (const { text, run } of sequence) {
    const wanted = await answer(run(outside, {}));
    const actual = await answer(run(inside, { session }));
    expect([text, actual]).toEqual([text, wanted]);
    if (typeof wanted === 'string') return 'aborted';
  }
  return 'open';
}

describe('a transaction', () => {
  it('answers as its changes would outside, and leaves the same behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 12 }), fc.boolean(), async (sequence, commits) => {
        const [inside, outside] = await Promise.all([prepared(), prepared()]);
        const before = await contents(inside);
        const session = test.client.startSession();
        session.startTransaction();
        const state = await runBoth(sequence, session, inside, outside);
        const isKept = commits && state === 'open';
        expect(await contents(inside)).toEqual(before);
        if (isKept) await session.commitTransaction();
        else await session.abortTransaction();
        await session.endSession();
        expect(await contents(inside)).toEqual(isKept ? await contents(outside) : before);
        await Promise.all([inside.drop(), outside.drop()]);
      }),
      { numRuns: 20 },
    );
  });
});
