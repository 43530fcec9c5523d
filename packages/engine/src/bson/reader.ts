// Walks the elements of a document or array by hand: the hot path of matching, projecting, sorting and indexing.
// Expects bytes that `validate.ts` has accepted; it does no checks of its own beyond the buffer's own bounds.
import { fieldName } from './field-names.js';
import { RawValue, type RawDocument } from './raw-value.js';
import { BsonType } from './types.js';

/** Where the value of this type that starts at `start` ends. */
export function valueEnd(type: BsonType, bytes: Buffer, start: number): number {
  switch (type) {
    case BsonType.double:
    case BsonType.date:
    case BsonType.timestamp:
    case BsonType.long:
      return start + 8;
    case BsonType.int:
      return start + 4;
    case BsonType.string:
    case BsonType.javascript:
    case BsonType.symbol:
      return start + 4 + bytes.readInt32LE(start);
    case BsonType.object:
    case BsonType.array:
    case BsonType.javascriptWithScope:
      return start + bytes.readInt32LE(start);
    case BsonType.binData:
      return start + 5 + bytes.readInt32LE(start);
    case BsonType.objectId:
      return start + 12;
    case BsonType.bool:
      return start + 1;
    case BsonType.decimal:
      return start + 16;
    case BsonType.regex:
      return bytes.indexOf(0, bytes.indexOf(0, start) + 1) + 1;
    case BsonType.dbPointer:
      return start + 4 + bytes.readInt32LE(start) + 12;
    case BsonType.null:
    case BsonType.undefined:
    case BsonType.minKey:
    case BsonType.maxKey:
      return start;
  }
}

/**
 * A cursor over the elements of one document. After `next()` returned true, the fields describe the current element.
 * Reused fields rather than objects: a scan allocates nothing until a value is asked for.
 */
export class ElementReader {
  type: BsonType = BsonType.null;
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  private position: number;
  private readonly documentEnd: number;

  constructor(
    readonly bytes: Buffer,
    documentStart = 0,
  ) {
    this.position = documentStart + 4;
    this.documentEnd = documentStart + bytes.readInt32LE(documentStart) - 1;
  }

  static of(value: RawValue): ElementReader {
    return new ElementReader(value.bytes, value.start);
  }

  next(): boolean {
    const { bytes } = this;
    if (this.position >= this.documentEnd) return false;
    this.type = bytes[this.position]! as BsonType;
    this.nameStart = this.position + 1;
    let end = this.nameStart;
    while (bytes[end] !== 0) end += 1;
    this.nameEnd = end;
    this.valueStart = end + 1;
    this.valueEnd = valueEnd(this.type, bytes, this.valueStart);
    this.position = this.valueEnd;
    return true;
  }

  name(): string {
    return fieldName(this.bytes, this.nameStart, this.nameEnd);
  }

  value(): RawValue {
    return new RawValue(this.type, this.bytes, this.valueStart, this.valueEnd);
  }

  /** Whether the current element has this name, given as UTF-8 bytes. */
  nameEquals(name: Buffer): boolean {
    const length = this.nameEnd - this.nameStart;
    if (length !== name.length) return false;
    for (let i = 0; i < length; i += 1) {
      if (this.bytes[this.nameStart + i] !== name[i]) return false;
    }
    return true;
  }
}

/** The first field of that name in a document or array value, or undefined where it is missing. */
export function getField(parent: RawValue, name: string): RawValue | undefined {
  return getFieldByBytes(parent, Buffer.from(name, 'utf8'));
}

/** As `getField`, for callers that keep the encoded name (compiled matchers, sort patterns, index keys). */
export function getFieldByBytes(parent: RawValue, name: Buffer): RawValue | undefined {
  const reader = ElementReader.of(parent);
  while (reader.next()) {
    if (reader.nameEquals(name)) return reader.value();
  }
  return undefined;
}

/** The field of a whole document; see `getField`. */
export function getDocumentField(document: RawDocument, name: string): RawValue | undefined {
  return getField(new RawValue(BsonType.object, document, 0, document.length), name);
}

/** Name and value of every element, in order. For cold paths: it allocates a string and a view per element. */
export function* elements(parent: RawValue): Generator<readonly [name: string, value: RawValue]> {
  const reader = ElementReader.of(parent);
  while (reader.next()) yield [reader.name(), reader.value()];
}

/** The values of an array, in order. */
export function arrayValues(array: RawValue): RawValue[] {
  const values: RawValue[] = [];
  const reader = ElementReader.of(array);
  while (reader.next()) values.push(reader.value());
  return values;
}

/** Whether the document or array has no element. */
export function isEmptyDocument(value: RawValue): boolean {
  return value.bytes.readInt32LE(value.start) === 5;
}
