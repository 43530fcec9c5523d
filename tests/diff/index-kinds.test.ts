// Indexes are ascending, descending, hashed or wildcard; other kinds are refused rather than made into those. A hashed index keeps values.
import type { Document } from 'mongodb';
import { expect, it } from 'vitest';
import { createIndex, describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('an index', [
  ['does not hold words', createIndex({ a: 'text' }), 67, /Indexes of type 'text' are not supported/u],
  ['does not hold the words of every field', createIndex({ '$**': 'text' }), 67, /Indexes of type 'text' are not supported/u],
  ['does not hold places', createIndex({ a: '2dsphere' }), 67, /Indexes of type '2dsphere' are not supported/u],
  ['is not made unique in two steps where it has a collation', createIndex({ a: 1 }, { prepareUnique: true, collation: { locale: 'en' } }), 67, /'prepareUnique' is not supported/u],
]);

const engine = startedEngine();

it('that is a wildcard is not read for places in arrays', async () => {
  const places = engine().client.db('differences').collection('places');
  await places.createIndex({ '$**': 1 });
  await places.insertMany([{ a: [5, 6] }, { b: { 0: 7 } }]);
  const stageFor = async (filter: Document): Promise<unknown> => ((await places.find(filter).explain('queryPlanner')))['queryPlanner'].winningPlan.stage as unknown;
  expect([await stageFor({ 'a.0': 5 }), await stageFor({ 'b.0': 7 }), await stageFor({ a: 5 })]).toEqual(['COLLSCAN', 'FETCH', 'FETCH']);
  expect([await places.countDocuments({ 'a.0': 5 }), await places.countDocuments({ 'b.0': 7 })]).toEqual([1, 1]);
});
