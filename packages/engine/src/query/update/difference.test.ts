// Differences in the oplog: applied to the document before they give the document after, and they are written as MongoDB writes them.
import type { Document } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryValue } from '../../bson/arbitrary-values.fixture.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { decodePlain, documentOf, encodeDocument, int32Value } from '../../bson/values.js';
import { applyDifference } from './apply-difference.js';
import { smallestDifference } from './difference.js';
import { compiled } from './update.fixture.js';

const fields = fc.shuffledSubarray(['a', 'b', 'c', '0', 'a.b', 'é'] as const);
const arbitraryDocument: fc.Arbitrary<RawDocument> = fields.chain((names) =>
  fc.tuple(...names.map((name) => arbitraryValue.map((value) => [name, value] as const))).map((entries) => documentOf([['_id', int32Value(1)], ...entries])));

const small = fc.integer({ min: 0, max: 3 });
const arbitraryShape: fc.Arbitrary<Document> = fc.record({
  _id: fc.constant(1), n: small, list: fc.array(small, { maxLength: 5 }), deep: fc.record({ x: small, y: fc.array(fc.record({ k: small, v: small }), { maxLength: 4 }) }, { requiredKeys: [] }),
}, { requiredKeys: ['_id', 'list'] });

/** Every operator, at the top and below, on fields that are there and on those that are not. */
const arbitraryUpdate = fc.oneof<fc.Arbitrary<Document | Document[]>[]>(
  fc.constantFrom<Document | Document[]>(
    { $set: { n: 9, 'deep.x': 9, 'list.7': 1 } }, { $set: { deep: { z: 1 } } }, { $unset: { n: '', 'deep.x': '', 'list.1': '' } }, { $inc: { n: 1, 'deep.new': 2 } },
    { $mul: { n: 2 } }, { $min: { n: 1 }, $max: { 'deep.x': 2 } }, { $rename: { n: 'm' } }, { $rename: { 'deep.x': 'n' } }, { $currentDate: { at: true } },
    { $push: { list: 7 } }, { $push: { list: { $each: [5, 6], $position: 0 } } }, { $push: { list: { $each: [4], $sort: 1, $slice: -3 } } },
    { $addToSet: { list: { $each: [1, 8] } } }, { $pop: { list: 1 } }, { $pop: { list: -1 } }, { $pull: { list: { $gte: 2 } } }, { $pullAll: { list: [0, 1] } },
    { $set: { 'list.$[]': 3 } }, { $bit: { flags: { or: 4 } } }, { $set: { 'list.0': 8 }, $inc: { n: 1 } },
    { n: 5, fresh: true },
    [{ $set: { n: { $add: [{ $ifNull: ['$n', 0] }, 1] } } }], [{ $unset: ['n', 'deep.x'] }], [{ $set: { list: { $slice: ['$list', 2] } } }],
    [{ $replaceWith: { _id: 1, list: '$list', n: 1 } }], [{ $set: { list: { $concatArrays: [[9], '$list'] } } }],
  ),
);

function differenceOf(before: RawDocument, update: Document | readonly Document[], arrayFilters: readonly Document[] = []): { readonly after: RawDocument; readonly entry: RawDocument | undefined } | undefined {
  const change = compiled(update, { arrayFilters });
  const after = change.apply({ document: documentValue(before), arrayIndex: undefined, isInsert: false });
  return after === undefined || after.equals(before) ? undefined : { after, entry: change.difference(before, after) };
}

const diffOf = (entry: RawDocument): RawDocument => getDocumentField(entry, 'diff')!.document();

describe('a difference', () => {
  it('between any two documents leads from the first to the second, to the byte', () => {
    fc.assert(
      fc.property(arbitraryDocument, arbitraryDocument, (before, after) => {
        const entry = smallestDifference(before, after);
        if (entry === undefined) return;
        expect(applyDifference(before, diffOf(entry)).equals(after)).toBe(true);
        expect(diffOf(entry).length).toBeLessThanOrEqual(after.length);
      }),
      { numRuns: 500 },
    );
  });

  it('of any update leads from the document before to the one after, to the byte', () => {
    fc.assert(
      fc.property(arbitraryShape, arbitraryUpdate, (shape, update) => {
        const before = encodeDocument(shape);
        let made: ReturnType<typeof differenceOf>;
        try {
          made = differenceOf(before, update);
        } catch {
          // The update does not fit the document.
          return;
        }
        if (made?.entry === undefined) return;
        expect(applyDifference(before, diffOf(made.entry)).equals(made.after)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, Document, Document | Document[], Document]>([
    ['a field that is set', { a: 1, b: 1 }, { $set: { a: 2 } }, { u: { a: 2 } }],
    ['a field that is new', { a: 1 }, { $set: { b: 2 } }, { i: { b: 2 } }],
    ['a field that is taken away', { a: 1, b: 1 }, { $unset: { a: '' } }, { d: { a: false } }],
    ['a renamed field', { a: 1, b: 1 }, { $rename: { a: 'c' } }, { d: { a: false }, i: { c: 1 } }],
    ['a nested field', { a: { b: 1, c: 1 } }, { $set: { 'a.b': 2 } }, { sa: { u: { b: 2 } } }],
    ['a nested document that is set', { a: { b: 1, c: 1 } }, { $set: { a: { b: 2, c: 1 } } }, { u: { a: { b: 2, c: 1 } } }],
    ['an element', { a: [1, 2, 3] }, { $set: { 'a.1': 5 } }, { sa: { a: true, u1: 5 } }],
    ['a field of an element', { a: [{ x: 1 }, { x: 2 }] }, { $inc: { 'a.1.x': 1 } }, { sa: { a: true, s1: { u: { x: 3 } } } }],
    ['all elements', { a: [1, 2] }, { $inc: { 'a.$[]': 1 } }, { sa: { a: true, u0: 2, u1: 3 } }],
    ['an appended element', { a: [1] }, { $push: { a: 2 } }, { sa: { a: true, u1: 2 } }],
    ['an element appended to nothing', { a: [] }, { $push: { a: 2 } }, { u: { a: [2] } }],
    ['an element put in front', { a: [1] }, { $push: { a: { $each: [2], $position: 0 } } }, { u: { a: [2, 1] } }],
    ['a popped element', { a: [1, 2] }, { $pop: { a: 1 } }, { u: { a: [1] } }],
    ['an array cut by a pipeline', { a: [1, 2, 3, 4], b: 'some text' }, [{ $set: { a: { $slice: ['$a', 2] } } }], { sa: { a: true, l: 2 } }],
    ['fields that a pipeline put in another order', { a: 1, b: 2, c: 3 }, [{ $replaceWith: { _id: 1, b: 2, a: 1, c: 3, d: 'some text of its own' } }], { i: { b: 2, a: 1, c: 3, d: 'some text of its own' } }],
  ])('tells of %s', (_what, fieldsBefore, update, diff) => {
    const made = differenceOf(encodeDocument({ _id: 1, ...fieldsBefore }), update);
    if (made?.entry === undefined) expect(Array.isArray(update)).toBe(true);
    else expect(decodePlain(made.entry)).toEqual({ $v: 2, diff });
  });

  it('is none for a replacement, and for a pipeline that changed nearly everything', () => {
    const before = encodeDocument({ _id: 1, a: 1 });
    expect(differenceOf(before, { b: 1 })).toMatchObject({ entry: undefined });
    expect(differenceOf(before, [{ $replaceWith: { _id: 1, b: 1 } }])).toMatchObject({ entry: undefined });
  });
});
