// MongoDB's order over all values, across types. Works on bytes; decodes only what the comparison needs.
// Source: the manual's page "Comparison/Sort Order"; ties and details as in the server's BSONElement::compareElements.
import type { Collation } from './collation.js';
import { compareNumbers } from './compare-numbers.js';
import type { RawValue } from './raw-value.js';
import { ElementReader } from './reader.js';
import { typeClass } from './type-order.js';
import { BsonType } from './types.js';

/** From this many bytes on, the native comparison beats a loop. */
const nativeCompareThreshold = 24;

/** memcmp of two ranges; a proper prefix is lower. */
function compareBytes(a: Buffer, aStart: number, aEnd: number, b: Buffer, bStart: number, bEnd: number): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  if (length > nativeCompareThreshold) return a.compare(b, bStart, bEnd, aStart, aEnd);
  for (let i = 0; i < length; i += 1) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

function compareStrings(a: RawValue, b: RawValue, collation: Collation | undefined): number {
  if (collation !== undefined) return collation.compare(a.string(), b.string());
  return compareBytes(a.bytes, a.start + 4, a.end - 1, b.bytes, b.start + 4, b.end - 1);
}

/** Pairs of elements decide by type class, then name, then value; the shorter document is lower. */
function compareDocuments(a: RawValue, b: RawValue, collation: Collation | undefined): number {
  const left = ElementReader.of(a);
  const right = ElementReader.of(b);
  for (;;) {
    const hasLeft = left.next();
    const hasRight = right.next();
    if (!hasLeft || !hasRight) return (hasLeft ? 1 : 0) - (hasRight ? 1 : 0);
    const classes = typeClass(left.type) - typeClass(right.type);
    if (classes !== 0) return classes;
    const names = compareBytes(left.bytes, left.nameStart, left.nameEnd, right.bytes, right.nameStart, right.nameEnd);
    if (names !== 0) return names;
    const values = compareValues(left.value(), right.value(), collation);
    if (values !== 0) return values;
  }
}

/** binData and dbPointer: the shorter is lower, then the bytes (binData's subtype stands before its data). */
function compareSized(a: RawValue, b: RawValue): number {
  const lengths = a.end - a.start - (b.end - b.start);
  return lengths !== 0 ? lengths : compareBytes(a.bytes, a.start + 4, a.end, b.bytes, b.start + 4, b.end);
}

/** Two C strings after one another; the bytes with their zeros compare as the strings do. */
function compareRegexes(a: RawValue, b: RawValue): number {
  return compareBytes(a.bytes, a.start, a.end, b.bytes, b.start, b.end);
}

function compareCodeWithScope(a: RawValue, b: RawValue): number {
  const aCodeEnd = a.start + 8 + a.bytes.readInt32LE(a.start + 4);
  const bCodeEnd = b.start + 8 + b.bytes.readInt32LE(b.start + 4);
  const codes = compareBytes(a.bytes, a.start + 8, aCodeEnd - 1, b.bytes, b.start + 8, bCodeEnd - 1);
  if (codes !== 0) return codes;
  return compareDocuments(scopeOf(a, aCodeEnd), scopeOf(b, bCodeEnd), undefined);
}

function scopeOf(value: RawValue, start: number): RawValue {
  return value.at(BsonType.object, start, value.end);
}

function compareInt64(a: RawValue, b: RawValue): number {
  const high = a.bytes.readInt32LE(a.start + 4) - b.bytes.readInt32LE(b.start + 4);
  return high !== 0 ? high : a.bytes.readUInt32LE(a.start) - b.bytes.readUInt32LE(b.start);
}

function compareUint64(a: RawValue, b: RawValue): number {
  const high = a.bytes.readUInt32LE(a.start + 4) - b.bytes.readUInt32LE(b.start + 4);
  return high !== 0 ? high : a.bytes.readUInt32LE(a.start) - b.bytes.readUInt32LE(b.start);
}

/** Negative, zero or positive as `a` stands before, with or behind `b`. Collation applies to strings at any depth. */
export function compareValues(a: RawValue, b: RawValue, collation?: Collation): number {
  const classes = typeClass(a.type) - typeClass(b.type);
  if (classes !== 0) return classes;
  switch (a.type) {
    case BsonType.int:
    case BsonType.double:
    case BsonType.long:
    case BsonType.decimal:
      return compareNumbers(a, b);
    case BsonType.string:
    case BsonType.symbol:
      return compareStrings(a, b, collation);
    case BsonType.objectId:
      return compareBytes(a.bytes, a.start, a.end, b.bytes, b.start, b.end);
    case BsonType.bool:
      return a.bytes[a.start]! - b.bytes[b.start]!;
    case BsonType.date:
      return compareInt64(a, b);
    case BsonType.timestamp:
      return compareUint64(a, b);
    case BsonType.object:
    case BsonType.array:
      return compareDocuments(a, b, collation);
    case BsonType.binData:
    case BsonType.dbPointer:
      return compareSized(a, b);
    case BsonType.regex:
      return compareRegexes(a, b);
    case BsonType.javascript:
      return compareStrings(a, b, undefined);
    case BsonType.javascriptWithScope:
      return compareCodeWithScope(a, b);
    case BsonType.null:
    case BsonType.undefined:
    case BsonType.minKey:
    case BsonType.maxKey:
      return 0;
  }
}

/** Whether the two stand at the same place of the order: 1, NumberLong(1) and NumberDecimal("1.0") do. */
export function valuesEqual(a: RawValue, b: RawValue, collation?: Collation): boolean {
  return compareValues(a, b, collation) === 0;
}

/** Whether two values are the same bytes of the same type: what "nothing changed" means to an update. */
export function isIdentical(a: RawValue, b: RawValue): boolean {
  if (a.type !== b.type || a.end - a.start !== b.end - b.start) return false;
  return a.bytes.compare(b.bytes, b.start, b.end, a.start, a.end) === 0;
}
