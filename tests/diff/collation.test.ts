// Indexes with a collation find equal strings and order none; some languages have no unique ones, and what ICU in JavaScript
// cannot do is refused.
import type { Document } from 'mongodb';
import { expect, it } from 'vitest';
import { createIndex, describeRefusals, find, startedEngine } from './refusals.fixture.js';

const english = { locale: 'en', strength: 2 };

describeRefusals('a collation', [
  ['is refused for a unique index of a language with letters of two', createIndex({ a: 1 }, { unique: true, collation: { locale: 'da' } }), 67, /Unique indexes with a collation are not supported/u],
  ['does not compare accents backwards', find({}, { collation: { locale: 'fr', backwards: true } }), 238, /backwards: true is not supported/u],
  ['has no case level of its own above strength 2', find({}, { collation: { locale: 'en', strength: 3, caseLevel: true } }), 238, /caseLevel: true/u],
]);

const engine = startedEngine();

it('a query with a collation answers by it, whatever indexes there are', async () => {
  const names = engine().client.db('differences').collection('names');
  await names.createIndex({ name: 1 });
  await names.insertMany([{ name: 'Ana' }, { name: 'ana' }, { name: 'Bob' }]);
  expect(await names.countDocuments({ name: 'ANA' }, { collation: english })).toBe(2);
  expect(await names.find({ name: { $gte: 'ana' } }, { collation: english }).sort({ name: -1 }).map(({ name }) => String(name)).next()).toBe('Bob');
});

it('of a collection leaves its _ids as they are', async () => {
  const collated = await engine().client.db('differences').createCollection<{ _id: string }>('ids', { collation: english });
  await collated.insertMany([{ _id: 'a' }, { _id: 'A' }]);
  expect(await collated.countDocuments({ _id: 'a' })).toBe(2);
});

it('an index with a collation gives no order', async () => {
  const names = engine().client.db('differences').collection('names');
  await names.createIndex({ name: 1 }, { collation: english, name: 'collated' }, {});
  const stagesOf = (plan: Document): string[] => [String(plan['stage']), ...(plan['inputStage'] === undefined ? [] : stagesOf(plan['inputStage'] as Document))];
  const { queryPlanner } = (await names.find({ name: { $in: ['ANA', 'bob'] } }, { collation: english }).sort({ name: 1 }).explain('queryPlanner')) as { queryPlanner: { winningPlan: Document } };
  expect(stagesOf(queryPlanner.winningPlan)).toEqual(['SORT', 'FETCH', 'IXSCAN']);
});

it('the simple collation may be named everywhere', async () => {
  const database = engine().client.db('differences');
  await database.createCollection('plain', { collation: { locale: 'simple' } });
  expect(await database.collection('plain').createIndex({ a: 1 }, { collation: { locale: 'simple' } }, {})).toBe('a_1');
});
