// Every update operator by example: document, update, result. Results are compared as bytes, so that types and order count.
import { Decimal128, Double, Int32, Timestamp, type Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { decodeDocument, encodeDocument } from '../../bson/values.js';
import { failureOf, isNoOp, long, updatedBytes, type RunOptions } from './update.fixture.js';

type Example = readonly [behaviour: string, document: Document, update: Document, result: Document, options?: RunOptions];

/** Cases with their names, as the test runner wants them. */
function named<T extends readonly [string, ...unknown[]]>(cases: readonly T[]): readonly { readonly name: string; readonly example: T }[] {
  return cases.map((example) => ({ name: example[0], example }));
}

const examples: readonly Example[] = [
  ['$set replaces a value in its place', { _id: 1, a: 1, b: 2 }, { $set: { a: 'x' } }, { _id: 1, a: 'x', b: 2 }],
  ['$set adds new fields at the end in the order of their names', { _id: 1, z: 1 }, { $set: { c: 1, a: 2, b: 3 } }, { _id: 1, z: 1, a: 2, b: 3, c: 1 }],
  ['$set makes the documents of a dotted path', { _id: 1 }, { $set: { 'a.b.c': 1 } }, { _id: 1, a: { b: { c: 1 } } }],
  ['$set makes a document for a numeric name where there is no array', { _id: 1 }, { $set: { 'a.0': 1 } }, { _id: 1, a: { 0: 1 } }],
  ['$set reaches into arrays by index', { _id: 1, a: [1, { b: 2 }] }, { $set: { 'a.1.b': 3 } }, { _id: 1, a: [1, { b: 3 }] }],
  ['$set pads an array with nulls', { _id: 1, a: [1] }, { $set: { 'a.3': 4 } }, { _id: 1, a: [1, null, null, 4] }],
  ['$set pads and makes documents', { _id: 1, a: [] }, { $set: { 'a.1.b': 4 } }, { _id: 1, a: [null, { b: 4 }] }],
  ['$set of several indexes fills them in numeric order', { _id: 1, a: [0] }, { $set: { 'a.10': 'k', 'a.2': 'c' } }, { _id: 1, a: [0, null, 'c', null, null, null, null, null, null, null, 'k'] }],
  ['$set of two paths of one new document makes it once', { _id: 1 }, { $set: { 'a.c': 1, 'a.b': 2 } }, { _id: 1, a: { b: 2, c: 1 } }],
  ['$set changes the type where the number is equal', { _id: 1, a: 1 }, { $set: { a: long(1) } }, { _id: 1, a: long(1) }],
  ['new fields of different operators are added in the order of names', { _id: 1 }, { $set: { b: 1 }, $inc: { a: 1 } }, { _id: 1, a: 1, b: 1 }],
  ['$unset takes a field away', { _id: 1, a: 1, b: 2 }, { $unset: { a: '' } }, { _id: 1, b: 2 }],
  ['$unset leaves null in an array', { _id: 1, a: [1, 2] }, { $unset: { 'a.0': '' } }, { _id: 1, a: [null, 2] }],
  ['$unset leaves an emptied document', { _id: 1, a: { b: 1 } }, { $unset: { 'a.b': '' } }, { _id: 1, a: {} }],
  ['$inc adds ints', { _id: 1, a: 1 }, { $inc: { a: 2 } }, { _id: 1, a: 3 }],
  ['$inc makes a missing field', { _id: 1 }, { $inc: { a: 2 } }, { _id: 1, a: 2 }],
  ['$inc turns an int that overflows into a long', { _id: 1, a: 2147483647 }, { $inc: { a: 1 } }, { _id: 1, a: long(2147483648) }],
  ['$inc of a long keeps the long', { _id: 1, a: long(5) }, { $inc: { a: 1 } }, { _id: 1, a: long(6) }],
  ['$inc of an int by a long gives a long', { _id: 1, a: 5 }, { $inc: { a: long(1) } }, { _id: 1, a: long(6) }],
  ['$inc by a double gives a double', { _id: 1, a: 1 }, { $inc: { a: new Double(0.5) } }, { _id: 1, a: 1.5 }],
  ['$inc by a whole double gives a double', { _id: 1, a: 1 }, { $inc: { a: new Double(1) } }, { _id: 1, a: new Double(2) }],
  ['$inc by a decimal is exact', { _id: 1, a: 1 }, { $inc: { a: Decimal128.fromString('0.1') } }, { _id: 1, a: Decimal128.fromString('1.1') }],
  ['$mul multiplies', { _id: 1, a: 3 }, { $mul: { a: 4 } }, { _id: 1, a: 12 }],
  ['$mul makes a missing field zero', { _id: 1 }, { $mul: { a: 4 } }, { _id: 1, a: 0 }],
  ['$mul makes a missing field zero of the type of the operand', { _id: 1 }, { $mul: { a: long(4) } }, { _id: 1, a: long(0) }],
  ['$mul by a double', { _id: 1, a: 3 }, { $mul: { a: 1.5 } }, { _id: 1, a: 4.5 }],
  ['$mul turns an int that overflows into a long', { _id: 1, a: 2147483647 }, { $mul: { a: 2 } }, { _id: 1, a: long(4294967294) }],
  ['$min takes the lower value', { _id: 1, a: 5 }, { $min: { a: 3 } }, { _id: 1, a: 3 }],
  ['$min compares across types', { _id: 1, a: 'x' }, { $min: { a: 3 } }, { _id: 1, a: 3 }],
  ['$min makes a missing field', { _id: 1 }, { $min: { a: 3 } }, { _id: 1, a: 3 }],
  ['$max takes the higher value', { _id: 1, a: 5 }, { $max: { a: 7 } }, { _id: 1, a: 7 }],
  ['$max compares dates', { _id: 1, a: new Date(5) }, { $max: { a: new Date(7) } }, { _id: 1, a: new Date(7) }],
  ['$rename moves a field to the end', { _id: 1, a: 1, b: 2 }, { $rename: { a: 'c' } }, { _id: 1, b: 2, c: 1 }],
  ['$rename replaces what stands at the destination', { _id: 1, a: 1, b: 2 }, { $rename: { a: 'b' } }, { _id: 1, b: 1 }],
  ['$rename into a new document', { _id: 1, a: 1 }, { $rename: { a: 'b.c' } }, { _id: 1, b: { c: 1 } }],
  ['$rename out of a document', { _id: 1, a: { b: 1, c: 2 } }, { $rename: { 'a.b': 'd' } }, { _id: 1, a: { c: 2 }, d: 1 }],
  ['$currentDate: true is a date', { _id: 1 }, { $currentDate: { a: true } }, { _id: 1, a: new Date(1714521600000) }],
  ['$currentDate of type timestamp', { _id: 1 }, { $currentDate: { a: { $type: 'timestamp' } } }, { _id: 1, a: Timestamp.fromBits(7, 1714521600) }],
  ['$bit and', { _id: 1, a: 13 }, { $bit: { a: { and: 10 } } }, { _id: 1, a: 8 }],
  ['$bit or', { _id: 1, a: 3 }, { $bit: { a: { or: 5 } } }, { _id: 1, a: 7 }],
  ['$bit xor with a long gives a long', { _id: 1, a: 1 }, { $bit: { a: { xor: long(5) } } }, { _id: 1, a: long(4) }],
  ['$bit of several operations in turn', { _id: 1, a: 12 }, { $bit: { a: { and: 8, or: 1 } } }, { _id: 1, a: 9 }],
  ['$bit makes a missing field', { _id: 1 }, { $bit: { a: { or: 5 } } }, { _id: 1, a: 5 }],
  ['$push appends', { _id: 1, a: [1] }, { $push: { a: 2 } }, { _id: 1, a: [1, 2] }],
  ['$push makes a missing array', { _id: 1 }, { $push: { a: 2 } }, { _id: 1, a: [2] }],
  ['$push of an array appends it as one element', { _id: 1, a: [1] }, { $push: { a: [2, 3] } }, { _id: 1, a: [1, [2, 3]] }],
  ['$push $each appends each', { _id: 1, a: [1] }, { $push: { a: { $each: [2, 3] } } }, { _id: 1, a: [1, 2, 3] }],
  ['$push $each of nothing makes an empty array', { _id: 1 }, { $push: { a: { $each: [] } } }, { _id: 1, a: [] }],
  ['$push $position 0', { _id: 1, a: [1, 2] }, { $push: { a: { $each: [9], $position: 0 } } }, { _id: 1, a: [9, 1, 2] }],
  ['$push $position in the middle', { _id: 1, a: [1, 2] }, { $push: { a: { $each: [8, 9], $position: 1 } } }, { _id: 1, a: [1, 8, 9, 2] }],
  ['$push $position beyond the end', { _id: 1, a: [1, 2] }, { $push: { a: { $each: [9], $position: 7 } } }, { _id: 1, a: [1, 2, 9] }],
  ['$push $position from the end', { _id: 1, a: [1, 2, 3] }, { $push: { a: { $each: [9], $position: -1 } } }, { _id: 1, a: [1, 2, 9, 3] }],
  ['$push $position before the beginning', { _id: 1, a: [1, 2] }, { $push: { a: { $each: [9], $position: -5 } } }, { _id: 1, a: [9, 1, 2] }],
  ['$push $slice keeps the first', { _id: 1, a: [1, 2] }, { $push: { a: { $each: [3, 4], $slice: 3 } } }, { _id: 1, a: [1, 2, 3] }],
  ['$push $slice keeps the last', { _id: 1, a: [1, 2] }, { $push: { a: { $each: [3, 4], $slice: -3 } } }, { _id: 1, a: [2, 3, 4] }],
  ['$push $slice 0 empties', { _id: 1, a: [1, 2] }, { $push: { a: { $each: [3], $slice: 0 } } }, { _id: 1, a: [] }],
  ['$push $sort of whole elements', { _id: 1, a: [3, 1] }, { $push: { a: { $each: [2], $sort: 1 } } }, { _id: 1, a: [1, 2, 3] }],
  ['$push $sort by fields, then $slice', { _id: 1, a: [{ s: 3 }, { s: 1 }] }, { $push: { a: { $each: [{ s: 2 }], $sort: { s: -1 }, $slice: 2 } } }, { _id: 1, a: [{ s: 3 }, { s: 2 }] }],
  ['$push $sort is stable and treats scalars as null', { _id: 1, a: [{ s: 1, n: 1 }, 5, { s: 1, n: 2 }] }, { $push: { a: { $each: [], $sort: { s: 1 } } } }, { _id: 1, a: [5, { s: 1, n: 1 }, { s: 1, n: 2 }] }],
  ['$addToSet appends a new value', { _id: 1, a: [1] }, { $addToSet: { a: 2 } }, { _id: 1, a: [1, 2] }],
  ['$addToSet makes a missing array without duplicates', { _id: 1 }, { $addToSet: { a: { $each: [1, 1, new Double(1), 2] } } }, { _id: 1, a: [1, 2] }],
  ['$addToSet $each appends what is missing', { _id: 1, a: [1, 2] }, { $addToSet: { a: { $each: [2, 3] } } }, { _id: 1, a: [1, 2, 3] }],
  ['$addToSet compares documents with their field order', { _id: 1, a: [{ x: 1, y: 2 }] }, { $addToSet: { a: { y: 2, x: 1 } } }, { _id: 1, a: [{ x: 1, y: 2 }, { y: 2, x: 1 }] }],
  ['$pull of a value', { _id: 1, a: [1, 2, 1] }, { $pull: { a: 1 } }, { _id: 1, a: [2] }],
  ['$pull of an equal number of another type', { _id: 1, a: [1, new Double(1), long(1), 2] }, { $pull: { a: 1 } }, { _id: 1, a: [2] }],
  ['$pull with a condition', { _id: 1, a: [1, 5, 8] }, { $pull: { a: { $gte: 5 } } }, { _id: 1, a: [1] }],
  ['$pull of documents by their fields', { _id: 1, a: [{ i: 'A', s: 5 }, { i: 'B', s: 8 }, 3] }, { $pull: { a: { s: 8, i: 'B' } } }, { _id: 1, a: [{ i: 'A', s: 5 }, 3] }],
  ['$pull of documents with $elemMatch', { _id: 1, r: [{ q: [1, 9] }, { q: [1] }] }, { $pull: { r: { q: { $elemMatch: { $gte: 5 } } } } }, { _id: 1, r: [{ q: [1] }] }],
  ['$pull by a regular expression', { _id: 1, a: ['ab', 'cd'] }, { $pull: { a: /^a/ } }, { _id: 1, a: ['cd'] }],
  ['$pull of an exact array', { _id: 1, a: [[1], [1, 2]] }, { $pull: { a: [1] } }, { _id: 1, a: [[1, 2]] }],
  ['$pull with $in', { _id: 1, a: ['x', 'y', 'z'] }, { $pull: { a: { $in: ['x', 'z'] } } }, { _id: 1, a: ['y'] }],
  ['$pullAll takes all equal values', { _id: 1, a: [0, 2, 5, 5, 1, 0] }, { $pullAll: { a: [0, 5] } }, { _id: 1, a: [2, 1] }],
  ['$pop takes the last', { _id: 1, a: [1, 2, 3] }, { $pop: { a: 1 } }, { _id: 1, a: [1, 2] }],
  ['$pop takes the first', { _id: 1, a: [1, 2, 3] }, { $pop: { a: -1 } }, { _id: 1, a: [2, 3] }],
  ['$setOnInsert does nothing to an existing document', { _id: 1, a: 1 }, { $setOnInsert: { a: 5, b: 6 }, $set: { c: 1 } }, { _id: 1, a: 1, c: 1 }],
  ['$ stands for the element that matched', { _id: 1, a: [1, 2, 3] }, { $set: { 'a.$': 9 } }, { _id: 1, a: [1, 9, 3] }, { arrayIndex: 1 }],
  ['$ reaches into the element', { _id: 1, a: [{ b: 1 }, { b: 2 }] }, { $inc: { 'a.$.b': 1 } }, { _id: 1, a: [{ b: 1 }, { b: 3 }] }, { arrayIndex: 1 }],
  ['$ and an index of the same element are merged', { _id: 1, a: [{ b: 1 }] }, { $set: { 'a.0.c': 1, 'a.$.d': 2 } }, { _id: 1, a: [{ b: 1, c: 1, d: 2 }] }, { arrayIndex: 0 }],
  ['$[] stands for all elements', { _id: 1, a: [1, 2] }, { $inc: { 'a.$[]': 10 } }, { _id: 1, a: [11, 12] }],
  ['$[] reaches into all elements', { _id: 1, a: [{ b: 1 }, { b: 2 }] }, { $set: { 'a.$[].c': 0 } }, { _id: 1, a: [{ b: 1, c: 0 }, { b: 2, c: 0 }] }],
  ['$[id] stands for elements that satisfy a filter', { _id: 1, a: [1, 5, 9] }, { $set: { 'a.$[x]': 0 } }, { _id: 1, a: [1, 0, 0] }, { arrayFilters: [{ x: { $gte: 5 } }] }],
  ['$[id] filters by fields of the element', { _id: 1, a: [{ g: 1, m: 1 }, { g: 9, m: 1 }] }, { $set: { 'a.$[e].m': 2 } }, { _id: 1, a: [{ g: 1, m: 1 }, { g: 9, m: 2 }] }, { arrayFilters: [{ 'e.g': { $gt: 5 } }] }],
  ['$[id] in nested arrays', { _id: 1, a: [{ k: 'x', b: [1, 2] }, { k: 'y', b: [1, 2] }] }, { $inc: { 'a.$[o].b.$[i]': 10 } }, { _id: 1, a: [{ k: 'x', b: [1, 12] }, { k: 'y', b: [1, 2] }] }, { arrayFilters: [{ 'o.k': 'x' }, { i: { $gt: 1 } }] }],
  ['two identifiers on one element are merged', { _id: 1, a: [{ p: 1 }] }, { $set: { 'a.$[x].b': 1, 'a.$[y].c': 2 } }, { _id: 1, a: [{ p: 1, b: 1, c: 2 }] }, { arrayFilters: [{ 'x.p': 1 }, { 'y.p': 1 }] }],
  ['array filters may be joined by $or', { _id: 1, a: [1, 2, 3] }, { $set: { 'a.$[x]': 0 } }, { _id: 1, a: [0, 2, 0] }, { arrayFilters: [{ $or: [{ x: 1 }, { x: 3 }] }] }],
];

describe('update operators', () => {
  it.each(named(examples))('$name', ({ example: [, document, update, result, options] }) => {
    const bytes = updatedBytes(encodeDocument(document), update, options);
    expect(decodeDocument(bytes)).toEqual(decodeDocument(encodeDocument(result)));
    expect(bytes.equals(encodeDocument(result))).toBe(true);
  });
});

type Case = readonly [name: string, document: Document, update: Document, options?: RunOptions];

const noOps: readonly Case[] = [
  ['$set of the same value', { _id: 1, a: 1 }, { $set: { a: 1 } }],
  ['$set of the same _id', { _id: 1 }, { $set: { _id: 1 } }],
  ['$set of nothing', { _id: 1 }, { $set: {} }],
  ['$unset of a missing field', { _id: 1 }, { $unset: { a: 1, 'b.c': 1 } }],
  ['$unset below a scalar', { _id: 1, a: 1 }, { $unset: { 'a.b': 1 } }],
  ['$unset of a name in an array', { _id: 1, a: [1] }, { $unset: { 'a.b': 1 } }],
  ['$inc by zero', { _id: 1, a: 1 }, { $inc: { a: 0 } }],
  ['$min with a higher value', { _id: 1, a: 1 }, { $min: { a: 2 } }],
  ['$min with an equal value of another type', { _id: 1, a: 1 }, { $min: { a: new Double(1) } }],
  ['$max with a lower value', { _id: 1, a: 'x' }, { $max: { a: 2 } }],
  ['$rename of a missing field', { _id: 1, b: 1 }, { $rename: { a: 'b' } }],
  ['$rename of a missing field below a document', { _id: 1, b: {} }, { $rename: { 'b.c': 'd' } }],
  ['$push $each of nothing', { _id: 1, a: [1] }, { $push: { a: { $each: [] } } }],
  ['$addToSet of a known value', { _id: 1, a: [1] }, { $addToSet: { a: new Double(1) } }],
  ['$pull of an unknown value', { _id: 1, a: [1] }, { $pull: { a: 2 } }],
  ['$pull of a missing array', { _id: 1 }, { $pull: { a: 2 } }],
  ['$pullAll of a missing array', { _id: 1 }, { $pullAll: { a: [2] } }],
  ['$pop of an empty array', { _id: 1, a: [] }, { $pop: { a: 1 } }],
  ['$pop of a missing array', { _id: 1, a: { b: 1 } }, { $pop: { 'a.c': 1, d: 1 } }],
  ['$bit that changes nothing', { _id: 1, a: 1 }, { $bit: { a: { or: 1 } } }],
  ['$setOnInsert on an existing document', { _id: 1, a: 1 }, { $setOnInsert: { 'a.b': 1 } }],
  ['$[id] that no element satisfies', { _id: 1, a: [1] }, { $set: { 'a.$[x]': 5 } }, { arrayFilters: [{ x: 7 }] }],
];

describe('updates that change nothing', () => {
  it.each(named(noOps))('$name', ({ example: [, document, update, options] }) => {
    expect(isNoOp(document, update, options)).toBe(true);
  });
});

const failures: readonly Case[] = [
  ["28: Cannot create field 'b' in element {a: 1}", { _id: 1, a: 1 }, { $set: { 'a.b': 1 } }],
  ["28: Cannot create field 'b' in element {a: null}", { _id: 1, a: null }, { $inc: { 'a.b': 1 } }],
  ["28: Cannot create field 'x' in element {a: [ 1, 2 ]}", { _id: 1, a: [1, 2] }, { $set: { 'a.x': 1 } }],
  ["28: Cannot create field 'c' in element {b: \"s\"}", { _id: 1, a: { b: 's' } }, { $push: { 'a.b.c.d': 1 } }],
  ["34: can't backfill more than 1500000 elements", { _id: 1, a: [] }, { $set: { 'a.1500001': 1 } }],
  ["14: Cannot increment with non-numeric argument: {a: \"x\"}", { _id: 1 }, { $inc: { a: 'x' } }],
  ["14: Cannot multiply with non-numeric argument: {a: null}", { _id: 1 }, { $mul: { a: null } }],
  ["14: Cannot apply $inc to a value of non-numeric type. {_id: 1} has the field 'a' of non-numeric type string", { _id: 1, a: 'x' }, { $inc: { a: 1 } }],
  ['2: Failed to apply $inc operations to current value ((NumberLong)9223372036854775807) for document {_id: 1}', { _id: 1, a: long(9223372036854775807n) }, { $inc: { a: 1 } }],
  ["2: The field 'a' must be an array but is of type int in document {_id: 1}", { _id: 1, a: 1 }, { $push: { a: 1 } }],
  ["2: Cannot apply $addToSet to non-array field. Field named 'a' has non-array type string", { _id: 1, a: 'x' }, { $addToSet: { a: 1 } }],
  ['2: Cannot apply $pull to a non-array value', { _id: 1, a: 1 }, { $pull: { a: 1 } }],
  ["14: Path 'a' contains an element of non-array type 'int'", { _id: 1, a: 1 }, { $pop: { a: 1 } }],
  ["28: Cannot use the part (b) of (a.b) to traverse the element ({a: 1})", { _id: 1, a: 1 }, { $pop: { 'a.b': 1 } }],
  ['9: $pop expects 1 or -1, found: 2', { _id: 1 }, { $pop: { a: 2 } }],
  ['2: $pullAll requires an array argument but was given a int', { _id: 1 }, { $pullAll: { a: 1 } }],
  ["2: Unrecognized clause in $push: $foo", { _id: 1 }, { $push: { a: { $each: [], $foo: 1 } } }],
  ['2: The argument to $each in $push must be an array but it was of type: int', { _id: 1 }, { $push: { a: { $each: 1 } } }],
  ['14: The argument to $each in $addToSet must be an array but it was of type int', { _id: 1 }, { $addToSet: { a: { $each: 1 } } }],
  ["66: Performing an update on the path '_id' would modify the immutable field '_id'", { _id: 1 }, { $set: { _id: 2 } }],
  ["66: Performing an update on the path '_id' would modify the immutable field '_id'", { _id: 1 }, { $unset: { _id: 1 } }],
  ["66: Performing an update on the path '_id.a' would modify the immutable field '_id'", { _id: { a: 1 } }, { $set: { '_id.a': 2 } }],
  ["66: Updating the path '_id' to _id: { a: 1 } would modify the immutable field '_id'", { _id: { a: 1 } }, { $set: { '_id.b': 2 } }],
  ["40: Updating the path 'a' would create a conflict at 'a'", { _id: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }],
  ["40: Updating the path 'a.b' would create a conflict at 'a'", { _id: 1 }, { $set: { a: 1, 'a.b': 1 } }],
  ["40: Updating the path 'a' would create a conflict at 'a'", { _id: 1 }, { $set: { 'a.b': 1, a: 1 } }],
  ["40: Updating the path 'b' would create a conflict at 'b'", { _id: 1 }, { $rename: { a: 'b' }, $set: { b: 1 } }],
  ["40: Update created a conflict at 'a.0'", { _id: 1, a: [1] }, { $set: { 'a.0': 1, 'a.$': 2 } }, { arrayIndex: 0 }],
  ["40: Update created a conflict at 'a.0'", { _id: 1, a: [1] }, { $set: { 'a.$[x]': 1, 'a.$[y]': 2 } }, { arrayFilters: [{ x: 1 }, { y: 1 }] }],
  ['56: An empty update path is not valid.', { _id: 1 }, { $set: { '': 1 } }],
  ["56: The update path 'a..b' contains an empty field name, which is not allowed.", { _id: 1 }, { $set: { 'a..b': 1 } }],
  ["56: The update path 'a.' contains an empty field name, which is not allowed.", { _id: 1 }, { $set: { 'a.': 1 } }],
  ['9: Unknown modifier: $foo. Expected a valid update modifier or pipeline-style update specified as an array', { _id: 1 }, { $foo: { a: 1 } }],
  ['9: Unknown modifier: b. Expected a valid update modifier or pipeline-style update specified as an array', { _id: 1 }, { $set: { a: 1 }, b: 1 }],
  ['9: Modifiers operate on fields but we found type int instead. For example: {$mod: {<field>: ...}} not {$set: 1}', { _id: 1 }, { $set: 1 }],
  ["52: The dollar ($) prefixed field '$a' in '$a' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.", { _id: 1 }, { $set: { $a: 1 } }],
  ["2: Too many positional (i.e. '$') elements found in path 'a.$.b.$'", { _id: 1 }, { $set: { 'a.$.b.$': 1 } }],
  ["2: Cannot have positional (i.e. '$') element in the first position in path '$.a'", { _id: 1 }, { $set: { '$.a': 1 } }],
  ['2: The positional operator did not find the match needed from the query.', { _id: 1, a: [1] }, { $set: { 'a.$': 1 } }],
  ["2: Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '$[x]'", { _id: 1 }, { $set: { '$[x]': 1 } }, { arrayFilters: [{ x: 1 }] }],
  ["2: No array filter found for identifier 'x' in path 'a.$[x]'", { _id: 1 }, { $set: { 'a.$[x]': 1 } }],
  ["9: The array filter for identifier 'x' was not used in the update { $set: { a: 1 } }", { _id: 1 }, { $set: { a: 1 } }, { arrayFilters: [{ x: 1 }] }],
  ['9: Found multiple array filters with the same top-level field name x', { _id: 1 }, { $set: { 'a.$[x]': 1 } }, { arrayFilters: [{ x: 1 }, { x: 2 }] }],
  ['9: Cannot use an expression without a top-level field name in arrayFilters', { _id: 1 }, { $set: { 'a.$[x]': 1 } }, { arrayFilters: [{}] }],
  ['224: Error parsing array filter :: caused by :: $expr is not allowed in this context', { _id: 1 }, { $set: { 'a.$[x]': 1 } }, { arrayFilters: [{ $expr: { $eq: [1, 1] } }] }],
  ["9: Error parsing array filter :: caused by :: Expected a single top-level field name, found 'x' and 'y'", { _id: 1 }, { $set: { 'a.$[x]': 1 } }, { arrayFilters: [{ x: 1, y: 1 }] }],
  ["2: Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found 'X'", { _id: 1 }, { $set: { 'a.$[X]': 1 } }, { arrayFilters: [{ X: 1 }] }],
  ['2: Cannot apply array updates to non-array element a: 1', { _id: 1, a: 1 }, { $set: { 'a.$[]': 1 } }],
  ["2: The path 'a' must exist in the document in order to apply array updates.", { _id: 1 }, { $set: { 'a.$[]': 1 } }],
  ["2: The path 'a.b' must exist in the document in order to apply array updates.", { _id: 1, a: 5 }, { $set: { 'a.b.$[]': 1 } }],
  ["2: The 'to' field for $rename must be a string: a: 1", { _id: 1 }, { $rename: { a: 1 } }],
  ['2: The source and target field for $rename must differ: a: "a"', { _id: 1 }, { $rename: { a: 'a' } }],
  ['2: The source and target field for $rename must not be on the same path: a: "a.b"', { _id: 1 }, { $rename: { a: 'a.b' } }],
  ['2: The source field for $rename may not be dynamic: a.$', { _id: 1 }, { $rename: { 'a.$': 'b' } }],
  ["2: The source field cannot be an array element, 'a.0' in doc with _id: 1 has an array field called 'a'", { _id: 1, a: [1] }, { $rename: { 'a.0': 'b' } }],
  ["2: The destination field cannot be an array element, 'b.0' in doc with _id: 1 has an array field called 'b'", { _id: 1, a: 1, b: [1] }, { $rename: { a: 'b.0' } }],
  ['2: Unrecognized $currentDate option: foo', { _id: 1 }, { $currentDate: { a: { foo: 1 } } }],
  ["2: int is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).", { _id: 1 }, { $currentDate: { a: 1 } }],
  ["2: Cannot apply $bit to a value of non-integral type._id: 1 has the field a of non-integer type double", { _id: 1, a: 1.5 }, { $bit: { a: { or: 1 } } }],
  ["2: The $bit modifier field must be an Integer(32/64 bit); a 'double' is not supported here: {or: 1.5}", { _id: 1 }, { $bit: { a: { or: 1.5 } } }],
];

describe('updates that fail', () => {
  it.each(named(failures))('$name', ({ example: [error, document, update, options] }) => {
    expect(failureOf(() => updatedBytes(encodeDocument(document), update, options))).toBe(error);
  });

  it('leave the document as it was', () => {
    const document = encodeDocument({ _id: 1, a: 1, b: 'x' });
    const before = Buffer.from(document);
    failureOf(() => updatedBytes(document, { $inc: { a: 1, b: 1 } }));
    expect(document.equals(before)).toBe(true);
  });

  it('count an Int32 as what it is', () => {
    expect(isNoOp({ _id: 1, a: new Int32(1) }, { $set: { a: 1 } })).toBe(true);
  });
});
