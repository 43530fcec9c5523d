import { Decimal128, Long, type Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../errors.js';
import { runPipeline, runPipelineTyped, type RunOptions } from './run-pipeline.fixture.js';

function failure(stages: Document[], documents: Document[] = [], options: RunOptions = {}): string | undefined {
  try {
    runPipeline(stages, documents, options);
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return `${error.code} ${error.message}`;
    throw error;
  }
}

const items = [
  { _id: 1, item: 'abc', price: 10, quantity: 2, tags: ['a', 'b'] },
  { _id: 2, item: 'jkl', price: 20, quantity: 1, tags: [] },
  { _id: 3, item: 'xyz', price: 5, quantity: 10, tags: null },
  { _id: 4, item: 'xyz', price: 5, quantity: 20 },
];

describe('stages that make one document of one', () => {
  it.each<[string, Document, Document, Document]>([
    ['$match passes what matches', { $match: { a: 1 } }, { a: 1 }, { a: 1 }],
    ['$project includes', { $project: { a: 1 } }, { _id: 1, a: 1, b: 2 }, { _id: 1, a: 1 }],
    ['$project excludes', { $project: { a: 0 } }, { _id: 1, a: 1, b: 2 }, { _id: 1, b: 2 }],
    ['$project computes', { $project: { _id: 0, c: { $add: ['$a', '$b'] } } }, { a: 1, b: 2 }, { c: 3 }],
    ['$addFields keeps the place of what it replaces', { $addFields: { a: 5, c: 6 } }, { a: 1, b: 2 }, { a: 5, b: 2, c: 6 }],
    ['$addFields sees the document as it came in', { $addFields: { a: '$b', b: '$a' } }, { a: 1, b: 2 }, { a: 2, b: 1 }],
    ['$addFields goes down a path', { $addFields: { 'a.x': 1 } }, { a: { y: 2 } }, { a: { y: 2, x: 1 } }],
    ['$addFields goes into every element of an array', { $addFields: { 'a.x': 1 } }, { a: [{ y: 2 }, 3, [4]] }, { a: [{ y: 2, x: 1 }, { x: 1 }, [{ x: 1 }]] }],
    ['$addFields replaces what is no document', { $addFields: { 'a.x': 1 } }, { a: 5 }, { a: { x: 1 } }],
    ['$addFields merges nested specifications', { $addFields: { a: { x: 1 } } }, { a: { y: 2 } }, { a: { y: 2, x: 1 } }],
    ['$addFields removes', { $addFields: { a: '$$REMOVE' } }, { a: 1, b: 2 }, { b: 2 }],
    ['$set is $addFields', { $set: { a: 1 } }, {}, { a: 1 }],
    ['$unset takes a name', { $unset: 'a' }, { a: 1, b: 2 }, { b: 2 }],
    ['$unset takes names and paths', { $unset: ['a', 'b.c'] }, { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2 } }],
    ['$replaceRoot', { $replaceRoot: { newRoot: { $mergeObjects: ['$a', { z: 1 }] } } }, { a: { y: 2 } }, { y: 2, z: 1 }],
    ['$replaceWith', { $replaceWith: '$a' }, { a: { y: 2 } }, { y: 2 }],
    [
      '$redact descends and prunes',
      { $redact: { $cond: [{ $gt: ['$level', 3] }, '$$PRUNE', '$$DESCEND'] } },
      { level: 1, a: { level: 5 }, b: [{ level: 2, c: { level: 4 } }, { level: 9 }, 7] },
      { level: 1, b: [{ level: 2 }, 7] },
    ],
    ['$redact keeps', { $redact: '$$KEEP' }, { a: { b: 1 } }, { a: { b: 1 } }],
  ])('%s', (_, stage, document, expected) => {
    const [result] = runPipeline([stage], [document]);
    expect(result).toEqual(expected);
    expect(Object.keys(result ?? {})).toEqual(Object.keys(expected));
  });

  it('leaves the bytes of what it does not touch alone', () => {
    const document = { l: Long.fromNumber(1), d: Decimal128.fromString('1.00'), n: 1.0 };
    expect(runPipelineTyped([{ $addFields: { x: 1 } }], [document])).toEqual([
      { l: { $numberLong: '1' }, d: { $numberDecimal: '1.00' }, n: { $numberInt: '1' }, x: { $numberInt: '1' } },
    ]);
  });
});

