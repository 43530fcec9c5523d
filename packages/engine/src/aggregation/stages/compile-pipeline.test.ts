import { describe, expect, it } from 'vitest';
import type { Document } from 'bson';
import { decodePlain, encodeDocument } from '../../bson/values.js';
import type { RawDocument } from '../../bson/raw-value.js';
import { environmentOf } from '../../query/query-environment.fixture.js';
import type { Pipeline } from '../stage.js';
import { compilePipeline } from './compile-pipeline.js';
import { contextOf } from './run-pipeline.fixture.js';

const compile = (...stages: Document[]): Pipeline => compilePipeline(stages.map((stage) => encodeDocument(stage)), environmentOf());
const plain = (document: RawDocument | undefined): unknown => (document === undefined ? undefined : decodePlain(document));

describe('what the planner is told', () => {
  it('joins leading matches and names the sort behind them', () => {
    const pipeline = compile({ $match: { a: 1 } }, { $match: { b: 2 } }, { $sort: { c: 1 } }, { $limit: 5 }, { $match: { d: 1 } });
    expect(plain(pipeline.leadingMatch)).toEqual({ $and: [{ a: 1 }, { b: 2 }] });
    expect(plain(pipeline.leadingSort)).toEqual({ c: 1 });
  });

  it('names a single match as it was written, and nothing where another stage leads', () => {
    expect(plain(compile({ $match: { a: 1 } }, { $limit: 1 }).leadingMatch)).toEqual({ a: 1 });
    expect(compile({ $addFields: { a: 1 } }, { $match: { a: 1 } }).leadingMatch).toBeUndefined();
    expect(compile({ $addFields: { a: 1 } }, { $sort: { a: 1 } }).leadingSort).toBeUndefined();
  });

  it('tells sources, writes and foreign collections', () => {
    expect(compile({ $documents: [] }).isSource).toBe(true);
    expect(compile({ $match: {} }).isSource).toBe(false);
    const merge = compile({ $merge: { into: { db: 'd', coll: 'c' }, on: 'k' } }).write;
    expect([merge?.kind, merge?.database, merge?.collection, plain(merge?.specification)]).toEqual(['$merge', 'd', 'c', { on: ['k'], whenMatched: 'merge', whenNotMatched: 'insert' }]);
    expect(compile({ $out: 'c' }).write).toMatchObject({ kind: '$out', database: undefined, collection: 'c' });
    const nested = compile({ $facet: { a: [{ $lookup: { from: 'x', pipeline: [{ $unionWith: 'y' }], as: 'o' } }] } });
    expect(nested.stages.flatMap((stage) => stage.foreignNamespaces ?? []).map(({ collection }) => collection)).toEqual(['x', 'y']);
  });
});

describe('running', () => {
  const documents = [1, 2, 3].map((a) => encodeDocument({ a }));

  it('leaves out what the plan has applied', () => {
    const pipeline = compile({ $match: { a: 99 } }, { $sort: { a: -1 } }, { $limit: 2 });
    const run = (match: boolean, sort: boolean): unknown[] => [...pipeline.runAfter({ match, sort }, documents, contextOf({}))].map((document) => decodePlain(document).a as number);
    expect(run(false, false)).toEqual([]);
    expect(run(true, false)).toEqual([3, 2]);
    expect(run(true, true)).toEqual([1, 2]);
    expect(run(false, true)).toEqual([]);
  });

  it('reads no further than it is asked', () => {
    let read = 0;
    const endless = (function* (): Generator<RawDocument> {
      for (;;) yield encodeDocument({ a: (read += 1) });
    })();
    const pipeline = compile({ $match: { a: { $gt: 1 } } }, { $addFields: { b: 1 } }, { $limit: 2 });
    expect([...pipeline.run(endless, contextOf({}))]).toHaveLength(2);
    expect(read).toBe(3);
  });
});
