import type { Collection, Db, Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { databasePerTest } from '../database-per-test.fixture.js';
import { codeOf } from '../running-engine.fixture.js';

const under = databasePerTest();
let db: Db;
let orders: Collection<{ _id: number | string; [field: string]: any }>;

beforeEach(async () => {
  ({ db } = under);
  orders = db.collection('orders');
  await orders.insertMany(Array.from({ length: 300 }, (_, i) => ({ _id: i, customer: i % 7, amount: i, items: [{ sku: `s${i % 3}` }] })));
  await db.collection<{ _id: number }>('customers').insertMany(Array.from({ length: 7 }, (_, i) => ({ _id: i, name: `n${i}` })));
});

/** All stage names of an explanation, from the top. */
function stagesOf(plan: Document | undefined): string[] {
  if (plan === undefined) return [];
  const inner = (plan['inputStages'] ?? [plan['inputStage']]) as (Document | undefined)[];
  return [plan['stage'] as string, ...inner.flatMap(stagesOf)];
}

describe('aggregate', () => {
  it('joins, unwinds and groups', async () => {
    const result = await orders.aggregate([
      { $match: { amount: { $lt: 70 } } }, { $lookup: { from: 'customers', localField: 'customer', foreignField: '_id', as: 'c' } }, { $unwind: '$c' },
      { $group: { _id: '$c.name', n: { $sum: 1 }, total: { $sum: '$amount' } } }, { $sort: { _id: 1 } }, { $limit: 2 },
    ]).toArray();
    expect(result).toEqual([{ _id: 'n0', n: 10, total: 315 }, { _id: 'n1', n: 10, total: 325 }]);
  });

  it('yields its documents in batches, another collection after its own', async () => {
    const names = await orders.aggregate([{ $project: { amount: 1 } }, { $unionWith: { coll: 'customers', pipeline: [{ $project: { name: 1 } }] } }], { batchSize: 11 }).toArray();
    expect(names.length).toBe(307);
    expect(names.at(-1)).toEqual({ _id: 6, name: 'n6' });
  });

  it('uses an index for its leading match and sort', async () => {
    await orders.createIndex({ customer: 1, amount: -1 });
    const explanation = await orders.aggregate([{ $match: { customer: 3 } }, { $sort: { amount: -1 } }, { $limit: 2 }, { $project: { amount: 1 } }]).explain('executionStats');
    expect(explanation).not.toHaveProperty('stages');
    expect(stagesOf((explanation['queryPlanner'] as Document)['winningPlan'] as Document)).toEqual(['PROJECTION_SIMPLE', 'LIMIT', 'FETCH', 'IXSCAN']);
    expect(explanation['executionStats']).toMatchObject({ totalKeysExamined: 2, totalDocsExamined: 2 });
  });

  it('shows how often each index was read', async () => {
    await orders.createIndex({ customer: 1 });
    await orders.find({ customer: 3 }).toArray();
    await orders.countDocuments({ customer: 3 });
    await orders.updateMany({ customer: 3 }, { $set: { seen: true } });
    await orders.findOne({ _id: 5 });
    const usage = await orders.aggregate([{ $indexStats: {} }]).toArray();
    expect(usage.map(({ name, accesses }) => [name, (accesses as { ops: number }).ops])).toEqual([['_id_', 1], ['customer_1', 3]]);
  });

  it('refuses what is no pipeline', async () => {
    expect(await codeOf(orders.aggregate([{ $foo: 1 }]).toArray())).toBe(40324);
    expect(await codeOf(db.command({ aggregate: 'orders', pipeline: [] }))).toBe(9);
    expect(await codeOf(db.command({ aggregate: 1, pipeline: [{ $match: {} }], cursor: {} }))).toBe(73);
    expect(await codeOf(db.command({ aggregate: 'orders', pipeline: [1], cursor: {} }))).toBe(14);
    expect(await codeOf(orders.aggregate([{ $collStats: {} }, { $foo: 1 }]).toArray())).toBe(40324);
  });

  it('takes documents from nowhere, variables and a collation', async () => {
    expect(await db.aggregate([{ $documents: [{ a: 1 }, { a: 2 }] }, { $match: { a: 2 } }]).toArray()).toEqual([{ a: 2 }]);
    expect(await codeOf(orders.aggregate([{ $documents: [{ a: 1 }] }]).toArray())).toBe(73);
    expect(await orders.aggregate([{ $match: { $expr: { $eq: ['$amount', '$$wanted'] } } }, { $count: 'n' }], { let: { wanted: 5 } }).toArray()).toEqual([{ n: 1 }]);
    await db.collection('words').insertMany([{ w: 'a' }, { w: 'A' }, { w: 'b' }]);
    expect(await db.collection('words').find({ w: 'A' }, { collation: { locale: 'en', strength: 2 } }).toArray()).toHaveLength(2);
  });
});

describe('$out', () => {
  it('replaces a collection and keeps its indexes', async () => {
    const target = db.collection('target');
    await target.insertOne({ old: true });
    await target.createIndex({ amount: 1 });
    await orders.aggregate([{ $match: { customer: 1 } }, { $out: 'target' }]).toArray();
    expect(await target.countDocuments()).toBe(43);
    expect((await target.indexes()).map(({ name }) => name)).toEqual(['_id_', 'amount_1']);
    expect((await db.listCollections().toArray()).map(({ name }) => name).sort()).toEqual(['customers', 'orders', 'target']);
  });

  it('may replace the collection that it reads, and leaves nothing behind when it fails', async () => {
    await orders.aggregate([{ $match: { _id: { $lt: 10 } } }, { $out: 'orders' }]).toArray();
    expect(await orders.countDocuments()).toBe(10);
    expect(await codeOf(orders.aggregate([{ $project: { _id: { $divide: ['$amount', 0] } } }, { $out: 'orders' }]).toArray())).not.toBe(0);
    expect(await orders.countDocuments()).toBe(10);
    expect((await db.listCollections().toArray()).length).toBe(2);
  });
});

describe('$merge', () => {
  it('merges, replaces, keeps or refuses what is there', async () => {
    const target = db.collection<{ _id: number | string; [field: string]: any }>('target');
    const merge = (whenMatched: unknown, whenNotMatched = 'insert'): Promise<unknown> =>
      orders.aggregate([{ $match: { _id: { $lte: 1 } } }, { $project: { customer: 1 } }, { $merge: { into: 'target', whenMatched, whenNotMatched } }]).toArray();
    const reset = async (): Promise<void> => {
      await target.deleteMany({});
      await target.insertOne({ _id: 0, kept: true });
    };
    const results: unknown[] = [];
    for (const mode of ['merge', 'replace', 'keepExisting', [{ $set: { kept: '$$new.customer' } }]]) {
      await reset();
      await merge(mode);
      results.push(await target.find().sort({ _id: 1 }).toArray());
    }
    const inserted = { _id: 1, customer: 1 };
    expect(results).toEqual([
      [{ _id: 0, kept: true, customer: 0 }, inserted], [{ _id: 0, customer: 0 }, inserted], [{ _id: 0, kept: true }, inserted], [{ _id: 0, kept: 0 }, inserted],
    ]);
    await reset();
    expect(await codeOf(merge('fail'))).toBe(11000);
    expect(await codeOf(merge('merge', 'fail'))).toBe(13113);
    await merge('merge', 'discard');
    expect(await target.countDocuments()).toBe(1);
  });

  it('goes by other fields only where a unique index says so', async () => {
    const merge = (): Promise<unknown> => orders.aggregate([{ $match: { _id: { $lt: 3 } } }, { $project: { _id: 0, amount: 1, customer: 1 } }, { $merge: { into: 'target', on: 'amount' } }]).toArray();
    expect(await codeOf(merge())).toBe(51183);
    await db.collection('target').createIndexes([{ key: { amount: 1 }, unique: true }]);
    await merge();
    await merge();
    expect(await db.collection('target').countDocuments()).toBe(3);
  });
});

describe('explain', () => {
  it('explains each command that looks for documents', async () => {
    await orders.createIndex({ customer: 1 });
    const plan = async (command: Document): Promise<string[]> => {
      const explanation = await db.command({ explain: command, verbosity: 'queryPlanner' });
      return stagesOf((explanation['queryPlanner'] as Document)['winningPlan'] as Document);
    };
    expect(await plan({ find: 'orders', filter: { customer: 1 }, projection: { amount: 1 } })).toEqual(['PROJECTION_SIMPLE', 'FETCH', 'IXSCAN']);
    expect(await plan({ find: 'orders', filter: { _id: 1 } })).toEqual(['EXPRESS_IXSCAN']);
    expect(await plan({ count: 'orders', query: { customer: 1 } })).toEqual(['COUNT', 'COUNT_SCAN']);
    expect(await plan({ distinct: 'orders', key: 'amount', query: { customer: 1 } })).toEqual(['FETCH', 'IXSCAN']);
    expect(await plan({ update: 'orders', updates: [{ q: { customer: 1 }, u: { $set: { a: 1 } }, multi: true }] })).toEqual(['UPDATE', 'FETCH', 'IXSCAN']);
    expect(await plan({ delete: 'orders', deletes: [{ q: { _id: 1 }, limit: 1 }] })).toEqual(['DELETE', 'IDHACK']);
    expect(await plan({ findAndModify: 'orders', query: { amount: 1 }, remove: true })).toEqual(['DELETE', 'LIMIT', 'COLLSCAN']);
    expect(await codeOf(db.command({ explain: { insert: 'orders', documents: [{}] } }))).toBe(115);
    expect(await codeOf(db.command({ explain: { find: 'orders' }, verbosity: 'loud' }))).toBe(2);
    expect(await orders.countDocuments()).toBe(300);
  });

  it('counts what a plan looked at', async () => {
    await orders.createIndex({ customer: 1 });
    const explanation = await orders.find({ customer: 1, amount: { $lt: 50 } }).explain('allPlansExecution');
    expect(explanation['executionStats']).toMatchObject({ nReturned: 7, totalKeysExamined: 43, totalDocsExamined: 43, executionStages: { stage: 'FETCH', nReturned: 7 }, allPlansExecution: [] });
    expect(explanation).toMatchObject({ command: { find: 'orders' }, serverInfo: { version: '8.0.4' } });
  });
});
