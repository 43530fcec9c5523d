// The hash of a value, as MongoDB's hashed indexes and hashed shard keys have it: equal for numbers of one whole part.
// Source: the manual's pages "Hashed Indexes" and "$toHashedIndexKey", and the server's BSONElementHasher.
import { createHash, type Hash } from 'node:crypto';
import { truncatedInteger } from './integers.js';
import type { RawValue } from './raw-value.js';
import { elements } from './reader.js';
import { BsonType, isNumericType } from './types.js';

/** The server's numbers of the classes of types; its order of types is built on them. */
const canonicalTypes: ReadonlyMap<BsonType, number> = new Map([
  [BsonType.minKey, -1],
  [BsonType.undefined, 0],
  [BsonType.null, 5],
  [BsonType.int, 10],
  [BsonType.long, 10],
  [BsonType.double, 10],
  [BsonType.decimal, 10],
  [BsonType.string, 15],
  [BsonType.symbol, 15],
  [BsonType.object, 20],
  [BsonType.array, 25],
  [BsonType.binData, 30],
  [BsonType.objectId, 35],
  [BsonType.bool, 40],
  [BsonType.date, 45],
  [BsonType.timestamp, 47],
  [BsonType.regex, 50],
  [BsonType.dbPointer, 55],
  [BsonType.javascript, 60],
  [BsonType.javascriptWithScope, 65],
  [BsonType.maxKey, 127],
]);
const endOfObject = 0;
const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** The whole part within 64 bits; 0 for NaN. 2^63 as a double becomes the smallest number, as it always did. */
function hashedNumber(value: RawValue): bigint {
  if (value.type === BsonType.double && value.double() === 2 ** 63) return minInt64;
  const whole = truncatedInteger(value);
  if (whole !== undefined) return whole < minInt64 ? minInt64 : whole > maxInt64 ? maxInt64 : whole;
  const number = value.number() ?? 0;
  return number === Infinity ? maxInt64 : number === -Infinity ? minInt64 : 0n;
}

function hashFields(hash: Hash, value: RawValue): void {
  for (const [name, field] of elements(value)) {
    hash.update(int32(canonicalTypes.get(field.type)!)).update(name).update('\0');
    hashContent(hash, field);
  }
  hash.update(int32(endOfObject));
}

function hashContent(hash: Hash, value: RawValue): void {
  if (isNumericType(value.type)) {
    hash.update(int64(hashedNumber(value)));
  } else if (value.type === BsonType.object || value.type === BsonType.array) {
    hashFields(hash, value);
  } else if (value.type === BsonType.javascriptWithScope) {
    // Its length (4 bytes), the code with its own, the scope.
    const scopeAt = value.start + 8 + value.bytes.readInt32LE(value.start + 4);
    hash.update(value.bytes.subarray(value.start + 8, scopeAt));
    hashFields(hash, value.at(BsonType.object, scopeAt, value.end));
  } else {
    hash.update(value.slice());
  }
}

/** 64 bits of the value's hash. */
export function hashedValue(value: RawValue): bigint {
  const seed = 0;
  const hash = createHash('md5').update(int32(seed)).update(int32(canonicalTypes.get(value.type)!));
  hashContent(hash, value);
  return hash.digest().readBigInt64LE(0);
}
