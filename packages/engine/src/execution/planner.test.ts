import type { Document } from 'bson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePlain } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { PlannedStorage, type IndexOptions, type TestRead } from './planned-storage.fixture.js';

let storage: PlannedStorage;

const people: Document[] = Array.from({ length: 400 }, (_, i) => ({
  city: `c${i % 4}`, age: i % 50, name: `n${i}`, tags: [i % 10, (i % 10) + 100], email: `e${i}@x`, ...(i % 2 === 0 ? { even: i } : {}),
}));

const indexes: (readonly [Document, IndexOptions?])[] = [
  [{ city: 1, age: -1 }], [{ age: 1 }], [{ tags: 1 }], [{ email: 1 }, { unique: true }], [{ even: 1 }, { sparse: true }],
  [{ name: 1 }, { partial: { age: { $gt: 10 } } }], [{ secret: 1 }, { hidden: true }],
];

beforeAll(async () => {
  storage = await PlannedStorage.open();
  await storage.fill('people', people, indexes);
});

afterAll(() => storage.close());

/** The stages from the top, then the index that is read. */
function summary(plan: Document): string {
  const inner = plan['inputStage'] as Document | undefined;
  const several = plan['inputStages'] as Document[] | undefined;
  const own = plan['stage'] === 'IXSCAN' || plan['stage'] === 'COUNT_SCAN' ? `${String(plan['stage'])} ${String(plan['indexName'])}` : String(plan['stage']);
  if (several !== undefined) return `${own}(${several.map(summary).join(', ')})`;
  return inner === undefined ? own : `${own} < ${summary(inner)}`;
}

