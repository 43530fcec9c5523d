import { Decimal128, Long, ObjectId, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { evaluate, evaluateTyped, failure, missing } from './evaluate.fixture.js';

const int = (value: number) => ({ $numberInt: String(value) });
const long = (value: number | string) => ({ $numberLong: String(value) });
const double = (value: string) => ({ $numberDouble: value });
const decimal = (value: string) => ({ $numberDecimal: value });
const dec = (text: string) => Decimal128.fromString(text);
const big = (value: number) => Long.fromNumber(value);

describe('comparison', () => {
  it.each([
    [{ $cmp: [1, 2] }, -1],
    [{ $cmp: ['b', 'a'] }, 1],
    [{ $eq: [1, big(1)] }, true],
    [{ $eq: [1, dec('1.0')] }, true],
    [{ $eq: [null, '$none'] }, false],
    [{ $lt: ['$none', null] }, true],
    [{ $gt: ['a', 5] }, true],
    [{ $gte: [[1], { a: 1 }] }, true],
    [{ $ne: [1, 1.5] }, true],
    [{ $lte: [NaN, -Infinity] }, true],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toBe(expected);
  });
});

describe('boolean and conditional', () => {
  it.each([
    [{ $and: [] }, true],
    [{ $or: [] }, false],
    [{ $and: [1, 'x', []] }, true],
    [{ $and: [1, 0] }, false],
    [{ $or: [null, '$none', 0, dec('0')] }, false],
    [{ $or: [0, NaN] }, true],
    [{ $not: ['$none'] }, true],
    [{ $cond: [1, 'yes', 'no'] }, 'yes'],
    [{ $cond: { if: '$none', then: 'yes', else: 'no' } }, 'no'],
    [{ $cond: [true, '$none', 1] }, missing],
    [{ $ifNull: ['$none', null, 'x'] }, 'x'],
    [{ $ifNull: [0, 'x'] }, 0],
    [{ $ifNull: [null, '$none'] }, missing],
    [{ $switch: { branches: [{ case: { $eq: [1, 2] }, then: 'a' }, { case: true, then: 'b' }] } }, 'b'],
    [{ $switch: { branches: [{ case: false, then: 'a' }], default: 'd' } }, 'd'],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    [{ $cond: { if: true, then: 1 } }, "17082 Missing 'else' parameter to $cond"],
    [{ $cond: { if: true, then: 1, other: 1 } }, '17083 Unrecognized parameter to $cond: other'],
    [{ $ifNull: [1] }, '1257300 $ifNull needs at least two arguments, had: 1'],
    [{ $switch: { branches: [] } }, '40068 $switch requires at least one branch.'],
    [{ $switch: { branches: [{ case: 1 }] } }, "40065 $switch requires each branch have a 'then' expression."],
    [{ $switch: { branches: [{ case: false, then: 1 }] } }, '40066 $switch could not find a matching branch for an input, and no default was specified.'],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('arithmetic', () => {
  it.each([
    [{ $add: [] }, int(0)],
    [{ $add: [1, 2] }, int(3)],
    [{ $add: [1, big(2)] }, long(3)],
    [{ $add: [2147483647, 1] }, long(2147483648)],
    [{ $add: [2147483647, 1, -1] }, int(2147483647)],
    [{ $add: [1, 2.5] }, double('3.5')],
    [{ $add: [1.5, dec('2.5')] }, decimal('4.00000000000000')],
    [{ $add: [new Date(1000), 5.6] }, { $date: long(1006) }],
    [{ $add: [1, null] }, null],
    [{ $subtract: [new Date(1000), new Date(400)] }, long(600)],
    [{ $subtract: [new Date(1000), 400] }, { $date: long(600) }],
    [{ $subtract: [1, 2] }, int(-1)],
    [{ $multiply: [] }, int(1)],
    [{ $multiply: [big(3037000500), big(3037000500)] }, double('9223372037000249344.0')],
    [{ $multiply: [2, 3, '$none'] }, null],
    [{ $divide: [6, 4] }, double('1.5')],
    [{ $mod: [-7, 3] }, int(-1)],
    [{ $mod: [7.5, 2] }, double('1.5')],
    [{ $abs: -5 }, int(5)],
    [{ $abs: -2147483648 }, long(2147483648)],
    [{ $ceil: 1.2 }, double('2.0')],
    [{ $floor: -1.2 }, double('-2.0')],
    [{ $floor: 3 }, int(3)],
    [{ $round: 10.5 }, double('10.0')],
    [{ $round: [1234.5678, 2] }, double('1234.57')],
    [{ $round: [1234, -2] }, int(1200)],
    [{ $trunc: [-7.85, 1] }, double('-7.8')],
    [{ $pow: [2, 10] }, int(1024)],
    [{ $pow: [2, 40] }, long(1099511627776)],
    [{ $pow: [2, -1] }, double('0.5')],
    [{ $sqrt: 25 }, double('5.0')],
    [{ $exp: 0 }, double('1.0')],
    [{ $ln: 1 }, double('0.0')],
    [{ $log: [100, 10] }, double('2.0')],
    [{ $log10: 1000 }, double('3.0')],
    [{ $bitAnd: [6, 3] }, int(2)],
    [{ $bitAnd: [] }, int(-1)],
    [{ $bitOr: [6, big(3)] }, long(7)],
    [{ $bitXor: [6, 3] }, int(5)],
    [{ $bitNot: 5 }, int(-6)],
    [{ $bitAnd: [1, null] }, null],
    [{ $sum: [1, 'x', 2] }, int(3)],
    [{ $sum: '$none' }, int(0)],
    [{ $sum: [[1, 2, 3]] }, int(6)],
    [{ $sum: [Array.from({ length: 10 }, () => 0.1)] }, double('1.0')],
    [{ $avg: [1, 2] }, double('1.5')],
    [{ $avg: [['x']] }, null],
    [{ $avg: [[dec('1'), 2]] }, decimal('1.5')],
    [{ $stdDevPop: [[1, 3]] }, double('1.0')],
    [{ $stdDevSamp: [[1]] }, null],
    [{ $max: [1, 5, null] }, int(5)],
    [{ $min: [[null, '$none']] }, null],
  ])('%j is %j', (expression, expected) => {
    expect(evaluateTyped(expression)).toEqual(expected);
  });

  it.each([
    [{ $add: ['x', 1] }, '14 $add only supports numeric or date types, not string'],
    [{ $add: [new Date(0), new Date(0)] }, '16612 only one date allowed in an $add expression'],
    [{ $subtract: ['x', 1] }, "14 can't $subtract int from string"],
    [{ $multiply: [1, 'x'] }, '14 $multiply only supports numeric types, not string'],
    [{ $divide: ['x', 1] }, '14 $divide only supports numeric types, not string and int'],
    [{ $divide: [1, 0] }, "2 can't $divide by zero"],
    [{ $mod: [1, 0] }, "16610 can't $mod by zero"],
    [{ $mod: ['x', 0] }, '16611 $mod only supports numeric types, not string and int'],
    [{ $abs: 'x' }, '28765 $abs only supports numeric types, not string'],
    [{ $sqrt: -1 }, "28714 $sqrt's argument must be greater than or equal to 0"],
    [{ $ln: -1 }, "28766 $ln's argument must be a positive number, but is -1"],
    [{ $log: [1, 1] }, "28759 $log's base must be a positive number not equal to 1, but is 1"],
    [{ $pow: [0, -1] }, '28764 $pow cannot take a base of 0 and a negative exponent'],
    [{ $round: [1, 101] }, '51083 cannot apply $round with precision value 101 value must be in [-20, 100]'],
    [{ $bitNot: 1.5 }, '14 $bitNot only supports int and long, not: double.'],
    [{ $bitNot: 'x' }, '28765 $bitNot only supports numeric types, not string'],
    [{ $bitAnd: [1, 1.5] }, '14 $bitAnd only supports int and long operands.'],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('trigonometry', () => {
  it.each([
    [{ $sin: 0 }, double('0.0')],
    [{ $cos: 0 }, double('1.0')],
    [{ $atan2: [1, 1] }, double(String(Math.PI / 4))],
    [{ $degreesToRadians: 180 }, double(String(Math.PI))],
    [{ $radiansToDegrees: Math.PI }, double('180.0')],
    [{ $tan: null }, null],
    [{ $sin: dec('1') }, decimal('0.8414709848078965066525023216302990')],
    [{ $cos: dec('1') }, decimal('0.5403023058681397174009366074429766')],
    [{ $tan: dec('1') }, decimal('1.557407724654902230506974807458360')],
    [{ $asin: dec('0.5') }, decimal('0.5235987755982988730771072305465838')],
    [{ $acos: dec('-1') }, decimal('3.141592653589793238462643383279503')],
    [{ $atan: dec('2') }, decimal('1.107148717794090503017065460178537')],
    [{ $sinh: dec('1') }, decimal('1.175201193643801456882381850595600')],
    [{ $tanh: dec('1') }, decimal('0.7615941559557648881194582826047929')],
    [{ $acosh: dec('2') }, decimal('1.316957896924816708625046347307968')],
    [{ $sin: dec('1E-30') }, decimal('1E-30')],
  ])('%j is %j', (expression, expected) => {
    expect(evaluateTyped(expression)).toEqual(expected);
  });

  it('refuses arguments outside of the domain', () => {
    expect(failure({ $asin: 2 })).toBe('50989 cannot apply $asin to 2, value must be in [-1,1]');
    expect(failure({ $acosh: 0 })).toBe('50989 cannot apply $acosh to 0, value must be in [1,inf]');
  });
});

describe('objects', () => {
  it.each([
    [{ $mergeObjects: [{ a: 1, b: 1 }, null, { b: 2, c: 3 }] }, {}, { a: 1, b: 2, c: 3 }],
    [{ $mergeObjects: '$xs' }, { xs: [{ a: 1 }, { b: 2 }] }, { a: 1, b: 2 }],
    [{ $getField: 'a.b' }, { 'a.b': 1 }, 1],
    [{ $getField: { $literal: '$a' } }, { $a: 1 }, 1],
    [{ $getField: { field: 'x', input: '$o' } }, { o: { x: 5 } }, 5],
    [{ $getField: { field: 'x', input: '$none' } }, {}, missing],
    [{ $getField: { field: 'x', input: null } }, {}, null],
    [{ $setField: { field: 'a.b', input: '$$ROOT', value: 2 } }, { c: 1 }, { c: 1, 'a.b': 2 }],
    [{ $setField: { field: 'c', input: '$$ROOT', value: '$$REMOVE' } }, { c: 1, d: 2 }, { d: 2 }],
    [{ $unsetField: { field: 'c', input: '$$ROOT' } }, { c: 1, d: 2 }, { d: 2 }],
    [{ $objectToArray: { a: 1, b: 'x' } }, {}, [{ k: 'a', v: 1 }, { k: 'b', v: 'x' }]],
    [{ $arrayToObject: [[['a', 1], ['b', 2], ['a', 3]]] }, {}, { a: 3, b: 2 }],
    [{ $arrayToObject: '$kv' }, { kv: [{ k: 'a', v: 1 }] }, { a: 1 }],
    [{ $bsonSize: { a: 1 } }, {}, 12],
    [{ $binarySize: 'héllo' }, {}, 6],
    [{ $eq: [{ $toHashedIndexKey: '$none' }, { $toHashedIndexKey: null }] }, {}, true],
    [{ $eq: [{ $toHashedIndexKey: '$a' }, Long.fromString('763543691661428748')] }, { a: 'string to hash' }, true],
  ])('%j of %j is %j', (expression, document, expected) => {
    expect(evaluate(expression, document)).toEqual(expected);
  });

  it.each([
    [{ $mergeObjects: [1] }, '40400 $mergeObjects requires object inputs, but input 1 is of type int'],
    [{ $arrayToObject: [[1]] }, '40398 Unrecognised input type format for $arrayToObject: int'],
    [{ $objectToArray: 1 }, '40390 $objectToArray requires a document input, found: int'],
    [{ $setField: { field: '$a', input: {}, value: 1 } }, "4161108 'A field path reference which is not allowed in this context. Did you mean {$literal: '$a'}?"],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});

describe('types and conversions', () => {
  const id = new ObjectId('507f1f77bcf86cd799439011');

  it.each([
    [{ $type: '$none' }, 'missing'],
    [{ $type: 1 }, 'int'],
    [{ $type: big(1) }, 'long'],
    [{ $type: [[]] }, 'array'],
    [{ $type: new Date(0) }, 'date'],
    [{ $isNumber: dec('1') }, true],
    [{ $isNumber: '1' }, false],
    [{ $toString: 2.5 }, '2.5'],
    [{ $toString: 1234567.8 }, '1.23457e+06'],
    [{ $toString: 100000 }, '100000'],
    [{ $toString: id }, '507f1f77bcf86cd799439011'],
    [{ $toString: new Date(0) }, '1970-01-01T00:00:00.000Z'],
    [{ $toString: true }, 'true'],
    [{ $toBool: 'false' }, true],
    [{ $toBool: 0 }, false],
    [{ $toBool: null }, null],
    [{ $convert: { input: 'x', to: 'int', onError: 'bad' } }, 'bad'],
    [{ $convert: { input: null, to: 'int', onNull: 'none' } }, 'none'],
    [{ $convert: { input: '5', to: null } }, null],
  ])('%j is %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    [{ $toInt: '-12' }, int(-12)],
    [{ $toInt: 1.99 }, int(1)],
    [{ $toInt: true }, int(1)],
    [{ $toLong: new Date(5) }, long(5)],
    [{ $toLong: dec('5.9') }, long(5)],
    [{ $toDouble: '1.5e3' }, double('1500.0')],
    [{ $toDecimal: '1.50' }, decimal('1.50')],
    [{ $toDecimal: 1.5 }, decimal('1.50000000000000')],
    [{ $toDate: 5.5 }, { $date: long(5) }],
    [{ $toDate: id }, { $date: long(1350508407000) }],
    [{ $toDate: new Timestamp({ t: 5, i: 1 }) }, { $date: long(5000) }],
    [{ $toObjectId: '507f1f77bcf86cd799439011' }, { $oid: '507f1f77bcf86cd799439011' }],
    [{ $convert: { input: 'aGk=', to: 'binData', format: 'base64' } }, { $binary: { base64: 'aGk=', subType: '00' } }],
    [{ $convert: { input: '3', to: 16 } }, int(3)],
    [{ $tsSecond: new Timestamp({ t: 5, i: 6 }) }, long(5)],
    [{ $tsIncrement: new Timestamp({ t: 5, i: 6 }) }, long(6)],
  ])('%j is %j', (expression, expected) => {
    expect(evaluateTyped(expression)).toEqual(expected);
  });

  it.each([
    [{ $toInt: '1.5' }, "241 Failed to parse number '1.5' in $convert with no onError value: Did not consume whole string."],
    [{ $toInt: 1e10 }, '241 Conversion would overflow target type in $convert with no onError value: 1e+10'],
    [{ $toInt: big(2 ** 40) }, '241 Conversion would overflow target type in $convert with no onError value: '],
    [{ $toInt: [1, 2] }, '50723 $toInt requires a single argument, got 2'],
    [{ $toInt: NaN }, '241 Attempt to convert NaN value to integer type in $convert with no onError value'],
    [{ $toInt: [[1]] }, '241 Unsupported conversion from array to int in $convert with no onError value'],
    [{ $toDate: 5 }, '241 Unsupported conversion from int to date in $convert with no onError value'],
    [{ $toObjectId: 'x' }, "241 Failed to parse objectId 'x' in $convert with no onError value: Invalid string length for parsing to OID, expected 24 but found 1"],
    [{ $convert: { input: 1, to: 'nothing' } }, '2 Unknown type name: nothing'],
    [{ $convert: { input: 1 } }, "9 Missing 'to' parameter to $convert"],
  ])('%j fails', (expression, expected) => {
    expect(failure(expression)).toBe(expected);
  });
});
