// Writes documents: elements are appended in order into one growing buffer, nested documents are opened and closed.
import type { RawDocument, RawValue } from './raw-value.js';
import { BsonType } from './types.js';
import { checkValueBytes } from './value-size.js';

const initialCapacity = 512;
/** Names and short texts are mostly ASCII; up to here a loop writes that faster than a call. */
const loopedTextMax = 32;

/** Builds one document. Open with the constructor, append, `finish()` once. */
export class DocumentWriter {
  private buffer: Buffer;
  private length = 4;
  private readonly openStarts: number[] = [0];

  /** `capacityBytes`: a guess at the finished size, which saves growing. */
  constructor(capacityBytes = initialCapacity) {
    this.buffer = Buffer.allocUnsafe(capacityBytes);
  }

  /** Appends a value under that name, whatever its type, by copying its bytes. */
  append(name: string, value: RawValue): this {
    this.header(value.type, name);
    return this.copy(value.bytes, value.start, value.end);
  }

  /** Copies a run of whole elements (type bytes, names and values) as they are. */
  appendElements(bytes: Buffer, start: number, end: number): this {
    return this.copy(bytes, start, end);
  }

  int32(name: string, value: number): this {
    this.header(BsonType.int, name);
    this.reserve(4);
    this.buffer.writeInt32LE(value, this.length);
    this.length += 4;
    return this;
  }

  double(name: string, value: number): this {
    this.header(BsonType.double, name);
    this.reserve(8);
    this.buffer.writeDoubleLE(value, this.length);
    this.length += 8;
    return this;
  }

  int64(name: string, value: bigint): this {
    this.header(BsonType.long, name);
    return this.bigInt64(value);
  }

  /** A date in milliseconds since the epoch. */
  date(name: string, milliseconds: number): this {
    this.header(BsonType.date, name);
    if (!Number.isSafeInteger(milliseconds)) return this.bigInt64(BigInt(milliseconds));
    // The two halves by themselves: no BigInt is made.
    this.reserve(8);
    this.buffer.writeInt32LE(milliseconds | 0, this.length);
    this.buffer.writeInt32LE(Math.floor(milliseconds / 2 ** 32), this.length + 4);
    this.length += 8;
    return this;
  }

  timestamp(name: string, value: bigint): this {
    this.header(BsonType.timestamp, name);
    return this.bigInt64(BigInt.asIntN(64, value));
  }

  string(name: string, value: string): this {
    this.header(BsonType.string, name);
    this.reserve((value.length > loopedTextMax ? Buffer.byteLength(value, 'utf8') : value.length * 3) + 5);
    const byteLength = this.text(value, this.length + 4);
    this.buffer.writeInt32LE(byteLength + 1, this.length);
    this.buffer[this.length + 4 + byteLength] = 0;
    this.length += byteLength + 5;
    return this;
  }

  boolean(name: string, value: boolean): this {
    this.header(BsonType.bool, name);
    this.reserve(1);
    this.buffer[this.length] = value ? 1 : 0;
    this.length += 1;
    return this;
  }

  null(name: string): this {
    return this.header(BsonType.null, name);
  }

  document(name: string, value: RawDocument): this {
    this.header(BsonType.object, name);
    return this.copy(value, 0, value.length);
  }

  binary(name: string, data: Uint8Array, subtype = 0): this {
    this.header(BsonType.binData, name);
    this.reserve(5 + data.length);
    this.buffer.writeInt32LE(data.length, this.length);
    this.buffer[this.length + 4] = subtype;
    this.buffer.set(data, this.length + 5);
    this.length += 5 + data.length;
    return this;
  }

  /** Opens a nested document; what follows goes into it until `close()`. */
  openDocument(name: string): this {
    return this.open(BsonType.object, name);
  }

  /** Opens a nested array; name its elements '0', '1', ... */
  openArray(name: string): this {
    return this.open(BsonType.array, name);
  }

  close(): this {
    const start = this.openStarts.pop();
    if (start === undefined || this.openStarts.length === 0) throw new RangeError('close() without an open document');
    this.terminate(start);
    return this;
  }

  /** The finished document. The writer must not be used afterwards. */
  finish(): RawDocument {
    if (this.openStarts.length !== 1) throw new RangeError('finish() with an open document');
    this.terminate(0);
    return this.buffer.subarray(0, this.length);
  }

  private open(type: BsonType, name: string): this {
    this.header(type, name);
    this.openStarts.push(this.length);
    this.reserve(4);
    this.length += 4;
    return this;
  }

  private terminate(start: number): void {
    this.reserve(1);
    this.buffer[this.length] = 0;
    this.length += 1;
    this.buffer.writeInt32LE(this.length - start, start);
  }

  private header(type: BsonType, name: string): this {
    const capacity = name.length * 3 + 2;
    this.reserve(capacity);
    this.buffer[this.length] = type;
    const written = this.text(name, this.length + 1);
    this.buffer[this.length + 1 + written] = 0;
    this.length += written + 2;
    return this;
  }

  /** Writes text for which there is room and returns its length in bytes. */
  private text(value: string, start: number): number {
    const { buffer } = this;
    if (value.length > loopedTextMax) return buffer.write(value, start, 'utf8');
    for (let i = 0; i < value.length; i += 1) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return buffer.write(value, start, 'utf8');
      buffer[start + i] = code;
    }
    return value.length;
  }

  private bigInt64(value: bigint): this {
    this.reserve(8);
    this.buffer.writeBigInt64LE(value, this.length);
    this.length += 8;
    return this;
  }

  private copy(bytes: Buffer, start: number, end: number): this {
    this.reserve(end - start);
    bytes.copy(this.buffer, this.length, start, end);
    this.length += end - start;
    return this;
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.buffer.length) return;
    checkValueBytes(needed);
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

/** `{}` */
export const emptyDocument: RawDocument = Buffer.from([5, 0, 0, 0, 0]);
