import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../errors.js';
import { runPipeline } from '../stages/run-pipeline.fixture.js';

const sales = [
  { s: 'CA', d: 3, q: 1 },
  { s: 'CA', d: 1, q: 2 },
  { s: 'WA', d: 2, q: 5 },
  { s: 'CA', d: 2, q: 4 },
  { s: 'WA', d: 2, q: 6 },
];

function column(output: Document, documents: readonly Document[] = sales, more: Document = { partitionBy: '$s', sortBy: { d: 1 } }): unknown[] {
  return runPipeline([{ $setWindowFields: { ...more, output: { out: output } } }], documents).map(({ out }) => out as unknown);
}

describe('$setWindowFields', () => {
  it('sorts by partition, then by the order', () => {
    const rows = runPipeline([{ $setWindowFields: { partitionBy: '$s', sortBy: { d: 1 }, output: {} } }], sales);
    expect(rows.map(({ q }) => q as number)).toEqual([2, 4, 1, 5, 6]);
  });

  it.each<[Document, unknown[]]>([
    [{ $sum: '$q' }, [7, 7, 7, 11, 11]],
    [{ $sum: '$q', window: { documents: ['unbounded', 'current'] } }, [2, 6, 7, 5, 11]],
    [{ $sum: '$q', window: { documents: ['current', 'unbounded'] } }, [7, 5, 1, 11, 6]],
    [{ $max: '$q', window: { documents: [-1, 0] } }, [2, 4, 4, 5, 6]],
    [{ $push: '$q', window: { documents: [1, 1] } }, [[4], [1], [], [6], []]],
    [{ $avg: '$q', window: { documents: [5, 6] } }, [null, null, null, null, null]],
    [{ $push: '$q', window: { range: [-1, 0] } }, [[2], [2, 4], [4, 1], [5, 6], [5, 6]]],
    [{ $sum: '$q', window: { range: ['unbounded', 'current'] } }, [2, 6, 7, 11, 11]],
    [{ $count: {}, window: { range: [0, 'unbounded'] } }, [3, 2, 1, 2, 2]],
    [{ $rank: {} }, [1, 2, 3, 1, 1]],
    [{ $denseRank: {} }, [1, 2, 3, 1, 1]],
    [{ $documentNumber: {} }, [1, 2, 3, 1, 2]],
    [{ $shift: { output: '$q', by: 1, default: 'none' } }, [4, 1, 'none', 6, 'none']],
    [{ $shift: { output: '$q', by: -1 } }, [null, 2, 4, null, 5]],
    [{ $derivative: { input: '$q' }, window: { documents: [-1, 0] } }, [null, 2, -3, null, null]],
    [{ $integral: { input: '$q' } }, [5.5, 5.5, 5.5, 0, 0]],
    [{ $expMovingAvg: { input: '$q', alpha: 0.5 } }, [2, 3, 2, 5, 5.5]],
    [{ $covariancePop: ['$q', '$d'], window: { documents: ['unbounded', 'current'] } }, [0, 0.5, -0.3333333333333333, 0, 0]],
    [{ $first: '$q', window: { documents: [-1, 1] } }, [2, 2, 4, 5, 5]],
  ])('%j gives %j', (output, expected) => {
    expect(column(output)).toEqual(expected);
  });

  it('ranks ties with and without gaps', () => {
    const documents = [1, 1, 2, 3].map((d) => ({ d }));
    expect(column({ $rank: {} }, documents, { sortBy: { d: 1 } })).toEqual([1, 1, 3, 4]);
    expect(column({ $denseRank: {} }, documents, { sortBy: { d: 1 } })).toEqual([1, 1, 2, 3]);
  });

  it('takes ranges of time', () => {
    const documents = [0, 20, 40, 90].map((minute) => ({ d: new Date(minute * 60_000), q: minute }));
    expect(column({ $push: '$q', window: { range: [-30, 0], unit: 'minute' } }, documents, { sortBy: { d: 1 } })).toEqual([[0], [0, 20], [20, 40], [90]]);
    expect(column({ $derivative: { input: '$q', unit: 'hour' }, window: { documents: [-1, 0] } }, documents, { sortBy: { d: 1 } })).toEqual([null, 60, 60, 60]);
  });

  it('fills along a line and with the last value', () => {
    const documents = [{ d: 1, q: 1 }, { d: 2 }, { d: 4, q: 4 }, { d: 5 }];
    expect(column({ $linearFill: '$q' }, documents, { sortBy: { d: 1 } })).toEqual([1, 2, 4, null]);
    expect(column({ $locf: '$q' }, documents, { sortBy: { d: 1 } })).toEqual([1, 1, 4, 4]);
  });

  it('writes to dotted paths', () => {
    const stage = { $setWindowFields: { output: { 'a.n': { $count: {} } } } };
    expect(runPipeline([stage], [{ a: { x: 1 } }])).toEqual([{ a: { x: 1, n: 1 } }]);
  });

  it.each<[Document, Document, string]>([
    [{ $nothing: 1 }, {}, '9 Unrecognized window function, $nothing'],
    [{ $rank: {} }, {}, '5371602 $rank must be specified with a top level sortBy expression with exactly one element'],
    [{ $sum: '$q', window: { documents: [-1, 0] } }, {}, '5339901 Document-based bounds require a sortBy'],
    [{ $sum: '$q', window: { documents: [1, 0] } }, { sortBy: { d: 1 } }, '5339900 Lower bound must not exceed upper bound: [ 1, 0 ]'],
    [{ $sum: '$q', window: { range: [-1, 0] } }, { sortBy: { d: -1 } }, '5339902 Range-based bounds require sortBy a single field, in ascending order'],
    [{ $sum: '$q', $avg: '$q' }, {}, '9 Cannot specify two functions in window function spec: $sum and $avg'],
  ])('refuses %j', (output, more, expected) => {
    let words: string | undefined;
    try {
      column(output, sales, more);
    } catch (error) {
      if (error instanceof CommandError) words = `${error.code} ${error.message}`;
    }
    expect(words).toBe(expected);
  });
});
