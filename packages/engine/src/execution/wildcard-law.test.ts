import { EJSON, type Document } from 'bson';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getDocumentField } from '../bson/reader.js';
import type { RawDocument } from '../bson/raw-value.js';
import { decodeDocument, decodePlain } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { inconsistencies } from '../storage/consistency.fixture.js';
import { PlannedStorage, queryOf, type IndexOptions, type TestRead } from './planned-storage.fixture.js';

let storage: PlannedStorage;
let collections = 0;

beforeAll(async () => {
  storage = await PlannedStorage.open();
});

afterAll(() => storage.close());

const scalar = fc.constantFrom<unknown>(0, 1, 2, 3, 1.5, NaN, 'a', 'A', 'ab', '', null, true, new Date(5));
const object = fc.constantFrom<unknown>({}, { c: 1 }, { c: { e: 2 } }, { c: [] }, { c: [1, 'a'] }, { 0: 1 }, { 0: { c: 1 } }, { 'x.y': 1 }, { c: 1, e: null }, { c: { 'x.y': 1 } }, { '': 1 }, { '': { c: 1 } });
const array = fc.oneof(fc.array(fc.oneof(scalar, object), { maxLength: 3 }), fc.constantFrom<unknown>([[1]], [[]], [[{ c: 1 }]], [{ c: [{ e: 1 }, { e: [2] }] }], [[1, 2], 3]));
const value = fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 2, arbitrary: object }, array);
const document = fc.record({ a: value, b: scalar, d: value, '': fc.constantFrom({ a: 1 }, { c: [2] }, 1) }, { requiredKeys: [] });
const path = fc.constantFrom('a', 'b', 'd', 'd.c', 'd.c.e', 'a.c', 'd.e', 'd.0', 'd.0.c', 'd.x', 'd.', '', '_id');

const operand = fc.oneof(
  fc.record({ $eq: value }), fc.record({ $ne: value }), fc.record({ $gt: scalar }), fc.record({ $gte: scalar }), fc.record({ $lt: scalar }), fc.record({ $lte: scalar }),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $gte: low, $lt: high })),
  fc.record({ $in: fc.array(value, { maxLength: 3 }) }), fc.record({ $nin: fc.array(scalar, { maxLength: 3 }) }), fc.record({ $exists: fc.boolean() }),
  fc.constantFrom({ $ne: null }, { $exists: true }, { $type: 'number' }, { $type: 'object' }, { $type: 'array' }, { $regex: '^a' }, { $in: [/^a/, 1] }, { $nin: [null, 1] }, { $gt: {} }),
  fc.record({ $not: fc.record({ $gt: scalar }) }),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $elemMatch: { $gte: low, $lte: high } })),
  fc.tuple(scalar, scalar).map(([c, e]) => ({ $elemMatch: { c, e } })), fc.record({ $elemMatch: fc.record({ c: scalar }) }),
  scalar.map(($gte) => ({ $elemMatch: { $elemMatch: { $gte } } })), scalar.map((not) => ({ $elemMatch: { $ne: not } })),
);
const condition = fc.tuple(path, fc.oneof(operand, scalar)).map(([name, test]) => ({ [name]: test }));
const conjunction = fc.array(condition, { minLength: 1, maxLength: 3 }).map((conditions) => (conditions.length === 1 ? conditions[0]! : { $and: conditions }));
const filter: fc.Arbitrary<Document> = fc.oneof({ weight: 5, arbitrary: conjunction }, fc.array(conjunction, { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })));
const sort = fc.option(fc.constantFrom<Document>({ a: 1 }, { b: -1 }, { 'd.c': 1 }, { b: 1, 'd.c': -1 }, { 'd.c': -1, b: 1 }), { nil: undefined });

const indexes = fc.subarray<readonly [Document, IndexOptions]>([
  [{ '$**': 1 }, {}], [{ 'd.$**': -1 }, {}], [{ b: 1, 'd.$**': 1 }, {}], [{ b: -1, '$**': 1 }, { wildcardProjection: { b: 0, 'd.e': 0 } }],
  [{ '$**': 1, b: 1 }, { wildcardProjection: { 'd.c': 1, _id: 1 } }], [{ 'a.$**': 1 }, { ignoresCase: true }], [{ 'd.c.$**': 1 }, { partial: { b: { $gt: 0 } } }], [{ '$**': -1 }, { hidden: true }],
], { minLength: 1, maxLength: 2 });