const cases: readonly (readonly [what: string, read: TestRead, expected: string])[] = [
  ['nothing to go by', {}, 'COLLSCAN'],
  ['an _id', { filter: { _id: 3 } }, 'EXPRESS_IXSCAN'],
  ['an _id and more', { filter: { _id: 3, age: 4 } }, 'FETCH < IXSCAN _id_'],
  ['a range of _id', { filter: { _id: { $gt: 3, $lt: 7 } } }, 'FETCH < IXSCAN _id_'],
  ['a field without index', { filter: { nickname: 'x' } }, 'COLLSCAN'],
  ['a unique field before all others', { filter: { email: 'e7@x', age: 7, city: 'c3' } }, 'FETCH < IXSCAN email_1'],
  ['two fields of a compound index before one', { filter: { city: 'c1', age: 5 } }, 'FETCH < IXSCAN city_1_age_-1'],
  ['an order that the index has backwards', { filter: { city: 'c1' }, sort: { age: 1 } }, 'FETCH < IXSCAN city_1_age_-1'],
  ['an order that no index has', { filter: { city: 'c1' }, sort: { name: 1 } }, 'SORT < FETCH < IXSCAN city_1_age_-1'],
  ['an order alone', { sort: { age: -1 } }, 'FETCH < IXSCAN age_1'],
  ['an order alone with other directions than the index', { sort: { city: 1, age: 1 } }, 'SORT < COLLSCAN'],
  ['several values before an order', { filter: { city: { $in: ['c1', 'c2'] } }, sort: { age: -1 } }, 'SORT_MERGE(FETCH < IXSCAN city_1_age_-1, FETCH < IXSCAN city_1_age_-1)'],
  ['an array element', { filter: { tags: 4 } }, 'FETCH < IXSCAN tags_1'],
  ['alternatives that each have an index', { filter: { $or: [{ age: 3 }, { tags: 4 }] } }, 'SUBPLAN < FETCH < OR(IXSCAN age_1, IXSCAN tags_1)'],
  ['alternatives of which one has none', { filter: { $or: [{ age: 3 }, { nickname: 'x' }] } }, 'SUBPLAN < COLLSCAN'],
  ['alternatives beside a condition', { filter: { nickname: 'x', $or: [{ age: 3 }, { tags: 4 }] } }, 'FETCH < OR(IXSCAN age_1, IXSCAN tags_1)'],
  ['alternatives in an order that all their indexes give', { filter: { $or: [{ city: 'c1' }, { age: 3 }] }, sort: { age: -1 } }, 'SUBPLAN < SORT_MERGE(FETCH < IXSCAN city_1_age_-1, FETCH < IXSCAN age_1)'],
  ['alternatives in an order that one of them gives with a merge of its own', { filter: { $or: [{ city: { $in: ['c1', 'c2'] } }, { age: { $gt: 3 } }] }, sort: { age: 1 } }, 'SUBPLAN < SORT_MERGE(FETCH < IXSCAN city_1_age_-1, FETCH < IXSCAN city_1_age_-1, FETCH < IXSCAN age_1)'],
  ['alternatives in an order that one of them has not', { filter: { $or: [{ city: 'c1' }, { tags: 4 }] }, sort: { age: 1 } }, 'SUBPLAN < SORT < FETCH < OR(IXSCAN city_1_age_-1, IXSCAN tags_1)'],
  ['a prefix of a string', { filter: { email: /^e7/ } }, 'FETCH < IXSCAN email_1'],
  ['a partial index whose filter is implied', { filter: { name: 'n3', age: 20 } }, 'FETCH < IXSCAN name_1'],
  ['a partial index whose filter is not implied', { filter: { name: 'n3' } }, 'COLLSCAN'],
  ['a sparse index for a value', { filter: { even: 4 } }, 'FETCH < IXSCAN even_1'],
  ['a sparse index never for a missing field', { filter: { even: null } }, 'COLLSCAN'],
  ['a sparse index never for an order alone', { sort: { even: 1 } }, 'SORT < COLLSCAN'],
  ['a hidden index never', { filter: { secret: 1 } }, 'COLLSCAN'],
  ['a hinted index without bounds', { filter: { nickname: 'x' }, hint: { kind: 'name', name: 'age_1' } }, 'FETCH < IXSCAN age_1'],
  ['a natural hint', { filter: { age: 3 }, hint: { kind: 'natural', direction: 'backward' } }, 'COLLSCAN'],
  ['fields of an index alone', { filter: { city: 'c1' }, projection: { city: 1, age: 1, _id: 0 } }, 'PROJECTION_COVERED < IXSCAN city_1_age_-1'],
  ['fields of an index, and the _id', { filter: { city: 'c1' }, projection: { city: 1, age: 1 } }, 'PROJECTION_SIMPLE < FETCH < IXSCAN city_1_age_-1'],
  ['a condition on a key that bounds do not express', { filter: { city: 'c1', age: { $not: { $type: 'string' } } }, projection: { age: 1, _id: 0 } }, 'PROJECTION_COVERED < IXSCAN city_1_age_-1'],
  ['an order of keys', { filter: { city: { $gt: 'c1' } }, sort: { age: 1 }, projection: { city: 1, _id: 0 } }, 'PROJECTION_COVERED < SORT < IXSCAN city_1_age_-1'],
  ['what is computed of keys', { filter: { age: 3 }, projection: { next: { $add: ['$age', 1] }, _id: 0 } }, 'PROJECTION_COVERED < IXSCAN age_1'],
  ['_ids alone', { filter: { _id: { $gt: 390 } }, projection: { _id: 1 } }, 'PROJECTION_COVERED < IXSCAN _id_'],
  ['an element of an array in an array: by no index', { filter: { tags: { $elemMatch: { $elemMatch: { $eq: 4 } } } } }, 'COLLSCAN'],
  ['an array, whose keys are its elements', { filter: { tags: 4 }, projection: { tags: 1, _id: 0 } }, 'PROJECTION_SIMPLE < FETCH < IXSCAN tags_1'],
  ['a condition that nothing meets', { filter: { age: { $in: [] } } }, 'EOF'],
];