describe('stages over the stream', () => {
  const idsOf = (stages: Document[]): unknown[] => runPipeline(stages, items).map(({ _id }) => _id as unknown);

  it('sorts, skips and limits', () => {
    expect(idsOf([{ $sort: { price: -1, _id: 1 } }])).toEqual([2, 1, 3, 4]);
    expect(idsOf([{ $sort: { price: 1, _id: -1 } }, { $limit: 2 }])).toEqual([4, 3]);
    expect(idsOf([{ $sort: { price: 1, _id: -1 } }, { $skip: 1 }, { $limit: 2 }])).toEqual([3, 1]);
    expect(idsOf([{ $skip: 3 }])).toEqual([4]);
  });

  it('counts, and answers nothing for nothing', () => {
    expect(runPipeline([{ $count: 'n' }], items)).toEqual([{ n: 4 }]);
    expect(runPipeline([{ $count: 'n' }], [])).toEqual([]);
  });

  it('unwinds arrays, and on demand what is empty', () => {
    expect(runPipeline([{ $unwind: '$tags' }, { $project: { tags: 1 } }], items)).toEqual([{ _id: 1, tags: 'a' }, { _id: 1, tags: 'b' }]);
    const all = runPipeline([{ $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } }, { $project: { tags: 1, i: 1 } }], items);
    expect(all).toEqual([{ _id: 1, tags: 'a', i: 0 }, { _id: 1, tags: 'b', i: 1 }, { _id: 2, i: null }, { _id: 3, tags: null, i: null }, { _id: 4, i: null }]);
    expect(runPipeline([{ $unwind: '$a.b' }], [{ a: { b: [1], c: 2 } }, { a: [{ b: [1] }] }])).toEqual([{ a: { b: 1, c: 2 } }]);
    expect(runPipeline([{ $unwind: '$a' }], [{ a: 'scalar' }])).toEqual([{ a: 'scalar' }]);
  });

  it('draws a sample without repeating a document', () => {
    const drawn = runPipeline([{ $sample: { size: 3 } }], items).map(({ _id }) => _id as number);
    expect(new Set(drawn).size).toBe(3);
    expect(runPipeline([{ $sample: { size: 99 } }], items)).toHaveLength(4);
  });
});

