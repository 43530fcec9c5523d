// A BSON value as it lies in its document: a type and a range of bytes. Nothing is decoded until somebody asks.
// Everything in the engine passes values in this one form, so that types and field order survive whatever is not touched.
import { BsonType } from './types.js';

/**
 * One whole document as bytes: its first four bytes are its length, and the buffer ends where the document ends.
 * Never change the bytes of a RawDocument: views of it are shared.
 */
export type RawDocument = Buffer;

/** A view of one value: `bytes[start, end)` holds the value without its type byte and field name. */
export class RawValue {
  constructor(
    readonly type: BsonType,
    readonly bytes: Buffer,
    readonly start: number,
    readonly end: number,
  ) {}

  /** A view of another range of the same bytes. */
  at(type: BsonType, start: number, end: number): RawValue {
    return new RawValue(type, this.bytes, start, end);
  }

  /** The value's bytes, shared with the document they lie in. */
  slice(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The document or array as a document of its own; shares memory. Only for `object` and `array`. */
  document(): RawDocument {
    return this.start === 0 && this.end === this.bytes.length ? this.bytes : this.bytes.subarray(this.start, this.end);
  }

  int32(): number {
    return this.bytes.readInt32LE(this.start);
  }

  double(): number {
    return this.bytes.readDoubleLE(this.start);
  }

  /** A `long` or `date` (milliseconds since the epoch), exact. */
  int64(): bigint {
    return this.bytes.readBigInt64LE(this.start);
  }

  /** A `timestamp`: seconds in the high 32 bits, the increment in the low ones. */
  uint64(): bigint {
    return this.bytes.readBigUInt64LE(this.start);
  }

  boolean(): boolean {
    return this.bytes[this.start] !== 0;
  }

  /** The text of a `string`, `symbol` or `javascript`. */
  string(): string {
    return this.bytes.toString('utf8', this.start + 4, this.end - 1);
  }

  /** `binData`: subtype and payload (shared memory). Subtype 2's inner length is left in the payload. */
  binary(): { readonly subtype: number; readonly data: Buffer } {
    return { subtype: this.bytes[this.start + 4]!, data: this.bytes.subarray(this.start + 5, this.end) };
  }

  /** The pattern and the options of a `regex`. */
  regex(): { readonly pattern: string; readonly options: string } {
    const patternEnd = this.bytes.indexOf(0, this.start);
    return {
      pattern: this.bytes.toString('utf8', this.start, patternEnd),
      options: this.bytes.toString('latin1', patternEnd + 1, this.end - 1),
    };
  }

  isNullish(): boolean {
    return this.type === BsonType.null || this.type === BsonType.undefined;
  }

  /**
   * An `int`, `long` or `double` as a JavaScript number (a long beyond 2^53 loses precision); undefined for every other
   * type, `decimal` included: arithmetic.ts has the exact ways.
   */
  number(): number | undefined {
    switch (this.type) {
      case BsonType.int:
        return this.int32();
      case BsonType.double:
        return this.double();
      case BsonType.long:
        return Number(this.int64());
      default:
        return undefined;
    }
  }
}

/** The whole document as a value. */
export function documentValue(document: RawDocument): RawValue {
  return new RawValue(BsonType.object, document, 0, document.length);
}
