// Encoded index keys back to the values that they were made of, where the bytes and the types kept beside them say all of it.
// The other way round: key-encoding.ts.
import type { Direction } from './key-encoding.js';
import { maxEncodedKeyBytes } from './key-encoding.js';
import { exponentOffset, markExact, markNegative, markPositive } from './key-bytes.js';
import { areKnown, numberTypeAt } from './number-types.js';
import { RawValue } from './raw-value.js';
import { typeClass } from './type-order.js';
import { BsonType } from './types.js';
import { binaryValue, doubleValue, int32Value, int64Value, maxKeyValue, minKeyValue } from './values.js';

/** The values of a key's fields; undefined where a field is missing, null or undefined, which have one key between them. */
export type DecodedKey = readonly (RawValue | undefined)[];

/** The key cannot be taken apart: the document has to be asked. */
const unreadable = Symbol('unreadable');

const digitOffset = 0x2f;

/** Reads the fields of one key from its beginning to its end. */
class KeyReader {
  private position = 0;
  private mask = 0;
  private numbers = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly numberTypes: Buffer,
  ) {}

  get isAtEnd(): boolean {
    return this.position === this.bytes.length;
  }

  get readBytes(): number {
    return this.position;
  }

  value(direction: Direction): RawValue | undefined | typeof unreadable {
    this.mask = direction === 1 ? 0 : 0xff;
    const read = readers.get(this.byte());
    return read === undefined ? unreadable : read(this);
  }

  byte(): number {
    const byte = this.bytes[this.position] ?? 0;
    this.position += 1;
    return byte ^ this.mask;
  }

  take(length: number): Buffer {
    const taken = Buffer.from(this.bytes.subarray(this.position, this.position + length));
    this.position += length;
    if (this.mask !== 0) for (let i = 0; i < taken.length; i += 1) taken[i]! ^= this.mask;
    return taken;
  }

  /** Bytes up to and with this many zeros. */
  takeThroughZeros(zeros: number): Buffer {
    let end = this.position;
    for (let left = zeros; left > 0 && end < this.bytes.length; end += 1) if ((this.bytes[end]! ^ this.mask) === 0) left -= 1;
    return this.take(end - this.position);
  }

  /** A text as `KeyBytes.escaped` writes it. */
  text(): RawValue | typeof unreadable {
    const start = this.position;
    let end = start;
    const zero = this.mask;
    while (end < this.bytes.length && this.bytes[end] !== zero) end += 1;
    // A zero in the middle of a text is rare enough to ask the document.
    if (((this.bytes[end + 1] ?? 0) ^ this.mask) !== 1) return unreadable;
    const length = end - start;
    const content = Buffer.allocUnsafe(length + 5);
    content.writeInt32LE(length + 1, 0);
    this.take(length).copy(content, 4);
    content[length + 4] = 0;
    this.position = end + 2;
    return new RawValue(BsonType.string, content, 0, content.length);
  }

  number(): RawValue | typeof unreadable {
    const type = numberTypeAt(this.numberTypes, this.numbers);
    this.numbers += 1;
    const sign = this.byte();
    if (type === undefined || (sign !== markNegative && sign !== markPositive)) return unreadable;
    const direction = this.mask;
    if (sign === markNegative) this.mask ^= 0xff;
    const magnitude = this.take(8).readDoubleBE(0);
    const isExact = this.byte() === markExact;
    const whole = isExact ? undefined : this.digits();
    this.mask = direction;
    const signed = sign === markNegative ? -magnitude : magnitude;
    if (type === BsonType.int) return int32Value(signed);
    if (type === BsonType.double) return doubleValue(signed);
    const long = whole ?? BigInt(magnitude);
    return int64Value(sign === markNegative ? -long : long);
  }

  /** The whole number that `KeyBytes.remainder` wrote. */
  private digits(): bigint {
    const adjusted = this.byte() * 0x100 + this.byte() - exponentOffset;
    let text = '';
    for (let digit = this.byte(); digit !== 0; digit = this.byte()) text += String.fromCharCode(digit + digitOffset);
    return BigInt(text.padEnd(adjusted, '0'));
  }

  date(): RawValue {
    const bytes = this.take(8);
    bytes[0]! ^= 0x80;
    return new RawValue(BsonType.date, bytes.reverse(), 0, 8);
  }

  binary(): RawValue {
    const length = this.take(4).readUInt32BE(0);
    const content = this.take(length - 4);
    return binaryValue(content.subarray(1), content[0]);
  }
}

const whole = (type: BsonType, bytes: Buffer): RawValue => new RawValue(type, bytes, 0, bytes.length);

/** By type class. Objects, arrays and code are not taken apart. */
const readers = new Map<number, (reader: KeyReader) => RawValue | undefined | typeof unreadable>([
  [typeClass(BsonType.minKey), () => minKeyValue],
  [typeClass(BsonType.null), () => undefined],
  [typeClass(BsonType.undefined), () => undefined],
  [typeClass(BsonType.int), (reader) => reader.number()],
  [typeClass(BsonType.string), (reader) => reader.text()],
  [typeClass(BsonType.binData), (reader) => reader.binary()],
  [typeClass(BsonType.objectId), (reader) => whole(BsonType.objectId, reader.take(12))],
  [typeClass(BsonType.bool), (reader) => whole(BsonType.bool, reader.take(1))],
  [typeClass(BsonType.date), (reader) => reader.date()],
  [typeClass(BsonType.timestamp), (reader) => whole(BsonType.timestamp, reader.take(8).reverse())],
  [typeClass(BsonType.regex), (reader) => whole(BsonType.regex, reader.takeThroughZeros(2))],
  [typeClass(BsonType.maxKey), () => maxKeyValue],
]);

/** The values of a key; undefined where the document has to be asked, as for any key that may have been cut. */
export function decodeKey(bytes: Buffer, directions: readonly Direction[], numberTypes: Buffer): DecodedKey | undefined {
  const reader = readerOf(bytes, numberTypes);
  const values = reader === undefined ? undefined : readValues(reader, directions);
  return values !== undefined && reader!.isAtEnd ? values : undefined;
}

/** The bytes of a key's first fields, one for each direction; undefined where they cannot be told from those of the others. */
export function keyPrefix(bytes: Buffer, directions: readonly Direction[], numberTypes: Buffer): Buffer | undefined {
  const reader = readerOf(bytes, numberTypes);
  return reader === undefined || readValues(reader, directions) === undefined ? undefined : bytes.subarray(0, reader.readBytes);
}

function readerOf(bytes: Buffer, numberTypes: Buffer): KeyReader | undefined {
  return bytes.length >= maxEncodedKeyBytes || !areKnown(numberTypes) ? undefined : new KeyReader(bytes, numberTypes);
}

function readValues(reader: KeyReader, directions: readonly Direction[]): DecodedKey | undefined {
  const values: (RawValue | undefined)[] = [];
  for (const direction of directions) {
    if (reader.isAtEnd) return undefined;
    const value = reader.value(direction);
    if (value === unreadable) return undefined;
    values.push(value);
  }
  return values;
}
