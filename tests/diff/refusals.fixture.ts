// What the engine does not have it refuses, by name and with MongoDB's own codes: each file here is a table of such refusals.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverError, startTestEngine, type TestEngine } from '../compat/engine.fixture.js';

/** What is asked for, the command that asks, and the code and words of the refusal. */
export interface Refusal {
  readonly wish: string;
  readonly command: Document;
  readonly code: number;
  readonly says: RegExp;
  /** `admin` where the command runs there only. */
  readonly database?: string;
}

/** Runs every command of the table on a collection `things` that has documents, and expects its refusal. */
export function describeRefusals(subject: string, refusals: readonly Refusal[]): void {
  describe(`${subject} (not supported)`, () => {
    let test: TestEngine;
    beforeAll(async () => {
      test = await startTestEngine();
      await test.database.collection('things').insertMany([{ a: 1, text: 'one' }, { a: 2, text: 'two' }]);
    });
    afterAll(() => test.stop());

    it.each(refusals)('refuses $wish', async ({ command, code, says, database }) => {
      const error = await serverError(test.client.db(database ?? 'compat').command(command));
      expect(error.code).toBe(code);
      expect(error.errmsg).toMatch(says);
    });

    it('leaves the documents as they were', async () => {
      expect(await test.database.collection('things').countDocuments()).toBe(2);
      expect(await test.database.collection('things').listIndexes().toArray()).toHaveLength(1);
    });
  });
}

export const find = (filter: Document, options: Document = {}): Document => ({ find: 'things', filter, ...options });
export const aggregate = (...pipeline: readonly Document[]): Document => ({ aggregate: 'things', pipeline, cursor: {} });
export const createIndex = (key: Document): Document => ({ createIndexes: 'things', indexes: [{ key, name: 'refused' }] });
