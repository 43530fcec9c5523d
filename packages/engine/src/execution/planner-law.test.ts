import { Decimal128, Double, EJSON, Int32, Long, type Document } from 'bson';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { decodeDocument, decodePlain, encodeDocument } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { PlannedStorage, queryOf, type IndexOptions, type TestRead } from './planned-storage.fixture.js';

let storage: PlannedStorage;
let collections = 0;

beforeAll(async () => {
  storage = await PlannedStorage.open();
});

afterAll(() => storage.close());

const scalar = fc.constantFrom<unknown>(0, 1, 2, 3, 1.5, -1, NaN, Infinity, 'a', 'A', 'ab', 'b', '', null, true, false, new Date(5), new Date(9), {}, { x: 1 });
const value = fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(scalar, { maxLength: 3 }), fc.constantFrom<unknown>([[1]], [[]], { c: 2 }, [{ c: 1 }, { c: 3 }], [{ c: [1, 2] }]));
const document = fc.record({ a: value, b: value, d: fc.oneof(value, fc.record({ c: value }), fc.array(fc.record({ c: scalar, e: scalar }, { requiredKeys: [] }), { maxLength: 2 })) }, { requiredKeys: [] });
const paths = ['a', 'b', 'd', 'd.c', 'd.e', 'd.0', 'd.0.c'] as const;
const path = fc.constantFrom(...paths);

const operand = fc.oneof(
  fc.constantFrom({ $gt: null }, { $lte: null }, { $gt: [1] }, { $in: [null, 1] }), fc.record({ $eq: value }), fc.record({ $ne: value }), fc.record({ $gt: scalar }), fc.record({ $gte: scalar }), fc.record({ $lt: scalar }), fc.record({ $lte: scalar }),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $gte: low, $lt: high })),
  fc.record({ $in: fc.array(value, { maxLength: 3 }) }), fc.record({ $nin: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $exists: fc.boolean() }), fc.constantFrom({ $type: 'number' }, { $type: 'string' }, { $type: 'array' }, { $regex: '^a' }, { $regex: 'b' }, { $in: [/^a/, 1] }),
  fc.record({ $not: fc.record({ $gt: scalar }) }),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $elemMatch: { $gte: low, $lte: high } })),
  fc.tuple(scalar, scalar).map(([c, e]) => ({ $elemMatch: { c, e } })),
  fc.record({ $size: fc.nat(2) }),
  scalar.map(($gte) => ({ $elemMatch: { $elemMatch: { $gte } } })), scalar.map((not) => ({ $elemMatch: { $ne: not } })), scalar.map(($gt) => ({ $not: { $elemMatch: { $gt } } })),
);
const condition = fc.tuple(path, fc.oneof(operand, scalar)).map(([name, test]) => ({ [name]: test }));
const conjunction = fc.array(condition, { minLength: 1, maxLength: 3 }).map((conditions) => (conditions.length === 1 ? conditions[0]! : { $and: conditions }));
const filter: fc.Arbitrary<Document> = fc.oneof(
  { weight: 5, arbitrary: conjunction },
  fc.array(conjunction, { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })),
  fc.tuple(condition, fc.array(conjunction, { minLength: 1, maxLength: 2 })).map(([and, $or]) => ({ ...and, $or })),
  fc.constant({}),
);

const direction = fc.constantFrom(1, -1);
const keyPattern = fc.uniqueArray(fc.tuple(path, direction), { selector: ([name]) => name, minLength: 1, maxLength: 3 }).map((fields) => Object.fromEntries(fields));
const indexOptions: fc.Arbitrary<IndexOptions> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  fc.constant({ sparse: true }),
  { weight: 2, arbitrary: fc.constant({ ignoresCase: true }) },
  fc.constantFrom<IndexOptions>({ partial: { a: { $gt: 0 } } }, { partial: { b: { $exists: true } } }, { partial: { a: 1 } }, { partial: { b: { $type: 'string' } } }),
);
const indexes = fc.uniqueArray(fc.tuple(keyPattern, indexOptions), { selector: ([key]) => JSON.stringify(key), maxLength: 4 });
const sort = fc.option(fc.uniqueArray(fc.tuple(path, direction), { selector: ([name]) => name, minLength: 1, maxLength: 2 }).map((fields) => Object.fromEntries(fields)), { nil: undefined });

/** What a reader without any index finds. */
function naive(stored: readonly RawDocument[], read: TestRead): RawDocument[] {
  const { matcher } = queryOf(read);
  return stored.filter((each) => matcher.matches(documentValue(each)));
}

/** Numbers of all types, of one value too; what keys cannot give back. */
const sortable = fc.oneof(scalar, fc.constantFrom<unknown>(new Int32(1), new Double(1), Long.fromNumber(1), new Double(-0), Decimal128.fromString('1.0'), Long.fromString('9007199254740993'), 'a\0b'));

/** The documents with all their types, whatever the order of documents and of fields. */
function shapes(documents: readonly RawDocument[]): string[] {
  const ordered = (document: unknown): unknown =>
    Array.isArray(document) || typeof document !== 'object' || document === null ? document : Object.fromEntries(Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, ordered(each)]));
  return documents.map((each) => JSON.stringify(ordered(EJSON.serialize(decodeDocument(each), { relaxed: false })))).sort();
}

const idsOf = (documents: readonly RawDocument[]): number[] => documents.map((each) => getDocumentField(each, '_id')!.int32()).sort((a, b) => a - b);

