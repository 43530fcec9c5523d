// A table of what the engine refuses, asked of it through the driver: each row is a sentence, a command, and the clear answer.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type AnyDocument, type TestEngine } from '../compat/engine.fixture.js';

export type Refusal = readonly [sentence: string, command: Document, code: number, words: RegExp, database?: 'admin'];

/** Every command must fail with this code and these words. The collection `items` has one document. */
export function describeRefusals(subject: string, refusals: readonly Refusal[]): void {
  describe(subject, () => {
    const engine = startedEngine();

    for (const [sentence, command, code, words, database = 'differences'] of refusals) {
      it(sentence, async () => {
        const error = await serverError(engine().client.db(database).command(command));
        expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringMatching(words) as string });
      });
    }

    it('leaves the documents and indexes as they were', async () => {
      const items = engine().client.db('differences').collection('items');
      expect(await items.countDocuments()).toBe(1);
      expect(await items.indexes()).toHaveLength(1);
    });
  });
}

/** Starts an engine for the tests around it and gives it to them. */
export function startedEngine(): () => TestEngine {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startTestEngine();
    await engine.client.db('differences').collection<AnyDocument>('items').insertOne({ _id: 1, a: 1 });
  });
  afterAll(async () => {
    await engine.stop();
  });
  return () => engine;
}

export const find = (filter: Document, more: Document = {}): Document => ({ find: 'items', filter, ...more });
export const aggregate = (...pipeline: Document[]): Document => ({ aggregate: 'items', pipeline, cursor: {} });
export const createIndex = (key: Document, options: Document = {}): Document => ({ createIndexes: 'items', indexes: [{ key, name: 'wanted', ...options }] });