describe('$group', () => {
  it.each<[string, Document, Document[], unknown]>([
    ['groups by a path', { _id: '$g', n: { $sum: 1 } }, [{ g: 'a' }, { g: 'b' }, { g: 'a' }], [{ _id: 'a', n: 2 }, { _id: 'b', n: 1 }]],
    ['groups everything by a constant', { _id: null, n: { $count: {} } }, [{ a: 1 }, {}], [{ _id: null, n: 2 }]],
    ['puts missing and null together', { _id: '$g', n: { $sum: 1 } }, [{}, { g: null }], [{ _id: null, n: 2 }]],
    ['puts equal numbers together', { _id: '$g', n: { $sum: 1 } }, [{ g: 1 }, { g: Long.fromNumber(1) }, { g: Decimal128.fromString('1.0') }], [{ _id: 1, n: 3 }]],
    ['groups by several fields', { _id: { a: '$a', b: '$b' }, n: { $sum: 1 } }, [{ a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 }], [{ _id: { a: 1, b: 2 }, n: 2 }, { _id: { a: 1 }, n: 1 }]],
    ['gathers', { _id: 0, p: { $push: '$a' }, s: { $addToSet: '$b' } }, [{ a: 1, b: 1 }, { a: null, b: 1 }, { b: 2 }], [{ _id: 0, p: [1, null], s: [1, 2] }]],
    ['takes first and last', { _id: 0, f: { $first: '$a' }, l: { $last: '$a' } }, [{ a: 1 }, { a: 2 }, {}], [{ _id: 0, f: 1, l: null }]],
    ['takes the first and last n', { _id: 0, f: { $firstN: { input: '$a', n: 2 } }, l: { $lastN: { input: '$a', n: 2 } } }, [{ a: 1 }, {}, { a: 3 }], [{ _id: 0, f: [1, null], l: [null, 3] }]],
    ['finds extremes', { _id: 0, min: { $min: '$a' }, max: { $max: '$a' }, two: { $minN: { input: '$a', n: 2 } } }, [{ a: 3 }, { a: null }, {}, { a: 1 }], [{ _id: 0, min: 1, max: 3, two: [1, 3] }]],
    ['averages numbers only', { _id: 0, avg: { $avg: '$a' } }, [{ a: 1 }, { a: 'x' }, { a: 2 }], [{ _id: 0, avg: 1.5 }]],
    ['merges objects', { _id: 0, m: { $mergeObjects: '$o' } }, [{ o: { a: 1 } }, {}, { o: { a: 2, b: 3 } }], [{ _id: 0, m: { a: 2, b: 3 } }]],
    ['ranks', { _id: 0, t: { $top: { sortBy: { s: -1 }, output: '$n' } }, b: { $bottomN: { n: 2, sortBy: { s: -1 }, output: '$n' } } }, [{ s: 1, n: 'a' }, { s: 3, n: 'b' }, { s: 2, n: 'c' }], [{ _id: 0, t: 'b', b: ['c', 'a'] }]],
    ['lets n depend on the group', { _id: { k: '$k' }, f: { $firstN: { input: '$a', n: '$k' } } }, [{ k: 1, a: 1 }, { k: 1, a: 2 }], [{ _id: { k: 1 }, f: [1] }]],
    ['finds medians', { _id: 0, m: { $median: { input: '$a', method: 'approximate' } } }, [{ a: 1 }, { a: 9 }, { a: 4 }], [{ _id: 0, m: 4 }]],
  ])('%s', (_, specification, documents, expected) => {
    expect(runPipeline([{ $group: specification }], documents)).toEqual(expected);
  });

  it('adds up in the widest type', () => {
    const sum = (values: unknown[]): unknown => (runPipelineTyped([{ $group: { _id: 0, s: { $sum: '$a' } } }], values.map((a) => ({ a })))[0] as { s: unknown }).s;
    expect(sum([1, 2])).toEqual({ $numberInt: '3' });
    expect(sum([2147483647, 1])).toEqual({ $numberLong: '2147483648' });
    expect(sum([1, Long.fromNumber(2)])).toEqual({ $numberLong: '3' });
    expect(sum([Long.MAX_VALUE, 1])).toEqual({ $numberDouble: '9223372036854775808.0' });
    expect(sum([0.1, 0.2, 0.3, 1])).toEqual({ $numberDouble: '1.6' });
    expect(sum([1, Decimal128.fromString('0.1')])).toEqual({ $numberDecimal: '1.1' });
    expect(sum(['x'])).toEqual({ $numberInt: '0' });
  });
});

describe('stages that read other collections', () => {
  const collections = { other: [{ _id: 1, k: 1 }, { _id: 2, k: [2, 3] }, { _id: 3, k: null }, { _id: 4 }] };

  it.each<[unknown, number[]]>([
    [1, [1]],
    [2, [2]],
    [[1, 3], [1, 2]],
    [null, [3, 4]],
    [undefined, [3, 4]],
    [[], []],
    [9, []],
  ])('$lookup joins the local value %j with the documents %j', (local, expected) => {
    const documents = [local === undefined ? {} : { a: local }];
    const [result] = runPipeline([{ $lookup: { from: 'other', localField: 'a', foreignField: 'k', as: 'o' } }], documents, { collections });
    expect((result?.o as { _id: number }[]).map(({ _id }) => _id)).toEqual(expected);
  });

  it('$lookup runs a pipeline with variables', () => {
    const stage = { $lookup: { from: 'other', let: { low: '$a' }, pipeline: [{ $match: { $expr: { $gte: ['$_id', '$$low'] } } }, { $project: { k: 0 } }], as: 'o.x' } };
    expect(runPipeline([stage], [{ a: 3 }], { collections })).toEqual([{ a: 3, o: { x: [{ _id: 3 }, { _id: 4 }] } }]);
  });

  it('$lookup joins by equality and narrows by a pipeline', () => {
    const stage = { $lookup: { from: 'other', localField: 'a', foreignField: 'k', pipeline: [{ $match: { _id: { $gt: 3 } } }], as: 'o' } };
    expect(runPipeline([stage], [{ a: null }], { collections })).toEqual([{ a: null, o: [{ _id: 4 }] }]);
  });

  it('$lookup asks once for what it was asked before', () => {
    const reads: string[] = [];
    const stage = { $lookup: { from: 'other', localField: 'a', foreignField: 'k', as: 'o' } };
    runPipeline([stage], [{ a: 1 }, { a: 1 }, { a: 2 }], { collections, onRead: (collection) => reads.push(collection) });
    expect(reads).toHaveLength(2);
    const constant = { $lookup: { from: 'other', let: { unused: '$a' }, pipeline: [], as: 'o' } };
    runPipeline([constant], [{ a: 1 }, { a: 2 }], { collections, onRead: (collection) => reads.push(collection) });
    expect(reads).toHaveLength(3);
  });

  it('$unionWith appends', () => {
    expect(runPipeline([{ $unionWith: 'other' }], [{ _id: 0 }], { collections }).map(({ _id }) => _id as number)).toEqual([0, 1, 2, 3, 4]);
    expect(runPipeline([{ $unionWith: { pipeline: [{ $documents: [{ x: 1 }] }] } }], [])).toEqual([{ x: 1 }]);
  });

  it('$graphLookup follows references, to a depth, and never twice', () => {
    const people = [{ _id: 1, name: 'a', boss: 'c' }, { _id: 2, name: 'b', boss: 'a' }, { _id: 3, name: 'c', boss: 'b' }];
    const stage = { from: 'people', startWith: '$boss', connectFromField: 'boss', connectToField: 'name', as: 'chain', depthField: 'depth' };
    const chain = (more: Document): unknown =>
      (runPipeline([{ $graphLookup: { ...stage, ...more } }], [people[1]!], { collections: { people } })[0]?.chain as Document[]).map(({ _id, depth }) => [_id as unknown, depth as unknown]);
    expect(chain({})).toEqual([[1, 0], [3, 1], [2, 2]]);
    expect(chain({ maxDepth: 0 })).toEqual([[1, 0]]);
    expect(chain({ restrictSearchWithMatch: { name: { $ne: 'c' } } })).toEqual([[1, 0]]);
  });
});

