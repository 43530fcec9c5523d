// Collations are for queries: an index may name one, and is no faster for it; collections have none of their own, unique indexes
// neither, and what ICU in JavaScript cannot do is refused.
import { expect, it } from 'vitest';
import { createIndex, describeRefusals, find, startedEngine } from './refusals.fixture.js';

const english = { locale: 'en', strength: 2 };

describeRefusals('a collation', [
  ['is refused for a unique index', createIndex({ a: 1 }, { unique: true, collation: english }), 67, /Unique indexes with a collation are not supported/u],
  ['is refused for a collection', { create: 'collated', collation: english }, 72, /give the collation with each query/u],
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

it('the simple collation may be named everywhere', async () => {
  const database = engine().client.db('differences');
  await database.createCollection('plain', { collation: { locale: 'simple' } });
  expect(await database.collection('plain').createIndex({ a: 1 }, { collation: { locale: 'simple' } }, {})).toBe('a_1');
});
