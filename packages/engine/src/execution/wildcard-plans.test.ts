import type { Document } from 'bson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError } from '../errors.js';
import { PlannedStorage, type TestRead } from './planned-storage.fixture.js';

let storage: PlannedStorage;

beforeAll(async () => {
  storage = await PlannedStorage.open();
  const things = Array.from({ length: 300 }, (_, n) => ({ kind: `k${n % 3}`, attributes: { size: n, color: `c${n % 7}`, tags: [n % 5, 'x'] }, plain: n % 10, note: n % 2 === 0 ? { text: 'even' } : {} }));
  await storage.fill('things', things, [[{ '$**': 1 }]]);
  await storage.fill('compound', things, [[{ kind: 1, 'attributes.$**': 1 }]]);
  await storage.fill('projected', things, [[{ '$**': 1 }, { wildcardProjection: { plain: 1, 'attributes.size': 1 } }]]);
});

afterAll(() => storage.close());

/** The stages from the top, then the bounds of the scan. */
function summary(plan: Document): string {
  const inner = plan['inputStage'] as Document | undefined;
  if (plan['stage'] === 'IXSCAN' || plan['stage'] === 'COUNT_SCAN') return `${String(plan['stage'])} ${JSON.stringify(plan['indexBounds'])}`.replaceAll('\\"', "'");
  return inner === undefined ? String(plan['stage']) : `${String(plan['stage'])} < ${summary(inner)}`;
}

const cases: readonly (readonly [what: string, collection: string, read: TestRead, expected: string])[] = [
  ['a value', 'things', { filter: { plain: 3 } }, `FETCH < IXSCAN {"$_path":["['plain', 'plain']"],"plain":["[3, 3]"]}`],
  ['a range below a field', 'things', { filter: { 'attributes.size': { $gt: 3, $lt: 9 } } }, `FETCH < IXSCAN {"$_path":["['attributes.size', 'attributes.size']"],"attributes.size":["(3, 9)"]}`],
  ['one end of a range where there are arrays', 'things', { filter: { 'attributes.tags': { $gt: 3, $lt: 9 } } }, `FETCH < IXSCAN {"$_path":["['attributes.tags', 'attributes.tags']"],"attributes.tags":["(3, inf.0]"]}`],
  ['presence', 'things', { filter: { 'attributes.size': { $exists: true } } }, `FETCH < IXSCAN {"$_path":["['attributes.size', 'attributes.size']","['attributes.size.', 'attributes.size/')"],"attributes.size":["[MinKey, MaxKey]"]}`],
  ['absence: by no index', 'things', { filter: { 'attributes.size': { $exists: false } } }, 'COLLSCAN'],
  ['null: by no index', 'things', { filter: { plain: null } }, 'COLLSCAN'],
  ['a whole object: by no index', 'things', { filter: { note: { text: 'even' } } }, 'COLLSCAN'],
  ['a whole array: by no index', 'things', { filter: { 'attributes.tags': [1, 'x'] } }, 'COLLSCAN'],
  ['an empty object', 'things', { filter: { note: {} } }, `FETCH < IXSCAN {"$_path":["['note', 'note']"],"note":["[{}, {}]"]}`],
  ['anything but a value: by no index', 'things', { filter: { plain: { $ne: 3 } } }, 'COLLSCAN'],
  ['the _id: by its own index', 'things', { filter: { _id: { $gt: 5 } } }, `FETCH < IXSCAN {"_id":["(5, inf.0]"]}`],
  ['an order of the field that is asked for', 'things', { filter: { 'attributes.size': { $gt: 290 } }, sort: { 'attributes.size': -1 } }, `FETCH < IXSCAN {"$_path":["['attributes.size', 'attributes.size']"],"attributes.size":["[inf.0, 290)"]}`],
  ['an order alone: by a sort', 'things', { sort: { plain: 1 } }, 'SORT < COLLSCAN'],
  ['an order of arrays: by a sort', 'things', { filter: { 'attributes.tags': { $gt: 3 } }, sort: { 'attributes.tags': 1 } }, `SORT < FETCH < IXSCAN {"$_path":["['attributes.tags', 'attributes.tags']"],"attributes.tags":["(3, inf.0]"]}`],
  ['a place in an array: by no index', 'things', { filter: { 'attributes.tags.0': 3 } }, 'COLLSCAN'],
  ['a field of keys alone', 'things', { filter: { plain: 3 }, projection: { plain: 1, _id: 0 } }, `PROJECTION_COVERED < IXSCAN {"$_path":["['plain', 'plain']"],"plain":["[3, 3]"]}`],
  ['a field before the wildcard, and one of the wildcard', 'compound', { filter: { kind: 'k1', 'attributes.color': 'c2' } }, `FETCH < IXSCAN {"kind":["['k1', 'k1']"],"$_path":["['attributes.color', 'attributes.color']"],"attributes.color":["['c2', 'c2']"]}`],
  ['a field before the wildcard alone', 'compound', { filter: { kind: 'k1' } }, `FETCH < IXSCAN {"kind":["['k1', 'k1']"],"$_path":["[MinKey, MinKey]","['', {})"]}`],
  ['a field behind one that is not asked for: by no index', 'compound', { filter: { 'attributes.color': 'c2' } }, 'COLLSCAN'],
  ['a field that the projection includes', 'projected', { filter: { plain: 3, kind: 'k1' } }, `FETCH < IXSCAN {"$_path":["['plain', 'plain']"],"plain":["[3, 3]"]}`],
  ['a field that it does not: by no index', 'projected', { filter: { 'attributes.color': 'c2' } }, 'COLLSCAN'],
];

describe('a wildcard index', () => {
  it.each(cases)('answers %s', (_what, collection, read, expected) => {
    expect(summary(storage.plan(collection, read))).toBe(expected);
  });

  it('is shown with the fields that it is read by, and with the paths at which there are arrays', () => {
    const scan = (storage.plan('things', { filter: { 'attributes.tags': 3 } })['inputStage']) as Document;
    expect(scan).toMatchObject({ indexName: '$**_1', keyPattern: { $_path: 1, 'attributes.tags': 1 }, isMultiKey: true, multiKeyPaths: { $_path: [], 'attributes.tags': ['attributes.tags'] } });
    expect(storage.plan('things', { filter: { plain: 3 } })['inputStage']).toMatchObject({ isMultiKey: false });
  });

  it('counts its keys, and reads no documents for fields that it has, beside arrays elsewhere', () => {
    expect(summary(storage.countPlan('things', { filter: { plain: { $lt: 2 } } }))).toBe(`COUNT_SCAN {"$_path":["['plain', 'plain']"],"plain":["[-inf.0, 2)"]}`);
    expect(storage.count('things', { filter: { plain: { $lt: 2 } } })).toBe(60);
    expect(storage.examined('things', { filter: { plain: 3 }, projection: { plain: 1, _id: 0 } })).toEqual({ keys: 30, documents: 0 });
  });

  it('is no answer to a hint where it has nothing to say', () => {
    const hint = { kind: 'name', name: '$**_1' } as const;
    expect(summary(storage.plan('things', { filter: { plain: 3 }, hint }))).toContain('IXSCAN');
    const refused = (read: TestRead): unknown => {
      try {
        return storage.plan('things', read);
      } catch (error) {
        return error instanceof CommandError ? error.code : error;
      }
    };
    expect([refused({ hint }), refused({ filter: { plain: null }, hint })]).toEqual([291, 291]);
  });
});
