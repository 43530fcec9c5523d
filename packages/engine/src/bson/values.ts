// Makes values out of nothing: what expressions, update operators and replies need besides the bytes that came in.
import { BSON, type Document } from 'bson';
import { RawValue, type RawDocument } from './raw-value.js';
import { BsonType } from './types.js';
import { checkValueBytes } from './value-size.js';
import { DocumentWriter } from './writer.js';

const nothing = Buffer.alloc(0);

export const nullValue = new RawValue(BsonType.null, nothing, 0, 0);
export const undefinedValue = new RawValue(BsonType.undefined, nothing, 0, 0);
export const minKeyValue = new RawValue(BsonType.minKey, nothing, 0, 0);
export const maxKeyValue = new RawValue(BsonType.maxKey, nothing, 0, 0);
export const trueValue = new RawValue(BsonType.bool, Buffer.from([1]), 0, 1);
export const falseValue = new RawValue(BsonType.bool, Buffer.from([0]), 0, 1);

export function booleanValue(value: boolean): RawValue {
  return value ? trueValue : falseValue;
}

export function int32Value(value: number): RawValue {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32LE(value, 0);
  return new RawValue(BsonType.int, bytes, 0, 4);
}

export function doubleValue(value: number): RawValue {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value, 0);
  return new RawValue(BsonType.double, bytes, 0, 8);
}

export function int64Value(value: bigint): RawValue {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(value, 0);
  return new RawValue(BsonType.long, bytes, 0, 8);
}

/** A date in milliseconds since the epoch. */
export function dateValue(milliseconds: bigint): RawValue {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(milliseconds, 0);
  return new RawValue(BsonType.date, bytes, 0, 8);
}

export function timestampValue(value: bigint): RawValue {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(value, 0);
  return new RawValue(BsonType.timestamp, bytes, 0, 8);
}

export function stringValue(value: string): RawValue {
  const byteLength = Buffer.byteLength(value, 'utf8');
  checkValueBytes(byteLength);
  const bytes = Buffer.allocUnsafe(byteLength + 5);
  bytes.writeInt32LE(byteLength + 1, 0);
  bytes.write(value, 4, 'utf8');
  bytes[byteLength + 4] = 0;
  return new RawValue(BsonType.string, bytes, 0, bytes.length);
}

export function objectIdValue(bytes: Buffer): RawValue {
  if (bytes.length !== 12) throw new RangeError('an ObjectId has 12 bytes');
  return new RawValue(BsonType.objectId, bytes, 0, 12);
}

export function binaryValue(data: Uint8Array, subtype = 0): RawValue {
  const bytes = Buffer.allocUnsafe(data.length + 5);
  bytes.writeInt32LE(data.length, 0);
  bytes[4] = subtype;
  bytes.set(data, 5);
  return new RawValue(BsonType.binData, bytes, 0, bytes.length);
}

/** An array of these values, in order. */
export function arrayValue(values: readonly RawValue[]): RawValue {
  const writer = new DocumentWriter();
  values.forEach((value, index) => writer.append(String(index), value));
  const bytes = writer.finish();
  return new RawValue(BsonType.array, bytes, 0, bytes.length);
}

/** A document of these fields, in order. */
export function objectValue(fields: Iterable<readonly [name: string, value: RawValue]>): RawValue {
  const bytes = documentOf(fields);
  return new RawValue(BsonType.object, bytes, 0, bytes.length);
}

/** As `objectValue`, as a document of its own. */
export function documentOf(fields: Iterable<readonly [name: string, value: RawValue]>): RawDocument {
  const writer = new DocumentWriter();
  for (const [name, value] of fields) writer.append(name, value);
  return writer.finish();
}

/**
 * A document from JavaScript values, through the official serializer. For replies and tests, not for user data on its way
 * through: plain objects put numeric field names first. Integers become `int` where they fit, as the driver does it.
 */
export function encodeDocument(document: Document): RawDocument {
  return Buffer.from(BSON.serialize(document, { ignoreUndefined: true }));
}

/** The JavaScript form of a document with BSON's types kept as classes (`Int32`, `Long`, `Double`). For cold paths and tests. */
export function decodeDocument(document: RawDocument): Document {
  return BSON.deserialize(document, { promoteValues: false, promoteBuffers: false });
}

/** The JavaScript form of a document with plain numbers, strings and buffers. For cold paths and tests. */
export function decodePlain(document: RawDocument): Document {
  return BSON.deserialize(document, { promoteBuffers: true });
}
