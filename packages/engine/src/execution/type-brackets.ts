// The range of values that are of one type: comparison operators match within the type of their operand alone.
// Source: the manual's "Comparison/Sort Order" and "Type Bracketing".
import { BsonType, isNumericType } from '../bson/types.js';
import type { RawValue } from '../bson/raw-value.js';
import { RawValue as Value } from '../bson/raw-value.js';
import {
  binaryValue, dateValue, doubleValue, falseValue, maxKeyValue, minKeyValue, nullValue, objectIdValue, stringValue, timestampValue, trueValue,
} from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import type { Interval } from './interval.js';

const emptyObject = new Value(BsonType.object, emptyDocument, 0, emptyDocument.length);
const emptyArray = new Value(BsonType.array, emptyDocument, 0, emptyDocument.length);
const emptyRegex = new Value(BsonType.regex, Buffer.from([0, 0]), 0, 2);

const smallestObjectId = objectIdValue(Buffer.alloc(12));
const largestObjectId = objectIdValue(Buffer.alloc(12, 0xff));
const smallestDate = dateValue(-(2n ** 63n));
const largestDate = dateValue(2n ** 63n - 1n);

function closed(low: RawValue, high: RawValue): Interval {
  return { low, lowInclusive: true, high, highInclusive: true };
}

function halfOpen(low: RawValue, high: RawValue): Interval {
  return { low, lowInclusive: true, high, highInclusive: false };
}

const stringBracket = halfOpen(stringValue(''), emptyObject);

const brackets = new Map<BsonType, Interval>([
  [BsonType.string, stringBracket],
  [BsonType.symbol, stringBracket],
  [BsonType.object, halfOpen(emptyObject, emptyArray)],
  [BsonType.array, halfOpen(emptyArray, binaryValue(Buffer.alloc(0)))],
  [BsonType.binData, halfOpen(binaryValue(Buffer.alloc(0)), smallestObjectId)],
  [BsonType.objectId, closed(smallestObjectId, largestObjectId)],
  [BsonType.bool, closed(falseValue, trueValue)],
  [BsonType.date, closed(smallestDate, largestDate)],
  [BsonType.timestamp, closed(timestampValue(0n), timestampValue(2n ** 64n - 1n))],
  [BsonType.null, closed(nullValue, nullValue)],
  [BsonType.minKey, closed(minKeyValue, minKeyValue)],
  [BsonType.maxKey, closed(maxKeyValue, maxKeyValue)],
]);

const numberBracket = closed(doubleValue(Number.NEGATIVE_INFINITY), doubleValue(Number.POSITIVE_INFINITY));
const anyNumberBracket = closed(doubleValue(Number.NaN), doubleValue(Number.POSITIVE_INFINITY));
const regexAndCode: Interval = { low: emptyRegex, lowInclusive: true, high: maxKeyValue, highInclusive: false };

/** What `$lt` and `$gt` of a value of this type may match; NaN is not among the numbers, which compare with none. */
export function comparisonBracket(type: BsonType): Interval {
  if (isNumericType(type)) return numberBracket;
  return brackets.get(type) ?? regexAndCode;
}

/** Every value of the type, wider where the types behind it have no name of their own here (regex, code). */
export function typeBracket(type: BsonType): Interval {
  if (isNumericType(type)) return anyNumberBracket;
  return brackets.get(type) ?? regexAndCode;
}
