// The code that each wrong specification of a stage is refused with: the statements of the server's own suites.
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { runPipeline } from './run-pipeline.fixture.js';

const [first, second] = [new Date('2020-01-01'), new Date('2020-01-02')];
const full = { step: 1, bounds: 'full' };

function refused(stage: Document, code: number): void {
  expect(() => runPipeline([stage], [])).toThrow(expect.objectContaining({ code }));
}

describe('$densify', () => {
  it.each<[unknown, number]>([
    [5, 9],
    [{ field: 'a', range: { step: 1 } }, 40414],
    [{ field: 'a', range: { ...full, unknown: 1 } }, 40415],
    [{ field: 'a', partitionByFields: 'x', range: full }, 14],
    [{ field: 'a', partitionByFields: ['a'], range: full }, 8993000],
    [{ field: 'a', partitionByFields: ['a.b'], range: full }, 8993000],
    [{ field: 'a.b', partitionByFields: ['a'], range: full }, 9554500],
    [{ field: '$a', range: full }, 16410],
    [{ field: 'a', range: { step: 1, bounds: 'partition' } }, 5733408],
    [{ field: 'a', range: { step: 0, bounds: [1, 2] } }, 5733401],
    [{ field: 'a', range: { step: 1, bounds: [1] } }, 5733403],
    [{ field: 'a', range: { step: 1, bounds: [2, 1] } }, 5733402],
    [{ field: 'a', range: { step: 1, bounds: [first, 1], unit: 'second' } }, 5733402],
    [{ field: 'a', range: { step: 1, bounds: [1, first] } }, 5733406],
    [{ field: 'a', range: { step: 1, bounds: [1, 2], unit: 'second' } }, 5733409],
    [{ field: 'a', range: { step: 0.5, bounds: [1, 2] } }, 5876900],
    [{ field: 'a', range: { step: 1, bounds: [first, second] } }, 5733410],
    [{ field: 'a', range: { step: 1.1, bounds: [first, second], unit: 'second' } }, 6586400],
    [{ field: 'a', range: { step: 1, bounds: ['x', 'y'] } }, 5946800],
    [{ field: 'a', range: { step: 1, bounds: 5 } }, 5733404],
  ])('%j: %i', (specification, code) => {
    refused({ $densify: specification }, code);
  });
});

describe('$fill', () => {
  it.each<[unknown, number]>([
    ['x', 9],
    [{}, 40414],
    [{ output: {} }, 6050203],
    [{ output: { a: 'x' } }, 6050200],
    [{ output: { a: { method: 'locf', value: 1 } } }, 6050201],
    [{ output: { a: { method: 'random' } } }, 6050202],
    [{ output: { a: { method: 5 } } }, 14],
    [{ output: { a: { method: 'locf', unknown: 1 } } }, 40415],
    [{ partitionBy: { a: '$a' }, partitionByFields: ['a'], output: { b: { value: 1 } } }, 6050204],
    [{ partitionBy: 5, output: { b: { value: 1 } } }, 14],
    [{ output: { a: { method: 'linear' } } }, 605001],
  ])('%j: %i', (specification, code) => {
    refused({ $fill: specification }, code);
  });
});

describe('$graphLookup', () => {
  const whole = { from: 'other', startWith: 1, connectFromField: 'a', connectToField: 'b', as: 'c' };

  it.each<[unknown, number]>([
    [4, 9],
    [{ ...whole, from: -1 }, 9],
    [{ ...whole, from: '' }, 73],
    [{ startWith: 1, connectFromField: 'a', connectToField: 'b', as: 'c' }, 9],
    [{ from: 'other', startWith: 1, connectFromField: 'a', connectToField: 'b' }, 40105],
    [{ ...whole, as: 0 }, 40103],
    [{ ...whole, maxDepth: 2.3 }, 40102],
  ])('%j: %i', (specification, code) => {
    refused({ $graphLookup: specification }, code);
  });
});

describe('accumulators', () => {
  it('of $bucketAuto may not be counted by the key of the bucket', () => {
    for (const accumulator of [{ $minN: { input: '$a', n: '$min' } }, { $topN: { output: '$a', sortBy: { a: 1 }, n: '$min' } }]) {
      refused({ $bucketAuto: { groupBy: '$a', buckets: 2, output: { a: accumulator } } }, 4544714);
    }
  });

  it('are not sorted by anything but a pattern', () => {
    refused({ $group: { _id: null, a: { $top: { output: '$a', sortBy: 'a' } } } }, 10065);
  });
});

describe('names of what is joined', () => {
  it('are not empty, and of facets have no dots', () => {
    refused({ $lookup: { from: '', localField: 'a', foreignField: 'b', as: 'c' } }, 73);
    refused({ $facet: { 'a.b': [] } }, 16412);
  });
});
