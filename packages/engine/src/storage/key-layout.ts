// How keys of the tables are laid out. Numbers are big-endian, so that the order of bytes is the order of numbers.
import type { RecordId } from './units.js';

export const prefixBytes = 4;
export const recordIdBytes = 6;
const aboveEveryRecordId = Buffer.alloc(recordIdBytes + 1, 0xff);

/** Key in `records`: [collection u32][record u48]. */
export function recordKey(collectionId: number, recordId: RecordId): Buffer {
  const key = Buffer.allocUnsafe(prefixBytes + recordIdBytes);
  key.writeUInt32BE(collectionId, 0);
  key.writeUIntBE(recordId, prefixBytes, recordIdBytes);
  return key;
}

export function recordIdOfKey(key: Buffer): RecordId {
  return key.readUIntBE(key.length - recordIdBytes, recordIdBytes);
}

/** The value of a unique index's entries: the record's id. */
export function recordIdValue(recordId: RecordId): Buffer {
  const value = Buffer.allocUnsafe(recordIdBytes);
  value.writeUIntBE(recordId, 0, recordIdBytes);
  return value;
}

export function recordIdOfValue(value: Buffer): RecordId {
  return value.readUIntBE(0, recordIdBytes);
}

/** The first key of a collection's records or an index's entries; that of `id + 1` ends them. */
export function prefixKey(id: number): Buffer {
  const key = Buffer.allocUnsafe(prefixBytes);
  key.writeUInt32BE(id, 0);
  return key;
}

/** Key in `indexes` without a record id: what unique indexes keep whole keys under. */
export function uniqueEntryKey(indexId: number, encoded: Buffer): Buffer {
  const key = Buffer.allocUnsafe(prefixBytes + encoded.length);
  key.writeUInt32BE(indexId, 0);
  encoded.copy(key, prefixBytes);
  return key;
}

/** Key in `indexes`: [index u32][encoded key][record u48]. */
export function entryKey(indexId: number, encoded: Buffer, recordId: RecordId): Buffer {
  const key = Buffer.allocUnsafe(prefixBytes + encoded.length + recordIdBytes);
  key.writeUInt32BE(indexId, 0);
  encoded.copy(key, prefixBytes);
  key.writeUIntBE(recordId, prefixBytes + encoded.length, recordIdBytes);
  return key;
}

/** A key above every entry of this encoded key, whatever its record. */
export function aboveEntriesKey(indexId: number, encoded: Buffer): Buffer {
  const key = Buffer.allocUnsafe(prefixBytes + encoded.length + aboveEveryRecordId.length);
  key.writeUInt32BE(indexId, 0);
  encoded.copy(key, prefixBytes);
  aboveEveryRecordId.copy(key, prefixBytes + encoded.length);
  return key;
}
