// Replacements, pipeline updates, upserts, and what is done to every document before it is stored.
import { Long, Timestamp, type Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { documentValue } from '../../bson/raw-value.js';
import { decodePlain, encodeDocument } from '../../bson/values.js';
import { prepareInsert } from './stored-document.js';
import { compiled, failureOf, isNoOp, testEnvironment, updatedBytes, upserted } from './update.fixture.js';

const generatedId = '0123456789ab0123456789ab';
const now = Timestamp.fromBits(7, 1_714_521_600);

describe('replacement', () => {
  it('keeps the _id in front', () => {
    expect(updatedBytes(encodeDocument({ _id: 1, a: 1 }), { b: 2 }).equals(encodeDocument({ _id: 1, b: 2 }))).toBe(true);
  });

  it('moves a given _id to the front', () => {
    expect(updatedBytes(encodeDocument({ _id: 1, a: 1 }), { b: 2, _id: 1 }).equals(encodeDocument({ _id: 1, b: 2 }))).toBe(true);
  });

  it('of the same bytes changes nothing', () => {
    expect(isNoOp({ _id: 1, a: 1 }, { _id: 1, a: 1 })).toBe(true);
  });

  it('refuses another _id', () => {
    const error = "66: After applying the update, the (immutable) field '_id' was found to have been altered to _id: 2";
    expect(failureOf(() => updatedBytes(encodeDocument({ _id: 1 }), { _id: 2 }))).toBe(error);
  });

  it('refuses names that begin with $ after the first field', () => {
    expect(failureOf(() => compiled({ a: 1, $set: { b: 1 } }))).toMatch(/^52: The dollar \(\$\) prefixed field '\$set' in '\$set'/);
  });

  it('fills empty timestamps on the top level', () => {
    const empty = new Timestamp(Long.ZERO.toUnsigned());
    const bytes = updatedBytes(encodeDocument({ _id: 1 }), { t: empty, n: { t: empty } });
    expect(decodePlain(bytes)).toEqual({ _id: 1, t: now, n: { t: empty } });
  });

  it('with an empty document leaves the _id', () => {
    expect(decodePlain(updatedBytes(encodeDocument({ _id: 1, a: 1 }), {}))).toEqual({ _id: 1 });
  });
});

describe('pipeline update', () => {
  it('sets fields from other fields', () => {
    const bytes = updatedBytes(encodeDocument({ _id: 1, a: 2, b: 3 }), [{ $set: { c: { $add: ['$a', '$b'] } } }, { $unset: 'a' }]);
    expect(decodePlain(bytes)).toEqual({ _id: 1, b: 3, c: 5 });
  });

  it('keeps an _id that the pipeline drops', () => {
    expect(decodePlain(updatedBytes(encodeDocument({ _id: 1, a: { x: 1 } }), [{ $replaceWith: '$a' }]))).toEqual({ _id: 1, x: 1 });
  });

  it('refuses stages that are not transformations', () => {
    expect(failureOf(() => compiled([{ $match: { a: 1 } }]))).toBe('72: $match is not allowed to be used within an update');
  });

  it('refuses to change the _id', () => {
    expect(failureOf(() => updatedBytes(encodeDocument({ _id: 1 }), [{ $set: { _id: 2 } }]))).toMatch(/^66: /);
  });
});

const upserts: readonly (readonly [behaviour: string, filter: Document, update: Document | readonly Document[], result: Document])[] = [
  ['takes equalities of the filter', { a: 1, b: { $gt: 5 } }, { $set: { c: 2 } }, { a: 1, c: 2 }],
  ['takes $eq', { a: { $eq: 1 } }, { $set: { c: 2 } }, { a: 1, c: 2 }],
  ['takes equalities inside $and', { $and: [{ a: 1 }, { b: 2 }] }, { $set: { c: 3 } }, { a: 1, b: 2, c: 3 }],
  ['takes a single $or branch', { $or: [{ a: 1 }] }, { $set: { c: 3 } }, { a: 1, c: 3 }],
  ['takes a single $in value', { a: { $in: [1] } }, { $set: { c: 3 } }, { a: 1, c: 3 }],
  ['takes a single $all value', { a: { $all: [1] } }, { $set: { c: 3 } }, { a: 1, c: 3 }],
  ['takes nothing from several $or branches', { $or: [{ a: 1 }, { b: 1 }] }, { $set: { c: 3 } }, { c: 3 }],
  ['takes nothing from $not, $ne, $exists', { a: { $not: { $eq: 1 } }, b: { $ne: 1 }, d: { $exists: true } }, { $set: { c: 3 } }, { c: 3 }],
  ['takes nothing from a regular expression', { a: /x/ }, { $set: { c: 3 } }, { c: 3 }],
  ['makes documents of dotted paths', { 'a.b': 1, 'a.c': 2 }, { $set: { d: 3 } }, { a: { b: 1, c: 2 }, d: 3 }],
  ['takes arrays and documents whole', { a: [1, 2], b: { 'x.y': 1 } }, { $set: { d: 3 } }, { a: [1, 2], b: { 'x.y': 1 }, d: 3 }],
  ['applies the operators to what the filter gave', { a: 1 }, { $inc: { a: 5 } }, { a: 6 }],
  ['applies $setOnInsert', {}, { $setOnInsert: { a: 1 }, $inc: { b: 1 } }, { a: 1, b: 1 }],
  ['pushes onto an array that the filter gave', { a: [1] }, { $push: { a: 2 } }, { a: [1, 2] }],
  ['takes nothing but _id into a replacement', { a: 1, b: 2 }, { c: 3 }, { c: 3 }],
  ['runs a pipeline over the equalities', { a: 2 }, [{ $set: { b: { $multiply: ['$a', 3] } } }], { a: 2, b: 6 }],
];

describe('upsert', () => {
  it.each(upserts)('%s', (_behaviour, filter, update, result) => {
    const { _id, ...fields } = decodePlain(upserted(filter, update));
    expect(String(_id)).toBe(generatedId);
    expect(fields).toEqual(result);
  });

  it.each<readonly [Document, Document]>([
    [{ _id: 7 }, { $set: { a: 1 } }],
    [{ a: 1, _id: { $eq: 7 } }, { $inc: { b: 1 } }],
    [{ _id: 7 }, { a: 1 }],
    [{}, { $set: { _id: 7, a: 1 } }],
    [{}, { $setOnInsert: { _id: 7 } }],
    [{}, { a: 1, _id: 7 }],
    [{ _id: 7 }, { _id: 7, a: 1 }],
  ])('of %j with %j has its _id in front', (filter, update) => {
    const [first] = Object.entries(decodePlain(upserted(filter, update)));
    expect(first).toEqual(['_id', 7]);
  });

  it.each<readonly [string, Document, Document]>([
    ["54: cannot infer query fields to set, path 'a' is matched twice", { $and: [{ a: 1 }, { a: 2 }] }, { $set: { b: 1 } }],
    ["54: cannot infer query fields to set, both paths 'a.b' and 'a' are matched", { 'a.b': 1, a: { b: 1 } }, { $set: { c: 1 } }],
    ["111: field at '_id' must be exactly specified, field at sub-path '_id.x'found", { '_id.x': 1 }, { a: 1 }],
    ["66: Performing an update on the path '_id' would modify the immutable field '_id'", { _id: 1 }, { $set: { _id: 2 } }],
    ["66: After applying the update, the (immutable) field '_id' was found to have been altered to _id: 2", { _id: 1 }, { _id: 2 }],
    ["53: The '_id' value cannot be of type array", {}, { $set: { _id: [1] } }],
    ['224: $expr is not allowed in the query predicate for an upsert', { $expr: { $eq: ['$a', 1] } }, { $set: { b: 1 } }],
    ["28: Cannot create field 'b' in element {a: 1}", { a: 1 }, { $set: { 'a.b': 1 } }],
  ])('fails with %s', (error, filter, update) => {
    expect(failureOf(() => upserted(filter, update))).toBe(error);
  });
});

describe('prepareInsert', () => {
  const prepared = (document: Document): Document => decodePlain(prepareInsert(encodeDocument(document), testEnvironment));

  it('makes an _id in front', () => {
    const [first, second] = Object.entries(prepared({ a: 1 }));
    expect([first?.[0], String(first?.[1]), second]).toEqual(['_id', generatedId, ['a', 1]]);
  });

  it('moves the _id to the front and leaves the rest in order', () => {
    expect(Object.keys(prepared({ b: 1, _id: 5, a: 1 }))).toEqual(['_id', 'b', 'a']);
  });

  it('returns a fit document itself', () => {
    const document = encodeDocument({ _id: 1, a: 1 });
    expect(prepareInsert(document, testEnvironment)).toBe(document);
  });

  it('fills empty timestamps on the top level but not in the _id', () => {
    const empty = new Timestamp(Long.UZERO);
    expect(prepared({ _id: empty, t: empty, n: [empty] })).toEqual({ _id: empty, t: now, n: [empty] });
  });

  it.each<readonly [string, Document]>([
    ["53: The '_id' value cannot be of type array", { _id: [1] }],
    ["53: The '_id' value cannot be of type regex", { _id: /a/ }],
    ["52: _id fields may not contain '$'-prefixed fields: $a is not valid for storage.", { _id: { $a: 1 } }],
    ['15: cannot insert document because it exceeds 180 levels of nesting', { _id: 1, a: nested(181) }],
  ])('fails with %s', (error, document) => {
    expect(failureOf(() => prepared(document))).toBe(error);
  });

  it('takes 180 levels', () => {
    expect(failureOf(() => prepared({ _id: 1, a: nested(178) }))).toBe('no error');
  });
});

describe('limits of updates', () => {
  it('refuse a document that grows over 16 MiB', () => {
    const document = encodeDocument({ _id: 1, a: 'x'.repeat(9 * 1024 * 1024) });
    const update = { $set: { b: 'y'.repeat(8 * 1024 * 1024) } };
    expect(failureOf(() => updatedBytes(document, update))).toBe('17419: Resulting document after update is larger than 16777216');
  });

  it('refuse a value that nests too deeply', () => {
    expect(failureOf(() => compiled({ $set: { a: nested(181) } }))).toBe('15: Document exceeds maximum nesting depth of 180');
  });

  it('refuse what is neither a document nor an array', () => {
    expect(documentValue(encodeDocument({})).type).toBe(3);
    expect(failureOf(() => compiled('x' as unknown as Document))).toMatch(/^9: /);
  });
});

/** `{a: {a: ... 1}}` of so many levels. */
function nested(levels: number): Document {
  let document: Document = { a: 1 };
  for (let level = 1; level < levels; level += 1) document = { a: document };
  return document;
}
