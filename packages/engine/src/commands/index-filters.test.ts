import type { Collection, Db, Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { codeOf } from '../running-engine.fixture.js';

const under = databasePerTest();
let db: Db;
let items: Collection;

beforeEach(async () => {
  ({ db } = under);
  items = db.collection('items');
  await items.insertMany(Array.from({ length: 50 }, (_, n) => ({ a: n, b: n % 5, c: n })));
  await items.createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }, { key: { c: 1 }, name: 'byC' }]);
});

/** The index that a read looks at, or the name of the stage that reads without one; and whether a filter had a say. */
async function indexOf(read: Document): Promise<unknown[]> {
  const { queryPlanner } = (await db.command({ explain: read, verbosity: 'queryPlanner' })) as { queryPlanner: Document };
  let plan = queryPlanner['winningPlan'] as Document;
  while (plan['inputStage'] !== undefined) plan = plan['inputStage'] as Document;
  return [plan['indexName'] ?? plan['stage'], queryPlanner['indexFilterSet']];
}

describe('an index filter', () => {
  it('has its queries look at its indexes alone, whatever their values and hints', async () => {
    const find = (a: number, b: number, more: Document = {}): Document => ({ find: 'items', filter: { a, b }, ...more });
    expect(await indexOf(find(1, 2))).toEqual(['a_1', false]);
    await db.command({ planCacheSetFilter: 'items', query: { a: 0, b: 0 }, indexes: [{ b: 1 }, 'byC'] });
    expect(await indexOf(find(7, 3))).toEqual(['b_1', true]);
    expect(await indexOf(find(7, 3, { hint: 'a_1' }))).toEqual(['b_1', true]);
    expect(await indexOf({ count: 'items', query: { a: 7, b: 3 } })).toEqual(['b_1', true]);
    expect(await indexOf({ delete: 'items', deletes: [{ q: { a: 7, b: 3 }, limit: 1 }] })).toEqual(['b_1', true]);
    expect(await indexOf({ aggregate: 'items', pipeline: [{ $match: { b: 3, a: 7 } }], cursor: {} })).toEqual(['b_1', true]);
    expect(await indexOf({ distinct: 'items', key: 'a', query: { a: 7, b: 3 } })).toEqual(['b_1', true]);
    expect(await items.find({ a: 8, b: 3 }).project({ _id: 0 }).toArray()).toEqual([{ a: 8, b: 3, c: 8 }]);
  });

  it('is of one shape: a query, a sort, a projection and a collation', async () => {
    await db.command({ planCacheSetFilter: 'items', query: { a: 1 }, sort: { c: 1 }, indexes: ['byC'] });
    expect(await indexOf({ find: 'items', filter: { a: 3 }, sort: { c: 1 } })).toEqual(['byC', true]);
    expect(await indexOf({ find: 'items', filter: { a: 3 } })).toEqual(['a_1', false]);
    expect(await indexOf({ find: 'items', filter: { a: { $gt: 3 } }, sort: { c: 1 } })).toEqual([expect.any(String), false]);
    expect(await indexOf({ find: 'items', filter: { a: 3 }, sort: { c: 1 }, projection: { a: 1 } })).toEqual([expect.any(String), false]);
  });

  it('that names no index of the collection lets nothing but the collection be read', async () => {
    await db.command({ planCacheSetFilter: 'items', query: { a: 1 }, indexes: ['gone'] });
    expect(await indexOf({ find: 'items', filter: { a: 3 } })).toEqual(['COLLSCAN', true]);
  });

  it('is listed, replaced, and removed by its shape or with all others', async () => {
    const filters = async (): Promise<unknown> => (await db.command({ planCacheListFilters: 'items' }))['filters'] as unknown;
    expect(await filters()).toEqual([]);
    await db.command({ planCacheSetFilter: 'items', query: { a: 1 }, indexes: ['a_1'] });
    await db.command({ planCacheSetFilter: 'items', query: { b: 1 }, sort: { a: 1 }, collation: { locale: 'en' }, indexes: [{ b: 1 }] });
    await db.command({ planCacheSetFilter: 'items', query: { a: 2 }, indexes: ['byC'] });
    expect(await filters()).toEqual([
      { query: { b: 1 }, sort: { a: 1 }, projection: {}, collation: { locale: 'en' }, indexes: [{ b: 1 }] },
      { query: { a: 2 }, sort: {}, projection: {}, indexes: ['byC'] },
    ]);
    await db.command({ planCacheClearFilters: 'items', query: { a: 5 } });
    expect(await filters()).toHaveLength(1);
    await db.command({ planCacheClearFilters: 'items' });
    expect(await filters()).toEqual([]);
    expect(await indexOf({ find: 'items', filter: { a: 3 } })).toEqual(['a_1', false]);
  });

  it('goes with its collection', async () => {
    await db.command({ planCacheSetFilter: 'items', query: { a: 1 }, indexes: ['byC'] });
    await items.drop();
    await items.createIndex({ a: 1 });
    expect((await db.command({ planCacheListFilters: 'items' }))['filters']).toEqual([]);
  });

  it.each<[string, Document, number]>([
    ['without indexes', { planCacheSetFilter: 'items', query: {}, indexes: [] }, 2],
    ['with an index that is none', { planCacheSetFilter: 'items', query: {}, indexes: [5] }, 2],
    ['with an empty key pattern', { planCacheSetFilter: 'items', query: {}, indexes: [{}] }, 2],
    ['of a collection that is not there', { planCacheSetFilter: 'nothing', query: {}, indexes: ['a_1'] }, 2],
    ['of a query that is none', { planCacheSetFilter: 'items', query: { $odd: 1 }, indexes: ['a_1'] }, 2],
    ['of a sort alone, to be cleared', { planCacheClearFilters: 'items', sort: { a: 1 } }, 2],
  ])('is refused %s', async (_what, command, code) => {
    expect(await codeOf(db.command(command))).toBe(code);
  });
});

describe('the plan cache', () => {
  it('is empty, and cleared without a word', async () => {
    await items.find({ a: 1, b: 1 }).toArray();
    expect(await items.aggregate([{ $planCacheStats: {} }]).toArray()).toEqual([]);
    expect(await db.command({ planCacheClear: 'items' })).toMatchObject({ ok: 1 });
    expect(await db.command({ planCacheClear: 'items', query: { a: 1 }, sort: { b: 1 } })).toMatchObject({ ok: 1 });
    expect(await codeOf(db.command({ planCacheClear: 'items', sort: { b: 1 } }))).toBe(2);
    expect(await codeOf(db.command({ aggregate: 1, pipeline: [{ $queryStats: {} }], cursor: {} }))).toBe(115);
  });
});