describe('buckets and facets', () => {
  it('$bucket groups by ranges and a default', () => {
    const stage = { $bucket: { groupBy: '$price', boundaries: [0, 10, 20], default: 'other', output: { n: { $sum: 1 }, ids: { $push: '$_id' } } } };
    expect(runPipeline([stage], items)).toEqual([{ _id: 0, n: 2, ids: [3, 4] }, { _id: 10, n: 1, ids: [1] }, { _id: 'other', n: 1, ids: [2] }]);
  });

  it('$bucketAuto keeps equal values together', () => {
    expect(runPipeline([{ $bucketAuto: { groupBy: '$price', buckets: 3 } }], items)).toEqual([
      { _id: { min: 5, max: 10 }, count: 2 },
      { _id: { min: 10, max: 20 }, count: 1 },
      { _id: { min: 20, max: 20 }, count: 1 },
    ]);
  });

  it.each([
    ['R20', [{ _id: { min: 0, max: 20 }, count: 20 }, { _id: { min: 20, max: 40 }, count: 20 }, { _id: { min: 40, max: 63 }, count: 23 }, { _id: { min: 63, max: 90 }, count: 27 }, { _id: { min: 90, max: 100 }, count: 10 }]],
    ['1-2-5', [{ _id: { min: 0, max: 20 }, count: 20 }, { _id: { min: 20, max: 50 }, count: 30 }, { _id: { min: 50, max: 100 }, count: 50 }]],
    ['POWERSOF2', [{ _id: { min: 0, max: 32 }, count: 32 }, { _id: { min: 32, max: 64 }, count: 32 }, { _id: { min: 64, max: 128 }, count: 36 }]],
  ])("$bucketAuto rounds by %s as the manual's example does", (granularity, expected) => {
    const documents = Array.from({ length: 100 }, (_, x) => ({ x }));
    expect(runPipeline([{ $bucketAuto: { groupBy: '$x', buckets: 5, granularity } }], documents)).toEqual(expected);
  });

  it('$sortByCount puts the most frequent first', () => {
    expect(runPipeline([{ $sortByCount: '$item' }, { $limit: 1 }], items)).toEqual([{ _id: 'xyz', count: 2 }]);
  });

  it('$facet runs several pipelines over the same documents', () => {
    const stage = { $facet: { count: [{ $count: 'n' }], cheap: [{ $match: { price: { $lt: 10 } } }, { $project: { _id: 1 } }], none: [{ $match: { a: 1 } }] } };
    expect(runPipeline([stage], items)).toEqual([{ count: [{ n: 4 }], cheap: [{ _id: 3 }, { _id: 4 }], none: [] }]);
  });
});

