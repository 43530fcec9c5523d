// What every document is checked for, and how it is put in shape, before it is stored: `_id` first and of a fit type, no
// empty timestamps on the top level, not too deep, not too large. Source: the manual's pages "Documents" and "insert".
import { CommandError } from '../../errors.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { ElementReader, elements } from '../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../bson/types.js';
import { objectIdValue, timestampValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { QueryEnvironment } from '../environment.js';
import { exceedsDepth, maxStoredDepth } from './depth.js';

export const maxDocumentBytes = 16 * 1024 * 1024;

const idName = Buffer.from('_id', 'utf8');

/** The document as `insert` stores it. Throws CommandError with MongoDB's words where it cannot be stored. */
export function prepareInsert(document: RawDocument, environment: QueryEnvironment): RawDocument {
  if (document.length > maxDocumentBytes) {
    const words = `object to insert too large. size in bytes: ${document.length}, max size: ${maxDocumentBytes}`;
    throw new CommandError('BadValue', words);
  }
  let id: RawValue | undefined;
  let isIdFirst = false;
  let isFirst = true;
  let hasTimestamp = false;
  const reader = new ElementReader(document);
  while (reader.next()) {
    if (reader.nameEquals(idName)) {
      if (id !== undefined) throw new CommandError('BadValue', "can't have multiple _id fields in one document");
      id = reader.value();
      isIdFirst = isFirst;
      assertStorableId(id);
    }
    if (reader.type === BsonType.object || reader.type === BsonType.array) assertInsertableDepth(reader.value());
    else if (reader.type === BsonType.timestamp) hasTimestamp = true;
    isFirst = false;
  }
  const dated = hasTimestamp ? withTimestamps(document, environment) : document;
  return isIdFirst ? dated : withIdFirst(dated, environment);
}

function assertInsertableDepth(value: RawValue): void {
  if (!exceedsDepth(value, maxStoredDepth - 1)) return;
  throw new CommandError('Overflow', `cannot insert document because it exceeds ${maxStoredDepth} levels of nesting`);
}

/** Throws where the value cannot be an `_id`: arrays, regular expressions, undefined, documents with `$` names. */
export function assertStorableId(id: RawValue): void {
  if (id.type === BsonType.array || id.type === BsonType.regex || id.type === BsonType.undefined) {
    throw new CommandError('InvalidIdField', `The '_id' value cannot be of type ${String(bsonTypeName(id.type))}`);
  }
  if (id.type !== BsonType.object) return;
  const offender = dollarNameIn(id);
  if (offender === undefined) return;
  const words = `_id fields may not contain '$'-prefixed fields: ${offender} is not valid for storage.`;
  throw new CommandError('DollarPrefixedFieldName', words);
}

function dollarNameIn(value: RawValue): string | undefined {
  for (const [name, field] of elements(value)) {
    if (name.startsWith('$')) return name;
    const nested = field.type === BsonType.object ? dollarNameIn(field) : undefined;
    if (nested !== undefined) return nested;
  }
  return undefined;
}

/** Top-level `Timestamp(0, 0)`s, but not that of `_id`, become the server's time. The same document where there are none. */
export function withTimestamps(document: RawDocument, environment: QueryEnvironment): RawDocument {
  if (environment.keepsEmptyTimestamps === true) return document;
  let copy: RawDocument | undefined;
  const reader = new ElementReader(document);
  while (reader.next()) {
    if (reader.type !== BsonType.timestamp || document.readBigUInt64LE(reader.valueStart) !== 0n || reader.nameEquals(idName)) continue;
    copy ??= Buffer.from(document);
    timestampValue(environment.clusterTime).bytes.copy(copy, reader.valueStart);
  }
  return copy ?? document;
}

/** The document with its `_id` in front, which is made where there is none. The same document where it is there already. */
export function withIdFirst(document: RawDocument, environment: QueryEnvironment): RawDocument {
  const reader = new ElementReader(document);
  let isFirst = true;
  while (reader.next()) {
    if (!reader.nameEquals(idName)) {
      isFirst = false;
      continue;
    }
    if (isFirst) return document;
    return new DocumentWriter()
      .append('_id', reader.value())
      .appendElements(document, 4, reader.nameStart - 1)
      .appendElements(document, reader.valueEnd, document.length - 1)
      .finish();
  }
  return new DocumentWriter()
    .append('_id', objectIdValue(environment.newObjectId()))
    .appendElements(document, 4, document.length - 1)
    .finish();
}
