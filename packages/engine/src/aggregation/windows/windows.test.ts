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
    [{ $sum: '$q', window: { range: [-1, 0] } }, { sortBy: { d: -1 } }, '8947401 Range-based bounds require an ascending sortBy'],
    [{ $sum: '$q', window: { range: [-1, 0] } }, { sortBy: { d: 1, q: 1 } }, '5339902 Range-based bounds require sortBy a single field'],
    [{ $sum: '$q', window: { range: ['current', -1] } }, { sortBy: { d: 1 } }, '5339900 Lower bound must not exceed upper bound: [ "current", -1 ]'],
    [{ $sum: '$q', window: { range: [0, 1.5], unit: 'day' } }, { sortBy: { d: 1 } }, "9 With 'unit', range-based bounds must be an integer"],
    [{ $derivative: { input: '$q', unit: 'month' }, window: { documents: [-1, 0] } }, { sortBy: { d: 1 } }, "5490710 unit must be 'week' or smaller in $derivative"],
    [{ $derivative: { input: '$q', unit: 'day' }, window: { documents: [-1, 0] } }, { sortBy: { d: 1 } }, "5624900 $derivative with 'unit' expects the sortBy field to be a Date"],
    [{ $integral: { input: '$q', unit: 'day' } }, { sortBy: { d: 1 } }, "5423901 $integral with 'unit' expects the sortBy field to be a Date"],
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

  const failure = (output: Document, documents: readonly Document[]): number | undefined => {
    try {
      column(output, documents, { sortBy: { d: 1 } });
      return undefined;
    } catch (error) {
      if (error instanceof CommandError) return error.code;
      throw error;
    }
  };

  it.each<[Document, readonly Document[], number]>([
    [{ $derivative: { input: '$q' }, window: { documents: [-1, 0] } }, [{ d: new Date(0), q: 1 }], 5624901],
    [{ $derivative: { input: '$q' }, window: { documents: [-1, 0] } }, [{ d: 0 }, { d: 1, q: 1 }], 5624903],
    [{ $derivative: { input: '$q' }, window: { documents: [-1, 0] } }, [{ d: 'x', q: 1 }], 5624902],
    [{ $integral: { input: '$q' } }, [{ d: new Date(0), q: 1 }], 5423902],
    [{ $integral: { input: '$q' } }, [{ d: 0, q: 'x' }], 5423900],
    [{ $sum: '$q', window: { range: [-1, 0] } }, [{ d: new Date(0) }], 5429413],
    [{ $sum: '$q', window: { range: [3, 'unbounded'] } }, [{ d: 2 }, { d: 'x' }], 5429414],
    [{ $linearFill: '$q' }, [{ d: 1, q: 1 }, { d: 1 }], 6050106],
    [{ $linearFill: '$q' }, [{ d: 1, q: 1 }, { d: 2 }, { d: new Date(0), q: 2 }], 14],
    [{ $linearFill: '$q' }, [{ d: null, q: 1 }], 14],
    [{ $linearFill: '$q' }, [{ d: 1, q: 'x' }], 14],
  ])('%j over %j ends with %i', (output, documents, code) => {
    expect(failure(output, documents)).toBe(code);
  });

  it('reckons slopes of dates, and areas in the unit of the axis', () => {
    const minutes = [0, 1].map((minute) => ({ d: new Date(minute * 60_000), q: new Date(minute * 500), n: 10 * minute }));
    expect(column({ $derivative: { input: '$q', unit: 'minute' }, window: { documents: [-1, 0] } }, minutes, { sortBy: { d: 1 } })).toEqual([null, 500]);
    expect(column({ $integral: { input: '$n', unit: 'minute' } }, minutes, { sortBy: { d: 1 } })).toEqual([5, 5]);
    expect(column({ $integral: { input: '$n' } }, [{ d: 1, n: 1 }, { d: 2, n: Number.NaN }], { sortBy: { d: 1 } })).toEqual([Number.NaN, Number.NaN]);
  });

  it('shifts in the default where the document has no value', () => {
    const shift = { $shift: { output: '$q', by: 1, default: 'none' } };
    expect(column(shift, [{ d: 1 }, { d: 2 }, { d: 3, q: null }], { sortBy: { d: 1 } })).toEqual(['none', null, 'none']);
  });

  it('refuses an output within another one', () => {
    expect(() => runPipeline([{ $setWindowFields: { output: { a: { $sum: 1 }, 'a.b': { $sum: 1 } } } }], [])).toThrow(expect.objectContaining({ code: 6307900 }));
  });
});