async function fill(documents: readonly Document[], keys: readonly (readonly [Document, IndexOptions])[]): Promise<string> {
  collections += 1;
  const name = `c${collections}`;
  await storage.fill(name, documents, keys);
  return name;
}

const idsOf = (documents: readonly RawDocument[]): number[] => documents.map((each) => getDocumentField(each, '_id')!.int32()).sort((a, b) => a - b);
const byScan = { hint: { kind: 'natural', direction: 'forward' } } as const;
const noteOf = (name: string, read: TestRead): string => JSON.stringify({ read, plan: storage.plan(name, read), documents: storage.find(name, {}).map((each) => decodePlain(each)) });

function found<T>(work: () => T): T | 'refused' {
  try {
    return work();
  } catch (error) {
    // A sort refuses documents with arrays on two of its paths.
    if (error instanceof CommandError && error.code === 2) return 'refused';
    throw error;
  }
}

describe('a wildcard index', () => {
  it('finds what a scan of the collection finds, in the order that was asked for, however often it pauses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { minLength: 3, maxLength: 12 }), indexes, fc.array(fc.tuple(filter, sort, fc.boolean()), { minLength: 5, maxLength: 12 }), fc.integer({ min: 1, max: 7 }), async (documents, keys, reads, pauseAfter) => {
        const name = await fill(documents, keys);
        for (const [given, order, ignoresCase] of reads) {
          const read: TestRead = { filter: given, ignoresCase, ...(order === undefined ? {} : { sort: order }) };
          const rows = found(() => storage.find(name, read, pauseAfter));
          const expected = found(() => storage.find(name, { ...read, ...byScan }));
          if (rows === 'refused' || expected === 'refused') continue;
          expect(idsOf(rows), noteOf(name, read)).toEqual(idsOf(expected));
          const compiled = queryOf(read).sort?.order;
          for (let i = 1; compiled !== undefined && i < rows.length; i += 1) expect(compiled.compare(rows[i - 1]!, rows[i]!), noteOf(name, read)).toBeLessThanOrEqual(0);
          if (order === undefined) expect(storage.count(name, read), `count ${noteOf(name, read)}`).toBe(expected.length);
        }
        expect(storage.read((unit) => inconsistencies(unit, { ...storage.collection(unit, name), indexes: storage.collection(unit, name).indexes.filter(({ partialFilterExpression, options }) => partialFilterExpression === undefined && options.length === 5) }))).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  it('gives back the values that it covers as the documents have them', async () => {
    const rows = fc.array(fc.record({ a: fc.oneof(scalar, object), b: scalar, d: fc.record({ c: scalar }) }, { requiredKeys: [] }), { minLength: 3, maxLength: 10 });
    const projection = fc.constantFrom<Document>({ a: 1, _id: 0 }, { 'd.c': 1, _id: 0 }, { b: 1, 'd.c': 1, _id: 0 }, { b: 1, _id: 0 });
    await fc.assert(
      fc.asyncProperty(rows, indexes, fc.array(fc.tuple(conjunction, projection), { minLength: 5, maxLength: 10 }), async (documents, keys, reads) => {
        const name = await fill(documents, keys);
        // Covered fields come in the index's order.
        const shape = (one: RawDocument): string => JSON.stringify(Object.entries(EJSON.serialize(decodeDocument(one), { relaxed: false })).sort());
        const shapes = (each: readonly RawDocument[]): string[] => each.map(shape).sort();
        for (const [given, wanted] of reads) {
          const read: TestRead = { filter: given, projection: wanted };
          expect(shapes(storage.find(name, read)), noteOf(name, read)).toEqual(shapes(storage.find(name, { ...read, ...byScan })));
        }
      }),
      { numRuns: 40 },
    );
  });
});
