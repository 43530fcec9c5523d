import type { Document } from 'bson';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalKey } from '../bson/canonical-key.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { parsePath, valueAtPath } from '../query/path.js';
import { PlanRun } from './plan-run.js';
import { PlannedStorage, queryOf } from './planned-storage.fixture.js';
import { planDistinctRead } from './reads/key-plans.js';
import { finished, needTime } from './stages/stage.js';

let storage: PlannedStorage;
let collections = 0;

beforeAll(async () => {
  storage = await PlannedStorage.open();
});

afterAll(() => storage.close());

const missing = 'missing';

/** The values at the path, each as text. */
function valuesOf(documents: readonly RawDocument[], path: string): string[] {
  return documents.map((document) => {
    const value = valueAtPath(documentValue(document), parsePath(path));
    return value === undefined ? missing : canonicalKey(value);
  });
}

/** What a plan of one document for each value finds, in a new view after every so many units of work; undefined: there is none. */
function distinct(name: string, path: string, filter: Document, isMissingKept: boolean, pauseAfter: number): { rows: RawDocument[]; keys: number } | undefined {
  const run = storage.read((unit) => {
    const collection = storage.collection(unit, name);
    const plan = planDistinctRead(collection, queryOf({ filter }), { path, isMissingKept, isWhole: false });
    return plan === undefined ? undefined : new PlanRun(plan, collection);
  });
  if (run === undefined) return undefined;
  const rows: RawDocument[] = [];
  const isOver = (): boolean => storage.read((unit) => {
    run.attach(unit);
    for (let works = 0; works < pauseAfter; works += 1) {
      const next = run.next();
      if (next === finished) return true;
      if (next !== needTime) rows.push(next);
    }
    run.detach();
    return false;
  });
  let pauses = 0;
  while (!isOver()) {
    pauses += 1;
    if (pauses > 5000) throw new Error('the plan does not end');
  }
  return { rows, keys: run.root.inputs[0]!.counters.keysExamined };
}

const scalar = fc.constantFrom<unknown>(null, 0, 1, 1.5, 'a', 'ab', '', true, new Date(5), { x: 1 }, NaN);
const documents = fc.array(fc.record({ a: scalar, b: scalar, c: fc.record({ d: scalar }, { requiredKeys: [] }) }, { requiredKeys: [] }), { maxLength: 60 });
const field = fc.constantFrom('a', 'b', 'c.d');
const filter = fc.oneof(fc.constant({}), fc.tuple(field, fc.constantFrom<unknown>(0, 'a', { $gte: 'a' }, { $gt: 0, $lte: 1 }, { $in: [0, 1, 'a'] })).map(([name, test]): Document => ({ [name]: test })));
const indexes: (readonly [Document])[] = [[{ a: 1, b: -1 }], [{ b: -1 }], [{ 'c.d': 1, a: 1 }], [{ b: 1, 'c.d': -1 }]];

describe('a plan of one document for each value', () => {
  it('finds every value, and no other, however often it pauses', async () => {
    let planned = 0;
    await fc.assert(
      fc.asyncProperty(documents, fc.array(fc.tuple(field, filter, fc.boolean()), { minLength: 3, maxLength: 8 }), fc.integer({ min: 1, max: 30 }), async (all, reads, pauseAfter) => {
        collections += 1;
        const name = `c${collections}`;
        await storage.fill(name, all, indexes);
        for (const [path, given, isMissingKept] of reads) {
          const found = distinct(name, path, given, isMissingKept, pauseAfter);
          if (found === undefined) continue;
          planned += 1;
          // A missing field counts as null where it counts.
          const shown = (text: string): string[] => (text !== missing ? [text] : isMissingKept ? [canonicalNull] : []);
          const expected = new Set(valuesOf(storage.find(name, { filter: given, hint: { kind: 'natural', direction: 'forward' } }), path).flatMap(shown));
          // A value comes again where keys do not say where its own end (NaN, objects).
          const values = new Set(valuesOf(found.rows, path).flatMap(shown));
          expect([...values].sort(), JSON.stringify({ path, given, isMissingKept })).toEqual([...expected].sort());
        }
      }),
      { numRuns: 40, endOnFailure: true },
    );
    expect(planned).toBeGreaterThan(100);
  });

  it('passes over keys of a value that has many', async () => {
    await storage.fill('many', Array.from({ length: 5000 }, (_, n) => ({ a: n % 3, b: n })), [[{ a: 1, b: 1 }]]);
    const found = distinct('many', 'a', {}, false, Number.POSITIVE_INFINITY);
    expect(found?.rows).toHaveLength(3);
    expect(found?.keys).toBeLessThan(100);
  });
});

const canonicalNull = valuesOf([Buffer.from([8, 0, 0, 0, 10, 97, 0, 0])], 'a')[0]!;