describe('sequences', () => {
  it('$densify fills partitions over the full range', () => {
    const coffee = [{ v: 'A', a: 600 }, { v: 'A', a: 750 }, { v: 'A', a: 950 }, { v: 'G', a: 1250 }, { v: 'G', a: 1700 }];
    const stage = { $densify: { field: 'a', partitionByFields: ['v'], range: { bounds: 'full', step: 200 } } };
    expect(runPipeline([stage], coffee).map(({ v, a }) => `${String(v)}${String(a)}`)).toEqual([
      ...[600, 750, 800, 950, 1000, 1200, 1400, 1600].map((a) => `A${a}`),
      ...[600, 800, 1000, 1200, 1250, 1400, 1600, 1700].map((a) => `G${a}`),
    ]);
    const partition = { $densify: { field: 'a', partitionByFields: ['v'], range: { bounds: 'partition', step: 200 } } };
    expect(runPipeline([partition], coffee).map(({ v, a }) => `${String(v)}${String(a)}`)).toEqual(['A600', 'A750', 'A800', 'A950', 'G1250', 'G1450', 'G1650', 'G1700']);
  });

  it('$densify fills dates by hours, up to but not with the upper bound', () => {
    const at = (hour: number): Date => new Date(Date.UTC(2021, 4, 18, hour));
    const stage = { $densify: { field: 't', range: { step: 2, unit: 'hour', bounds: [at(0), at(6)] } } };
    expect(runPipeline([stage], [{ t: at(0), x: 1 }, { t: at(5) }])).toEqual([{ t: at(0), x: 1 }, { t: at(2) }, { t: at(4) }, { t: at(5) }]);
  });

  it('$fill fills by value, along a line, and with the last value', () => {
    const documents = [{ t: 1, a: 1, b: 1 }, { t: 2, a: null }, { t: 4, a: 4 }];
    const stage = { $fill: { sortBy: { t: 1 }, output: { a: { method: 'linear' }, b: { method: 'locf' }, c: { value: 0 } } } };
    expect(runPipeline([stage], documents)).toEqual([{ t: 1, a: 1, b: 1, c: 0 }, { t: 2, a: 2, b: 1, c: 0 }, { t: 4, a: 4, b: 1, c: 0 }]);
  });

  it('$documents makes documents of its own', () => {
    expect(runPipeline([{ $documents: [{ a: { $add: [1, 1] } }] }], [{ ignored: 1 }])).toEqual([{ a: 2 }]);
  });
});