/** Arrays on two paths of one index, and array elements that have a field named like a place in the array. */
const unstorableCodes: ReadonlySet<number> = new Set([171, 16746]);

/** Fills a collection; undefined where an index cannot take one of the documents: such a case says nothing. */
async function fill(documents: readonly Document[], keys: readonly (readonly [Document, IndexOptions])[]): Promise<string | undefined> {
  collections += 1;
  const name = `c${collections}`;
  try {
    await storage.fill(name, documents, keys);
    return name;
  } catch (error) {
    if (error instanceof CommandError && unstorableCodes.has(error.code)) return undefined;
    throw error;
  }
}

describe('a plan', () => {
  it('finds what a reader without indexes finds, in the order that was asked for, however often it pauses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { minLength: 3, maxLength: 12 }), indexes, fc.array(fc.tuple(filter, sort, fc.boolean()), { minLength: 5, maxLength: 12 }), fc.integer({ min: 1, max: 7 }), async (documents, keys, reads, pauseAfter) => {
        const name = await fill(documents, keys);
        fc.pre(name !== undefined);
        const stored = storage.find(name, {});
        for (const [given, order, ignoresCase] of reads) {
          const read: TestRead = { filter: given, ignoresCase, ...(order === undefined ? {} : { sort: order }) };
          const expected = naive(stored, read);
          let found: RawDocument[];
          try {
            found = storage.find(name, read, pauseAfter);
          } catch (error) {
            // Only a sort may refuse documents: those with arrays on two of its paths.
            if (order !== undefined && error instanceof CommandError && error.code === 2) continue;
            throw error;
          }
          const note = (): string => JSON.stringify({ read, plan: storage.plan(name, read), documents: stored.map((each) => decodePlain(each)) });
          expect(idsOf(found), note()).toEqual(idsOf(expected));
          const { sort: compiled } = queryOf(read);
          for (let i = 1; compiled !== undefined && i < found.length; i += 1) {
            expect(compiled.order.compare(found[i - 1]!, found[i]!), note()).toBeLessThanOrEqual(0);
          }
          if (order === undefined) expect(storage.count(name, read), `count ${note()}`).toBe(expected.length);
        }
      }),
      { numRuns: 250 },
    );
  });

  it('with a limit keeps the first documents of the order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ a: scalar, b: scalar }), { minLength: 3, maxLength: 12 }), indexes, filter, keyPattern, fc.nat(3), fc.integer({ min: 1, max: 4 }), async (documents, keys, given, order, skip, limit) => {
        const name = await fill(documents, keys);
        fc.pre(name !== undefined);
        const read = { filter: given, sort: order };
        const { order: compiled } = queryOf(read).sort!;
        const all = naive(storage.find(name, {}), read).sort((a, b) => compiled.compare(a, b)).slice(skip, skip + limit);
        const found = storage.find(name, { ...read, skip, limit });
        expect(found.length).toBe(all.length);
        found.forEach((each, position) => expect(compiled.compare(each, all[position]!) === 0).toBe(true));
      }),
      { numRuns: 150 },
    );
  });

  it('by any index that has every document, with any projection, gives what a scan of the collection gives', async () => {
    const some = fc.constantFrom('a', 'b', 'd.c');
    const coverable = fc.oneof(filter, fc.tuple(some, fc.oneof(operand, scalar)).map(([name, test]): Document => ({ [name]: test })), fc.constant({}));
    const pattern = fc.uniqueArray(fc.tuple(some, direction), { selector: ([name]) => name, minLength: 1, maxLength: 3 }).map((fields) => Object.fromEntries(fields));
    const projection = fc.tuple(fc.uniqueArray(some, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([names, hasId]) => Object.fromEntries([...names, ...(hasId ? [] : ['_id'])].map((name) => [name, name === '_id' ? 0 : 1])));
    const key = fc.tuple(pattern, fc.boolean()).map(([fields, hasId]): Document => (hasId ? { ...fields, _id: 1 } : fields));
    const keys = fc.uniqueArray(key, { selector: (fields) => JSON.stringify(fields), minLength: 1, maxLength: 3 });
    const rows = fc.array(fc.record({ a: sortable, b: sortable, d: fc.oneof(sortable, fc.record({ c: sortable, e: sortable }, { requiredKeys: [] })) }, { requiredKeys: [] }), { minLength: 3, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(rows, keys, fc.array(fc.tuple(coverable, projection, sort), { minLength: 5, maxLength: 10 }), fc.integer({ min: 1, max: 7 }), async (documents, patterns, reads, pauseAfter) => {
        const name = await fill(documents, patterns.map((pattern) => [pattern, {}] as const));
        fc.pre(name !== undefined);
        for (const [given, wanted, order] of reads) {
          const read: TestRead = { filter: given, projection: wanted, ...(order === undefined ? {} : { sort: order }) };
          const expected = shapes(storage.find(name, { ...read, hint: { kind: 'natural', direction: 'forward' } }));
          for (const hint of patterns) {
            const hinted: TestRead = { ...read, hint: { kind: 'key', key: encodeDocument(hint) } };
            expect(shapes(storage.find(name, hinted, pauseAfter)), JSON.stringify({ read, hint, plan: storage.plan(name, hinted) })).toEqual(expected);
          }
        }
      }),
      { numRuns: 80 },
    );
  });
});
