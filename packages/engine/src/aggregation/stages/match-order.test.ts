import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { decodePlain, encodeDocument } from '../../bson/values.js';
import { environmentOf } from '../../query/query-environment.fixture.js';
import { compilePipeline } from './compile-pipeline.js';
import { runPipeline } from './run-pipeline.fixture.js';

const leadingMatch = (...stages: Document[]): unknown => {
  const { leadingMatch: match } = compilePipeline(stages.map((stage) => encodeDocument(stage)), environmentOf());
  return match === undefined ? undefined : decodePlain(match);
};

describe('a $match', () => {
  it.each<[string, Document]>([
    ['a sort', { $sort: { b: 1 } }],
    ['computed fields of other names', { $addFields: { b: 1, 'c.a': 2 } }],
    ['the removal of other fields', { $unset: ['b'] }],
    ['a lookup into another field', { $lookup: { from: 'x', localField: 'a', foreignField: 'b', as: 'o' } }],
    ['the unwinding of another field', { $unwind: '$b' }],
    ['an inclusion of its field', { $project: { a: 1, b: '$c' } }],
    ['an exclusion of other fields', { $project: { b: 0 } }],
    ['an exclusion of _id alone', { $project: { _id: 0 } }],
  ])('goes before %s', (_, stage) => {
    expect(leadingMatch(stage, { $match: { a: 1 } })).toEqual({ a: 1 });
  });

  it.each<[string, Document]>([
    ['a computed field of its name', { $addFields: { 'a.b': 1 } }],
    ['the removal of its field', { $unset: 'a.b' }],
    ['a lookup into its field', { $lookup: { from: 'x', localField: 'b', foreignField: 'b', as: 'a' } }],
    ['the unwinding of its field', { $unwind: { path: '$b', includeArrayIndex: 'a' } }],
    ['an inclusion of other fields', { $project: { b: 1 } }],
    ['an inclusion of a part of its field', { $project: { 'a.b': 1 } }],
    ['a projection that computes its field', { $project: { a: '$b' } }],
    ['a limit', { $limit: 1 }],
    ['a group', { $group: { _id: '$a' } }],
  ])('stays behind %s', (_, stage) => {
    expect(leadingMatch(stage, { $match: { a: 1 } })).toBeUndefined();
  });

  it('moves with an expression whose fields are known, and not with one that is different each time', () => {
    expect(leadingMatch({ $sort: { b: 1 } }, { $match: { $expr: { $eq: ['$a', 1] } } })).toBeDefined();
    expect(leadingMatch({ $addFields: { a: 1 } }, { $match: { $expr: { $eq: ['$a', 1] } } })).toBeUndefined();
    expect(leadingMatch({ $sort: { b: 1 } }, { $match: { $expr: { $lt: [{ $rand: {} }, 1] } } })).toBeUndefined();
  });

  it('gives the same documents wherever it stands', () => {
    const documents = [{ _id: 1, a: 1, b: [1, 2] }, { _id: 2, a: 2, b: [3] }, { _id: 3, a: 1, b: [] }];
    expect(runPipeline([{ $unwind: '$b' }, { $addFields: { c: { $add: ['$a', '$b'] } } }, { $match: { a: 1 } }, { $match: { c: { $gt: 2 } } }], documents)).toEqual([{ _id: 1, a: 1, b: 2, c: 3 }]);
  });
});