describe('what is refused', () => {
  it.each<[Document[], string]>([
    [[{}], '40323 A pipeline stage specification object must contain exactly one field.'],
    [[{ $a: 1, $b: 1 }], '40323 A pipeline stage specification object must contain exactly one field.'],
    [[{ $nothing: 1 }], "40324 Unrecognized pipeline stage name: '$nothing'"],
    [[{ $search: {} }], '31082 $search is only allowed on MongoDB Atlas: this server has no search indexes'],
    [[{ $geoNear: {} }], '115 $geoNear is not supported by this server: there are no geospatial indexes'],
    [[{ $match: 1 }], '15959 the match filter must be an expression in an object'],
    [[{ $limit: 0 }], '15958 the limit must be positive'],
    [[{ $limit: 1.5 }], '5107201 invalid argument to $limit stage: Expected an integer: 1.5'],
    [[{ $skip: -1 }], '5107200 invalid argument to $skip stage: Expected a non-negative number in: -1'],
    [[{ $sort: {} }], '15976 $sort stage must have at least one sort key'],
    [[{ $sort: { a: 2 } }], '15975 $sort key ordering must be 1 (for ascending) or -1 (for descending)'],
    [[{ $group: {} }], '15955 a group specification must include an _id'],
    [[{ $group: { _id: 1, 'a.b': { $sum: 1 } } }], "40235 The field name 'a.b' cannot contain '.'"],
    [[{ $group: { _id: 1, a: 1 } }], "40234 The field 'a' must be an accumulator object"],
    [[{ $group: { _id: 1, a: { $nothing: 1 } } }], "15952 unknown group operator '$nothing'"],
    [[{ $group: { _id: 1, a: { $sum: [1, 2] } } }], '40237 The $sum accumulator is a unary operator'],
    [[{ $project: { a: 1, b: 0 } }], '31254 Invalid $project :: caused by :: Cannot do exclusion on field b in inclusion projection'],
    [[{ $addFields: {} }], '40177 Invalid $addFields :: caused by :: specification must have at least one field'],
    [[{ $addFields: 1 }], '40272 $addFields specification stage must be an object, got int'],
    [[{ $addFields: { a: 1, 'a.b': 1 } }], "40176 Invalid $addFields :: caused by :: specification contains two conflicting paths. Cannot specify both 'a.b' and 'a'"],
    [[{ $addFields: { a: {} } }], '40180 Invalid $addFields :: caused by :: an empty object is not a valid value. Found empty object at path a'],
    [[{ $unwind: 'a' }], "28818 path option to $unwind stage should be prefixed with a '$': a"],
    [[{ $count: '' }], '40157 the count field must be a non-empty string'],
    [[{ $lookup: { from: 'x', as: 'y' } }], "9 $lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified"],
    [[{ $lookup: { from: 'x', localField: 'a', foreignField: 'b' } }], "9 must specify 'as' field for a $lookup"],
    [[{ $lookup: { from: 'x', pipeline: [{ $out: 'y' }], as: 'z' } }], "51047 $out is not allowed within a $lookup's sub-pipeline"],
    [[{ $facet: {} }], '40169 the $facet specification must be a non-empty object'],
    [[{ $facet: { a: [{ $facet: { b: [] } }] } }], '40600 $facet is not allowed to be used within a $facet stage'],
    [[{ $facet: { a: [{ $out: 'x' }] } }], '40600 $out is not allowed to be used within a $facet stage'],
    [[{ $out: 'x' }, { $match: {} }], '40601 $out can only be the final stage in the pipeline'],
    [[{ $match: {} }, { $collStats: {} }], '40602 $collStats is only valid as the first stage in a pipeline.'],
    [[{ $bucket: { groupBy: '$a', boundaries: [1] } }], "40192 The $bucket 'boundaries' field must have at least 2 values, but found 1 value(s)."],
    [[{ $bucket: { groupBy: '$a', boundaries: [2, 1] } }], "40194 The 'boundaries' option to $bucket must be sorted, but elements 0 and 1 are not in ascending order (2 is not less than 1)."],
    [[{ $bucketAuto: { groupBy: '$a', buckets: 0 } }], "40243 The $bucketAuto 'buckets' field must be greater than 0, but found: 0."],
    [[{ $merge: { into: 'x', whenMatched: 'other' } }], "2 Enumeration value 'other' for field '$merge.whenMatched' is not a valid value."],
    [[{ $merge: { into: 'x', whenMatched: [{ $group: {} }] } }], '72 $group is not allowed to be used within an update'],
    [[{ $graphLookup: { from: 'x' } }], "40105 $graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and 'connectToField' to be specified"],
    [[{ $sample: {} }], '28749 $sample stage must specify a size'],
  ])('%j', (stages, expected) => {
    expect(failure(stages)).toBe(expected);
  });

  it('refuses a bucket for what lies in none', () => {
    expect(failure([{ $bucket: { groupBy: '$a', boundaries: [0, 1] } }], [{ a: 5 }])).toBe('7158303 $switch could not find a matching branch for an input, and no default was specified.');
  });

  it('refuses to hold more than the memory limit', () => {
    const documents = Array.from({ length: 26 }, (_, n) => ({ n, pad: 'x'.repeat(4 * 1024 * 1024) }));
    expect(failure([{ $sort: { pad: 1 } }], documents)).toBe(
      '292 Sort exceeded memory limit of 104857600 bytes, but did not opt in to external sorting. Aborting operation. Pass allowDiskUse:true to opt in.',
    );
    expect(failure([{ $group: { _id: null, all: { $push: '$pad' } } }], documents)).toMatch(/^146 \$push used too much memory and cannot spill to disk\. Used: \d+ bytes\. Memory limit: 104857600 bytes$/u);
    expect(failure([{ $group: { _id: '$n', all: { $push: '$pad' } } }], documents)).toBe("292 Exceeded memory limit for $group, but didn't allow external sort. Pass allowDiskUse:true to opt in.");
    expect(failure([{ $sort: { pad: 1 } }, { $count: 'n' }], documents, { allowDiskUse: true })).toBeUndefined();
    expect(failure([{ $sort: { pad: 1 } }, { $limit: 1 }], documents)).toBeUndefined();
  });
});
