// What one client may ask of everybody's memory: values that double, results, pipelines and patterns that are too large.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;

beforeAll(async () => {
  test = await startTestEngine();
  await test.database.collection('one').insertOne({ text: 'x', list: [1, 2], zero: 0 });
});

afterAll(async () => {
  await test.stop();
});

/** `initial` doubled so many times, not to be worked out before there is a document. */
const doubled = (initial: unknown, by: Document | unknown[], times: number): Document => ({ $reduce: { input: { $range: ['$zero', times] }, initialValue: initial, in: by } });
const run = (...pipeline: Document[]): Promise<Document[]> => test.database.collection('one').aggregate(pipeline).toArray();

describe('a value that doubles', () => {
  it.each<[string, Document]>([
    ['by $concat', { $strLenBytes: doubled('$text', { $concat: ['$$value', '$$value'] }, 40) }],
    ['by nesting', { $size: doubled('$list', ['$$value', '$$value'], 40) }],
    ['by $replaceAll', { $strLenBytes: doubled('$text', { $replaceAll: { input: '$$value', find: 'x', replacement: 'x'.repeat(1000) } }, 40) }],
    ['by $replaceAll between letters', { $strLenBytes: doubled('$text', { $replaceAll: { input: '$$value', find: '', replacement: '$$value' } }, 40) }],
  ])('%s ends at 64 MB', async (_by, size) => {
    expect(await serverError(run({ $project: { size } }))).toMatchObject({ code: 13548, message: expect.stringMatching(/past the 64MB limit/u) as string });
  });

  it('may be larger than a document on its way, and is refused as a result', async () => {
    const text = doubled('$text', { $concat: ['$$value', '$$value'] }, 25);
    expect(await run({ $project: { _id: 0, size: { $strLenBytes: text } } })).toEqual([{ size: 2 ** 25 }]);
    expect(await serverError(run({ $project: { text } }))).toMatchObject({ code: 10334, codeName: 'BSONObjectTooLarge' });
  });
});

it('$replaceAll takes its replacement as it is', async () => {
  expect(await run({ $project: { _id: 0, text: { $replaceAll: { input: 'a.b.c', find: '.', replacement: { $literal: '$&$$' } } } } })).toEqual([{ text: 'a$&$$b$&$$c' }]);
});

it('a pipeline of more than a thousand stages is refused', async () => {
  const stages = Array.from({ length: 1000 }, () => ({ $match: {} }));
  expect(await run(...stages)).toHaveLength(1);
  expect(await serverError(run(...stages, { $match: {} }))).toMatchObject({ code: 7749501 });
});

it('a pattern that is too large is refused as invalid', async () => {
  expect(await serverError(test.database.collection('one').findOne({ text: { $regex: 'a'.repeat(40_000) } }))).toMatchObject({ code: 51091, message: expect.stringContaining('too large') as string });
});
