import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { documentValue } from '../../bson/raw-value.js';
import { encodeDocument } from '../../bson/values.js';
import { environmentOf } from '../query-environment.fixture.js';
import { compileFilter } from './compile-filter.js';

const matches = (filter: object, document: object): boolean =>
  compileFilter(encodeDocument(filter), environmentOf()).matches(documentValue(encodeDocument(document)));

const id = new ObjectId();

describe('a filter', () => {
  it.each<[filter: object, matching: object[], others: object[]]>([
    [{}, [{}, { a: 1 }], []],
    [{ a: 1 }, [{ a: 1 }, { a: new Double(1) }, { a: Long.fromNumber(1) }, { a: Decimal128.fromString('1.0') }, { a: [0, 1] }], [{ a: '1' }, { a: true }, {}, { a: [[1]] }]],
    [{ a: null }, [{ a: null }, {}, { a: [null] }], [{ a: 0 }, { a: [] }, { a: false }]],
    [{ a: id }, [{ a: id }, { a: [id] }], [{ a: new ObjectId() }, { a: id.toHexString() }]],
    [{ a: [1, 2] }, [{ a: [1, 2] }, { a: [[1, 2], 3] }], [{ a: [2, 1] }, { a: [1, 2, 3] }]],
    [{ a: { b: 1, c: 2 } }, [{ a: { b: 1, c: 2 } }, { a: [{ b: 1, c: 2 }] }], [{ a: { c: 2, b: 1 } }, { a: { b: 1 } }]],
    [{ a: {} }, [{ a: {} }], [{ a: { b: 1 } }, {}]],
    [{ 'a.b': 1 }, [{ a: { b: 1 } }, { a: [{ b: 2 }, { b: 1 }] }, { a: { b: [1] } }], [{ a: [[{ b: 1 }]] }, { a: 1 }, { 'a.b': 1 }]],
    [{ 'a.b': null }, [{ a: {} }, { a: 1 }, {}, { a: [{ b: 1 }, {}] }], [{ a: [] }, { a: [1, 2] }, { a: { b: 1 } }]],
    [{ 'a.0': 1 }, [{ a: [1, 2] }, { a: { 0: 1 } }, { a: [{ 0: 1 }] }], [{ a: [2, 1] }, { a: [[1]] }]],
    [{ 'a.0.b': 1 }, [{ a: [{ b: 1 }] }, { a: [[{ b: 1 }]] }], [{ a: [{}, { b: 1 }] }]],
    [{ 'a.0.1': 7 }, [{ a: [[5, 7]] }], [{ a: [[7, 5]] }]],
    [{ a: { $eq: 1 } }, [{ a: 1 }], [{ a: 2 }]],
    [{ a: { $ne: 1 } }, [{ a: 2 }, {}, { a: [2] }], [{ a: 1 }, { a: [1, 2] }]],
    [{ a: { $gt: 1 } }, [{ a: 2 }, { a: Infinity }, { a: [0, 5] }], [{ a: 1 }, { a: 'x' }, { a: null }, {}, { a: NaN }]],
    [{ a: { $gte: 1, $lt: 3 } }, [{ a: 1 }, { a: 2 }, { a: [0, 4, 0] }], [{ a: 3 }, { a: [5, 6] }]],
    [{ a: { $lte: 'm' } }, [{ a: 'a' }, { a: 'm' }], [{ a: 'z' }, { a: 1 }]],
    [{ a: { $gte: null } }, [{ a: null }, {}], [{ a: 1 }]],
    [{ a: { $gt: null } }, [], [{ a: null }, {}, { a: 1 }]],
    [{ a: NaN }, [{ a: NaN }, { a: Decimal128.fromString('NaN') }], [{ a: 1 }]],
    [{ a: { $lt: NaN } }, [], [{ a: NaN }, { a: 1 }]],
    [{ a: { $gt: new MinKey() } }, [{ a: 1 }, {}, { a: null }], [{ a: new MinKey() }]],
    [{ a: { $lt: new MaxKey() } }, [{ a: 1 }, { a: 'x' }], [{ a: new MaxKey() }]],
    [{ a: { $in: [1, 'x', null] } }, [{ a: 1 }, { a: 'x' }, {}, { a: [5, 1] }], [{ a: 2 }]],
    [{ a: { $in: [1, 2, 3, 4, 5, 6, 7, null, NaN] } }, [{ a: 7 }, { a: Decimal128.fromString('7.00') }, {}, { a: NaN }], [{ a: 8 }, { a: '7' }]],
    [{ a: { $in: [] } }, [], [{ a: 1 }, {}]],
    [{ a: { $in: [/^x/, 3] } }, [{ a: 'xy' }, { a: 3 }], [{ a: 'yx' }]],
    [{ a: { $nin: [1, 2] } }, [{ a: 3 }, {}], [{ a: 1 }, { a: [3, 2] }]],
    [{ a: { $all: [1, 2] } }, [{ a: [2, 1, 3] }], [{ a: [1] }, { a: 1 }]],
    [{ a: { $all: [1] } }, [{ a: 1 }, { a: [1] }], [{ a: 2 }]],
    [{ a: { $all: [] } }, [], [{ a: [] }, { a: 1 }]],
    [{ a: { $all: [[1, 2]] } }, [{ a: [1, 2] }, { a: [[1, 2]] }], [{ a: [2, 1] }]],
    [{ a: { $all: [{ $elemMatch: { b: 1 } }, { $elemMatch: { c: 1 } }] } }, [{ a: [{ b: 1 }, { c: 1 }] }], [{ a: [{ b: 1 }] }]],
    [{ a: { $exists: true } }, [{ a: null }, { a: [] }], [{}, { b: 1 }]],
    [{ 'a.b': { $exists: false } }, [{}, { a: [] }, { a: [1] }, { a: 1 }], [{ a: { b: null } }, { a: [{}, { b: 1 }] }]],
    [{ a: { $type: 'number' } }, [{ a: 1 }, { a: new Double(1.5) }, { a: Long.ONE }, { a: ['x', 1] }], [{ a: '1' }, {}]],
    [{ a: { $type: 'array' } }, [{ a: [] }, { a: [1] }], [{ a: 1 }]],
    [{ a: { $type: Decimal128.fromString('16') } }, [{ a: 1 }], [{ a: 'x' }]],
    [{ a: { $type: ['string', 10] } }, [{ a: 'x' }, { a: null }], [{}, { a: 1 }]],
    [{ a: { $size: 2 } }, [{ a: [1, 2] }, { a: [[], []] }], [{ a: [1] }, { a: 2 }, { a: [[1, 2]] }]],
    [{ a: { $elemMatch: { $gte: 2, $lt: 4 } } }, [{ a: [1, 3] }], [{ a: [1, 5] }, { a: 3 }, { a: [[3]] }]],
    [{ a: { $elemMatch: { b: 1, c: 2 } } }, [{ a: [{ b: 1, c: 2 }] }], [{ a: [{ b: 1 }, { c: 2 }] }, { a: { b: 1, c: 2 } }]],
    [{ a: { $elemMatch: { $or: [{ b: 1 }, { c: 1 }] } } }, [{ a: [{ c: 1 }] }], [{ a: [{ d: 1 }] }]],
    [{ a: { $elemMatch: { $not: { $gt: 5 } } } }, [{ a: [9, 1] }], [{ a: [6, 7] }]],
    [{ a: { $elemMatch: { 0: 1 } } }, [{ a: [[1]] }], [{ a: [1] }]],
    [{ a: { $not: { $gt: 1 } } }, [{ a: 1 }, {}, { a: 'x' }], [{ a: 2 }, { a: [0, 2] }]],
    [{ a: { $not: /x/ } }, [{ a: 'y' }, {}], [{ a: 'x' }]],
    [{ a: /^ab/i }, [{ a: 'ABC' }, { a: ['z', 'ab'] }, { a: new BSONRegExp('^ab', 'i') }], [{ a: 'xab' }, { a: 1 }]],
    [{ a: { $regex: 'b$', $options: 'm' } }, [{ a: 'ab\nc' }], [{ a: 'abc' }]],
    [{ a: { $regex: '^(?i)ab c # x', $options: 'x' } }, [{ a: 'ABC' }], [{ a: 'AB C' }]],
    [{ a: { $mod: [3, 1] } }, [{ a: 4 }, { a: new Double(4.9) }, { a: Decimal128.fromString('7') }], [{ a: 3 }, { a: 'x' }, { a: NaN }]],
    [{ a: { $bitsAllSet: [1, 5] } }, [{ a: 50 }, { a: new Binary(Buffer.from([50])) }, { a: -1 }], [{ a: 54 - 32 }, { a: 'x' }]],
    [{ a: { $bitsAnyClear: 35 } }, [{ a: 34 }, { a: 0 }], [{ a: 35 }]],
    [{ a: { $bitsAllClear: [1, 5] } }, [{ a: 0 }, { a: 20 }], [{ a: 2 }]],
    [{ a: { $bitsAnySet: [1, 5] } }, [{ a: 2 }, { a: 32 }], [{ a: 1 }]],
    [{ $and: [{ a: 1 }, { b: 2 }] }, [{ a: 1, b: 2 }], [{ a: 1 }]],
    [{ $or: [{ a: 1 }, { b: 2 }] }, [{ a: 1 }, { b: 2 }], [{ c: 1 }]],
    [{ $nor: [{ a: 1 }, { b: 2 }] }, [{ c: 1 }], [{ a: 1 }, { b: 2 }]],
    [{ a: 1, b: { $gt: 1 }, c: { $exists: false } }, [{ a: 1, b: 2 }], [{ a: 1, b: 2, c: 1 }]],
    [{ $expr: { $gt: ['$a', '$b'] } }, [{ a: 2, b: 1 }], [{ a: 1, b: 1 }]],
    [{ $comment: 'x', a: 1 }, [{ a: 1 }], [{ a: 2 }]],
    [{ $sampleRate: 1 }, [{}], []],
    [{ $sampleRate: 0.2 }, [], [{}]],
    [{ a: { $ref: 'c', $id: 1 } }, [{ a: { $ref: 'c', $id: 1 } }], [{ a: 1 }]],
    [{ a: { $elemMatch: { $id: 1 } } }, [{ a: [{ $ref: 'c', $id: 1 }] }], [{ a: [{ $id: 2 }] }]],
    [{ a: { $elemMatch: { $nor: [{ b: 1 }] } } }, [{ a: [{ b: 2 }] }], [{ a: [{ b: 1 }] }]],
    [{ '': 1 }, [{ '': 1 }], [{ a: 1 }]],
    [{ a: new Int32(0) }, [{ a: new Double(-0) }, { a: Decimal128.fromString('-0E+3') }], [{ a: false }, { a: null }]],
  ])('%o', (filter, matching, others) => {
    for (const document of matching) expect(matches(filter, document), JSON.stringify(document)).toBe(true);
    for (const document of others) expect(matches(filter, document), JSON.stringify(document)).toBe(false);
  });

  it.each<[filter: object, code: number, message: string]>([
    [{ a: { $foo: 1 } }, 2, 'unknown operator: $foo'],
    [{ a: { $id: 1 } }, 2, 'unknown operator: $id'],
    [{ a: { $gt: 1, b: 1 } }, 2, 'unknown operator: b'],
    [{ $foo: 1 }, 2, "unknown top level operator: $foo. If you have a field name that starts with a '$' symbol, consider using $getField or $setField."],
    [{ $or: 1 }, 2, '$or must be an array'],
    [{ $and: [] }, 2, '$and/$or/$nor must be a nonempty array'],
    [{ $nor: [1] }, 2, '$or/$and/$nor entries need to be full objects'],
    [{ a: { $in: 1 } }, 2, '$in needs an array'],
    [{ a: { $in: [{ $gt: 1 }] } }, 2, 'cannot nest $ under $in'],
    [{ a: { $nin: [{ $gt: 1 }] } }, 2, 'cannot nest $ under $in'],
    [{ a: { $size: NaN } }, 2, 'Failed to parse $size. Expected an integer, but found NaN in: $size: nan'],
    [{ a: { $bitsAllSet: -1 } }, 2, 'Expected a non-negative number in: $bitsAllSet: -1'],
    [{ a: { $bitsAllSet: 'x' } }, 2, 'a takes an Array, a number, or a BinData but received: $bitsAllSet: "x"'],
    [{ a: { $bitsAllSet: [1, -1] } }, 2, 'Failed to parse bit position. Expected a non-negative number in: 1: -1'],
    [{ a: { $where: '1' } }, 2, '$where cannot be applied to a field'],
    [{ a: { $nin: 1 } }, 2, '$nin needs an array'],
    [{ a: { $all: 1 } }, 2, '$all needs an array'],
    [{ a: { $gt: /x/ } }, 2, "Can't have RegEx as arg to predicate over field 'a'."],
    [{ a: { $ne: /x/ } }, 2, "Can't have regex as arg to $ne."],
    [{ a: { $not: 1 } }, 2, '$not needs a regex or a document'],
    [{ a: { $not: {} } }, 2, '$not cannot be empty'],
    [{ a: { $size: 'x' } }, 2, 'Failed to parse $size. Expected a number in: $size: "x"'],
    [{ a: { $size: -1 } }, 2, 'Failed to parse $size. Expected a non-negative number in: $size: -1'],
    [{ a: { $size: 1.5 } }, 2, 'Failed to parse $size. Expected an integer: $size: 1.5'],
    [{ a: { $elemMatch: 1 } }, 2, '$elemMatch needs an Object'],
    [{ a: { $type: 'foo' } }, 2, 'Unknown type name alias: foo'],
    [{ a: { $type: 99 } }, 2, 'Invalid numerical type code: 99'],
    [{ a: { $mod: 1 } }, 2, 'malformed mod, needs to be an array'],
    [{ a: { $mod: [1] } }, 2, 'malformed mod, not enough elements'],
    [{ a: { $mod: [0, 1] } }, 2, 'divisor cannot be 0'],
    [{ a: { $regex: 1 } }, 2, '$regex has to be a string'],
    [{ a: { $options: 'i' } }, 2, '$options needs a $regex'],
    [{ a: { $regex: 'a', $options: 'q' } }, 51108, 'invalid flag in regex options: q'],
    [{ a: { $elemMatch: { $expr: true } } }, 2, '$expr can only be applied to the top-level document'],
    [{ $where: '1' }, 238, '$where is not supported: JavaScript does not run on this server; use $expr'],
    [{ a: { $near: [1, 2] } }, 238, '$near is not supported: geospatial queries are not supported'],
  ])('%o is refused', (filter, code, message) => {
    expect(() => matches(filter, {})).toThrow(expect.objectContaining({ code, message }));
  });

  it.each<[filter: object, document: object, arrayIndex: number | undefined]>([
    [{ a: 5 }, { a: [3, 5] }, 1],
    [{ a: 5 }, { a: 5 }, undefined],
    [{ 'a.b': 2 }, { a: [{ b: 1 }, { b: [0, 2] }] }, 1],
    [{ a: { $elemMatch: { b: 2 } } }, { a: [{ b: 1 }, { b: 2 }] }, 1],
    [{ a: { $elemMatch: { b: 2 } }, c: 1 }, { a: [{ b: 2 }], c: 1 }, 0],
    [{ $or: [{ x: 1 }, { a: 5 }] }, { a: [3, 5] }, undefined],
    [{ $or: [{ a: 5 }, { a: 6 }] }, { a: [3, 5] }, 1],
    [{ $or: [{ a: { $gt: 4 } }, { a: 6 }] }, { a: [3, 5] }, undefined],
    [{ 'a.1': 5 }, { a: [3, 5] }, undefined],
    [{ 'a.1.b': 5 }, { a: [3, { b: [7, 8, 5] }] }, 2],
    [{ $or: [{ a: 5, b: 1 }, { c: 1 }] }, { a: [3, 5], c: 1 }, undefined],
  ])('%o on %o was met at index %s', (filter, document, arrayIndex) => {
    const matcher = compileFilter(encodeDocument(filter), environmentOf());
    expect(matcher.matchPosition(documentValue(encodeDocument(document)))).toEqual({ matched: true, arrayIndex });
  });
});