describe('planQuery', () => {
  it.each(cases)('answers %s', (_what, read, expected) => {
    expect(summary(storage.plan('people', read))).toBe(expected);
  });

  it('counts keys instead of documents where the bounds say everything', () => {
    expect(summary(storage.countPlan('people', { filter: { age: { $gte: 10, $lt: 20 } } }))).toBe('COUNT_SCAN age_1');
    expect(summary(storage.countPlan('people', { filter: { tags: 3 } }))).toBe('COUNT_SCAN tags_1');
    expect(summary(storage.countPlan('people', { filter: { age: null } }))).toBe('COUNT_SCAN age_1');
    expect(summary(storage.countPlan('people', { filter: { age: 3, nickname: 'x' } }))).toBe('FETCH < IXSCAN age_1');
    expect(storage.count('people', { filter: { age: { $gte: 10, $lt: 20 } } })).toBe(80);
  });

  it('reads no document where keys say all that is asked for', () => {
    const read: TestRead = { filter: { city: 'c1', age: { $lt: 10 } }, projection: { city: 1, age: 1, _id: 0 } };
    expect(storage.examined('people', read)).toEqual({ keys: 20, documents: 0 });
    expect(storage.examined('people', { filter: read.filter! })).toEqual({ keys: 20, documents: 20 });
    expect(storage.examined('people', { hint: { kind: 'natural', direction: 'forward' } })).toEqual({ keys: 0, documents: 400 });
    expect(storage.find('people', read).map((each) => decodePlain(each)).at(0)).toEqual({ city: 'c1', age: 9 });
  });

  it('prints bounds as explain does, in the direction of the scan', () => {
    const bounds = (read: TestRead): unknown => {
      let plan = storage.plan('people', read);
      while (plan['inputStage'] !== undefined) plan = plan['inputStage'] as Document;
      return plan['indexBounds'];
    };
    expect(bounds({ filter: { city: 'c1', age: { $gt: 3 } } })).toEqual({ city: ['["c1", "c1"]'], age: ['[inf.0, 3)'] });
    expect(bounds({ filter: { city: 'c1' }, sort: { age: 1 } })).toEqual({ city: ['["c1", "c1"]'], age: ['[MinKey, MaxKey]'] });
    expect(bounds({ filter: { age: { $in: [3, 1] } } })).toEqual({ age: ['[1, 1]', '[3, 3]'] });
    expect(bounds({ filter: { age: { $ne: 5 } } })).toEqual({ age: ['[MinKey, 5)', '(5, MaxKey]'] });
    expect(bounds({ filter: { tags: { $gt: 1, $lt: 5 } } })).toEqual({ tags: ['(1, inf.0]'] });
    expect(bounds({ filter: { tags: { $elemMatch: { $gt: 1, $lt: 5 } } } })).toEqual({ tags: ['(1, 5)'] });
  });

  it('refuses a hint that names no index, or a partial one that leaves documents out', () => {
    const refusal = (read: TestRead): number => {
      try {
        storage.plan('people', read);
      } catch (error) {
        if (error instanceof CommandError) return error.code;
      }
      return 0;
    };
    expect(refusal({ hint: { kind: 'name', name: 'nothing' } })).toBe(2);
    expect(refusal({ hint: { kind: 'name', name: 'secret_1' } })).toBe(2);
    expect(refusal({ filter: { name: 'n1' }, hint: { kind: 'name', name: 'name_1' } })).toBe(291);
  });

  it('chooses the index with fewer keys where one of them has few', () => {
    // 8 people are 7 years old; half of all have an even number.
    expect(summary(storage.plan('people', { filter: { age: 7, even: { $gte: 0 } } }))).toBe('FETCH < IXSCAN age_1');
    expect(summary(storage.plan('people', { filter: { age: { $gte: 0 }, even: { $gte: 390 } } }))).toBe('FETCH < IXSCAN even_1');
  });

  it('reads a partial index rather than all of another one that gives the same order', async () => {
    await storage.fill('tasks', Array.from({ length: 300 }, (_, i) => ({ _id: i, open: i % 10 === 0, at: i })), [[{ at: 1 }], [{ at: 1, _id: 1 }, { partial: { open: true } }], [{ _id: 1, open: 1 }, { partial: { open: true } }]]);
    const filter = { open: true };
    expect(summary(storage.plan('tasks', { filter, sort: { _id: 1 } }))).toBe('FETCH < IXSCAN _id_1_open_1');
    expect(summary(storage.plan('tasks', { filter, sort: { at: 1 } }))).toBe('FETCH < IXSCAN at_1__id_1');
    expect(storage.examined('tasks', { filter, sort: { _id: 1 } })).toEqual({ keys: 30, documents: 30 });
    expect(summary(storage.plan('tasks', { filter: { open: false }, sort: { _id: 1 } }))).toBe('FETCH < IXSCAN _id_');
  });
});
