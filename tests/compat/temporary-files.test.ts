// What does not fit into the memory that a stage may hold goes to temporary files, and comes out the same.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
const documents = 3000;

const setParameter = (name: string, value: unknown): Promise<Document> => test.client.db('admin').command({ setParameter: 1, [name]: value });
const limits = ['internalDocumentSourceGroupMaxMemoryBytes', 'internalQueryMaxBlockingSortMemoryUsageBytes'] as const;

async function limitTo(bytes: number): Promise<void> {
  for (const limit of limits) await setParameter(limit, bytes);
}

beforeAll(async () => {
  test = await startTestEngine();
  const rows = Array.from({ length: documents }, (_, n) => ({ _id: n, n, shuffled: (n * 7919) % documents, few: n % 10, filling: 'x'.repeat(40) }));
  await test.database.collection<Document & { _id: number }>('rows').insertMany(rows);
});

beforeEach(() => limitTo(100 * 1024 * 1024));

afterAll(async () => {
  await test.stop();
});

const sum = { $sum: '$n' };
const pipelines: [string, Document[]][] = [
  ['a sort', [{ $set: { key: { $add: ['$shuffled', 1] } } }, { $sort: { key: 1 } }, { $project: { key: 1 } }]],
  ['a sort of the first many', [{ $sort: { few: -1, shuffled: 1 } }, { $limit: 1500 }, { $project: { n: 1 } }]],
  ['groups of few documents', [{ $group: { _id: '$shuffled', sum, last: { $last: '$filling' } } }, { $sort: { _id: 1 } }]],
  ['groups of many documents', [{ $group: { _id: { few: '$few', hundred: { $mod: ['$n', 100] } }, sum, all: { $push: '$n' } } }, { $sort: { _id: 1 } }]],
  ['groups by a field that is not there', [{ $group: { _id: '$nothing', sum } }]],
];

describe('in little memory', () => {
  it.each(pipelines)('%s comes out the same', async (_what, pipeline) => {
    const rows = test.database.collection('rows');
    const expected = await rows.aggregate(pipeline).toArray();
    await limitTo(30_000);
    expect(await rows.aggregate(pipeline).toArray()).toEqual(expected);
  });

  it('a find comes out the same, and explain counts how often it went to disk', async () => {
    const rows = test.database.collection('rows');
    await limitTo(30_000);
    const found = await rows.find().sort({ shuffled: -1 }).project({ shuffled: 1 }).toArray();
    expect(found.map(({ shuffled }) => Number(shuffled))).toEqual(Array.from({ length: documents }, (_, index) => documents - 1 - index));
    const explained = await test.database.command({ explain: { find: 'rows', sort: { shuffled: 1 } }, verbosity: 'executionStats' });
    expect(JSON.stringify(explained)).toMatch(/"usedDisk":true,"spills":\d+/u);
  });

  it.each<[string, (options: Document) => Promise<unknown>]>([
    ['a sort', (options) => test.database.collection('rows').aggregate([{ $sort: { shuffled: 1 } }], options).toArray()],
    ['groups', (options) => test.database.collection('rows').aggregate([{ $group: { _id: '$shuffled' } }], options).toArray()],
    ['a find', (options) => test.database.collection('rows').find({}, options).sort({ shuffled: 1 }).toArray()],
  ])('%s is refused where temporary files are not allowed, by the command or by the parameter', async (_what, run) => {
    await limitTo(30_000);
    const refused = { code: 292, codeName: 'QueryExceededMemoryLimitNoDiskUseAllowed' };
    expect(await serverError(run({ allowDiskUse: false }))).toMatchObject(refused);
    await setParameter('allowDiskUseByDefault', false);
    expect(await serverError(run({}))).toMatchObject(refused);
    await setParameter('allowDiskUseByDefault', true);
    await run({});
  });

  it('no file is left of a cursor that is closed in the middle', async () => {
    await limitTo(30_000);
    const spilled = async (): Promise<Document> => ((await test.client.db('admin').command({ serverStatus: 1 }))['metrics'] as { query: { temporaryFiles: Document } }).query.temporaryFiles;
    const cursor = test.database.collection('rows').aggregate([{ $sort: { shuffled: 1 } }], { batchSize: 2 });
    await cursor.next();
    expect(Number((await spilled())['open'])).toBeGreaterThan(0);
    await cursor.close();
    expect(await spilled()).toMatchObject({ open: 0, bytes: 0 });
  });
});
