// Percentiles are exact, whatever MongoDB's approximation would give.
import { expect, it } from 'vitest';
import { startedEngine } from './refusals.fixture.js';

const engine = startedEngine();

it('a percentile is the value of the input that has the rank', async () => {
  const values = engine().client.db('differences').collection('values');
  await values.insertMany(Array.from({ length: 10_001 }, (_, index) => ({ value: index })));
  const [found] = await values
    .aggregate([{ $group: { _id: null, ranks: { $percentile: { input: '$value', p: [0, 0.001, 0.5, 0.999, 1], method: 'approximate' } }, middle: { $median: { input: '$value', method: 'approximate' } } } }])
    .toArray();
  expect(found).toMatchObject({ ranks: [0, 10, 5000, 9990, 10_000], middle: 5000 });
});
