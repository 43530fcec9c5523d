// What $lookup over given documents joins, and what null leads $graphLookup to: the statements of the manual and of the server's own suites.
import { describe, expect, it } from 'vitest';
import { runPipeline } from './run-pipeline.fixture.js';

describe('$lookup', () => {
  it('compares its fields with documents that its pipeline makes', () => {
    const stage = { $lookup: { localField: 'zip', foreignField: 'code', as: 'city', pipeline: [{ $documents: [{ code: 1, name: 'a' }, { code: 2, name: 'b' }] }, { $project: { _id: 0, name: 1 } }] } };
    expect(runPipeline([stage], [{ zip: 2 }, { zip: [1, 2] }, { zip: 3 }])).toEqual([
      { zip: 2, city: [{ name: 'b' }] },
      { zip: [1, 2], city: [{ name: 'a' }, { name: 'b' }] },
      { zip: 3, city: [] },
    ]);
  });
});

describe('$graphLookup', () => {
  const collections = { other: [{ _id: 1, y: 1 }, { _id: 2, y: null }, { _id: 3 }] };
  const found = (document: object) => {
    const stage = { $graphLookup: { from: 'other', startWith: '$y', connectFromField: 'none', connectToField: 'y', as: 'found' } };
    return (runPipeline([stage], [document], { collections })[0] as { found: { _id: number }[] }).found.map(({ _id }) => _id);
  };

  it.each<[object, readonly number[]]>([
    [{ y: null }, [2]],
    [{ y: [null, 1] }, [1, 2]],
    [{}, []],
  ])('from %j reaches %j: null is not what is missing', (document, expected) => {
    expect(found(document)).toEqual(expected);
  });
});
