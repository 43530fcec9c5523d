// A client that asks for much does not keep the others waiting: what runs long is seen, and can be stopped, while it runs.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;

beforeAll(async () => {
  test = await startTestEngine();
  await test.database.collection('many').insertMany(Array.from({ length: 20_000 }, (_, index) => ({ n: index, filling: 'x'.repeat(50) })));
});

afterAll(async () => {
  await test.stop();
});

/** The operation with this comment, once it runs; undefined where it ended before it was seen. */
async function seenRunning(comment: string, ended: Promise<unknown>): Promise<Document | undefined> {
  const run = { hasEnded: false };
  const end = (): void => {
    run.hasEnded = true;
  };
  ended.then(end, end);
  const admin = test.client.db('admin');
  while (!run.hasEnded) {
    // One look after the other: each waits for the answer of the one before.
    const { inprog } = (await admin.command({ currentOp: 1, 'command.comment': comment })) as { inprog: Document[] };
    if (inprog[0] !== undefined) return inprog[0];
  }
  return undefined;
}

const numbers = { $range: [0, 4000] };

describe('a pipeline that runs for minutes', () => {
  it.each<[string, Document[]]>([
    ['looks up without an index', [{ $lookup: { from: 'many', localField: 'n', foreignField: 'other', as: 'found' } }, { $match: { 'found.n': -1 } }]],
    ['looks up by a pipeline', [{ $lookup: { from: 'many', let: { n: '$n' }, pipeline: [{ $match: { $expr: { $lt: ['$other', '$$n'] } } }, { $group: { _id: null } }], as: 'found' } }, { $count: 'all' }]],
    ['unwinds one document into millions', [{ $limit: 1 }, { $set: { a: numbers } }, { $unwind: '$a' }, { $set: { b: numbers } }, { $unwind: '$b' }, { $match: { b: -1 } }]],
  ])('and %s can be seen and killed by others', async (what, pipeline) => {
    const ended = serverError(test.database.collection('many').aggregate(pipeline, { comment: what }).toArray());
    const operation = await seenRunning(what, ended);
    expect(operation).toMatchObject({ ns: 'compat.many' });
    await test.client.db('admin').command({ killOp: 1, op: operation!['opid'] as number });
    expect(await ended).toMatchObject({ code: 11601, codeName: 'Interrupted' });
  });
});

it('a lookup that pauses gives the same answer as one that does not', async () => {
  const few = test.collection();
  await few.insertMany([{ _id: 1, n: 3 }, { _id: 2, n: 19_999 }, { _id: 3, n: -1 }]);
  const joined = await few.aggregate([{ $lookup: { from: 'many', localField: 'n', foreignField: 'n', as: 'found' } }, { $project: { n: '$found.n' } }]).toArray();
  expect(joined).toEqual([{ _id: 1, n: [3] }, { _id: 2, n: [19_999] }, { _id: 3, n: [] }]);
});
