// Order-preserving encoding of values: memcmp of two encoded keys is compareValues of the values, field by field, with the
// bytes of descending fields inverted. Keys are prefix-free, so that a key of fewer fields is a prefix of every longer one.
// Layout of a value: its type class (one byte), then its content. See docs/engine-seams.md.
import { KeyBytes } from './key-bytes.js';
import { packNumberTypes } from './number-types.js';
import type { RawValue } from './raw-value.js';
import { ElementReader } from './reader.js';
import { typeClass } from './type-order.js';
import { BsonType } from './types.js';

export type Direction = 1 | -1;

/** LMDB takes keys of 1978 bytes; the rest is for the index's prefix and the record id. */
export const maxEncodedKeyBytes = 1960;

export interface EncodedKey {
  readonly bytes: Buffer;
  /** The key was cut at `maxEncodedKeyBytes`: values that differ behind it have equal bytes, so the reader must recheck. */
  readonly isTruncated: boolean;
  /** Of which types the key's numbers are; see number-types.ts. */
  readonly numberTypes: Buffer;
}

const scratch = new KeyBytes();

function writeDocument(target: KeyBytes, value: RawValue, hasNames: boolean): void {
  const reader = ElementReader.of(value);
  while (reader.next()) {
    target.byte(typeClass(reader.type));
    if (hasNames) target.range(reader.bytes, reader.nameStart, reader.nameEnd + 1);
    writeContent(target, reader.value());
  }
  target.byte(0);
}

function writeCodeWithScope(target: KeyBytes, value: RawValue): void {
  const codeEnd = value.start + 8 + value.bytes.readInt32LE(value.start + 4);
  target.escaped(value.bytes, value.start + 8, codeEnd - 1);
  writeDocument(target, value.at(BsonType.object, codeEnd, value.end), true);
}

function writeSized(target: KeyBytes, value: RawValue): void {
  target.uint32(value.end - value.start);
  target.range(value.bytes, value.start + 4, value.end);
}

function writeContent(target: KeyBytes, value: RawValue): void {
  switch (value.type) {
    case BsonType.int:
    case BsonType.double:
    case BsonType.long:
    case BsonType.decimal:
      target.number(value);
      return;
    case BsonType.string:
    case BsonType.symbol:
    case BsonType.javascript:
      target.escaped(value.bytes, value.start + 4, value.end - 1);
      return;
    case BsonType.objectId:
    case BsonType.bool:
    case BsonType.regex:
      target.range(value.bytes, value.start, value.end);
      return;
    case BsonType.date:
      target.int64(value.bytes, value.start, true);
      return;
    case BsonType.timestamp:
      target.int64(value.bytes, value.start, false);
      return;
    case BsonType.object:
      writeDocument(target, value, true);
      return;
    case BsonType.array:
      writeDocument(target, value, false);
      return;
    case BsonType.binData:
    case BsonType.dbPointer:
      writeSized(target, value);
      return;
    case BsonType.javascriptWithScope:
      writeCodeWithScope(target, value);
      return;
    case BsonType.null:
    case BsonType.undefined:
    case BsonType.minKey:
    case BsonType.maxKey:
  }
}

function writeValue(target: KeyBytes, value: RawValue, direction: Direction): void {
  const start = target.length;
  target.byte(typeClass(value.type));
  writeContent(target, value);
  if (direction === -1) target.invertFrom(start);
}

/** Encodes the values of an index key (or of its first fields); a direction that is missing is ascending. */
export function encodeKey(values: readonly RawValue[], directions: readonly Direction[], maxBytes = maxEncodedKeyBytes): EncodedKey {
  scratch.begin();
  for (let i = 0; i < values.length; i += 1) writeValue(scratch, values[i]!, directions[i] ?? 1);
  return { bytes: scratch.take(maxBytes), isTruncated: scratch.length > maxBytes, numberTypes: packNumberTypes(values) };
}

/** One value, never cut. */
export function encodeValue(value: RawValue, direction: Direction = 1): Buffer {
  scratch.begin();
  writeValue(scratch, value, direction);
  return scratch.take();
}

/** One value, never cut, as a string of one character per byte: equal exactly where the values are equal. */
export function encodedText(value: RawValue): string {
  scratch.begin();
  writeValue(scratch, value, 1);
  return scratch.takeText();
}
