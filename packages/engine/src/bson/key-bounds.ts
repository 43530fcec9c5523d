// Ranges of encoded keys: from comparison bounds on one field to half-open byte ranges over a compound index.
import { encodeValue, maxEncodedKeyBytes, type Direction } from './key-encoding.js';
import type { RawValue } from './raw-value.js';
import { highestTypeClass, typeClass } from './type-order.js';
import type { BsonType } from './types.js';

/** Encoded keys from `start` (inclusive) to `end` (exclusive): a half-open range needs no flags. */
export interface EncodedInterval {
  readonly start: Buffer;
  readonly end: Buffer;
}

export interface Bound {
  readonly value: RawValue;
  readonly isInclusive: boolean;
}

/** A range over a whole index. Not exact: keys were cut, the range holds more than was asked for, recheck the documents. */
export interface EncodedRange extends EncodedInterval {
  readonly isExact: boolean;
}

/** The least bytes above everything that begins with `prefix`. There always is one: no encoded key begins with FF. */
export function prefixSuccessor(prefix: Buffer): Buffer {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  if (length === 0) throw new RangeError('no key begins with these bytes');
  const successor = Buffer.from(prefix.subarray(0, length));
  successor[length - 1]! += 1;
  return successor;
}

function classInterval(first: number, last: number, direction: Direction): EncodedInterval {
  if (direction === 1) return { start: Buffer.from([first]), end: Buffer.from([last + 1]) };
  return { start: Buffer.from([0xff - last]), end: Buffer.from([0xff - first + 1]) };
}

/** All values of the type's class: what `$gt`, `$lt` and the like are confined to. */
export function encodeTypeBracket(type: BsonType, direction: Direction = 1): EncodedInterval {
  const bracket = typeClass(type);
  return classInterval(bracket, bracket, direction);
}

/** Every value there is, missing ones (null) included. */
export function encodeEverything(direction: Direction = 1): EncodedInterval {
  return classInterval(1, highestTypeClass, direction);
}

/**
 * Values of one field between two bounds. A bound that is left out is the end of the other one's type bracket; with neither
 * given, everything. The bounds are in the order of values whatever the direction.
 */
export function encodeBetween(low: Bound | undefined, high: Bound | undefined, direction: Direction = 1): EncodedInterval {
  const known = low ?? high;
  if (known === undefined) return encodeEverything(direction);
  const bracket = encodeTypeBracket(known.value.type, direction);
  const [first, last] = direction === 1 ? [low, high] : [high, low];
  return {
    start: first === undefined ? bracket.start : edge(first, first.isInclusive, direction),
    end: last === undefined ? bracket.end : edge(last, !last.isInclusive, direction),
  };
}

/** The place before the bound's value, or right behind it. */
function edge(bound: Bound, isBefore: boolean, direction: Direction): Buffer {
  const encoded = encodeValue(bound.value, direction);
  return isBefore ? encoded : prefixSuccessor(encoded);
}

/** A field's interval behind fixed values of the fields before it (`prefix`: their encoded points), cut to what an index key may have. */
export function encodeRange(prefix: Buffer, interval: EncodedInterval, maxBytes = maxEncodedKeyBytes): EncodedRange {
  const start = Buffer.concat([prefix, interval.start]);
  const end = Buffer.concat([prefix, interval.end]);
  const isExact = start.length <= maxBytes && end.length <= maxBytes;
  if (isExact) return { start, end, isExact };
  const cutEnd = end.length <= maxBytes ? end : prefixSuccessor(end.subarray(0, maxBytes));
  return { start: start.subarray(0, maxBytes), end: cutEnd, isExact };
}
