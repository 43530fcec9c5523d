// A growing buffer for encoded keys, and the encoding of numbers in it. Part of key-encoding.ts.
import { compareDecimals, decimalFromBigInt, decimalOf, doubleOfDecimal, exactDecimalOfDouble, type FiniteDecimal } from './decimal.js';
import type { RawValue } from './raw-value.js';
import { BsonType } from './types.js';

const markNaN = 0x01;
export const markNegative = 0x02;
export const markPositive = 0x03;
export const markExact = 0x00;
const markRemainder = 0x01;
export const exponentOffset = 0x8000;

/** Append-only bytes, reused between keys: `begin()`, write, `take()`. */
export class KeyBytes {
  private buffer = Buffer.allocUnsafe(512);
  length = 0;

  begin(): void {
    this.length = 0;
  }

  /** A copy of what was written, at most `maxBytes` of it. */
  take(maxBytes = Number.POSITIVE_INFINITY): Buffer {
    return Buffer.from(this.buffer.subarray(0, Math.min(this.length, maxBytes)));
  }

  /** What was written as one character per byte: a map key. */
  takeText(): string {
    return this.buffer.toString('latin1', 0, this.length);
  }

  reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.length + count, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length] = value;
    this.length += 1;
  }

  range(bytes: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    bytes.copy(this.buffer, this.length, start, end);
    this.length += end - start;
  }

  /** Text that may hold zeros: a zero becomes 00 FF, the end is 00 01, so that a prefix sorts first. */
  escaped(bytes: Buffer, start: number, end: number): void {
    this.reserve((end - start) * 2 + 2);
    const target = this.buffer;
    let position = this.length;
    for (let i = start; i < end; i += 1) {
      const byte = bytes[i]!;
      target[position] = byte;
      position += 1;
      if (byte === 0) {
        target[position] = 0xff;
        position += 1;
      }
    }
    target[position] = 0;
    target[position + 1] = 1;
    this.length = position + 2;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.buffer.writeUInt32BE(value, this.length);
    this.length += 4;
  }

  /** Little-endian 64 bits as big-endian; `signed` flips the sign bit so that negative ones come first. */
  int64(bytes: Buffer, start: number, signed: boolean): void {
    this.reserve(8);
    for (let i = 0; i < 8; i += 1) this.buffer[this.length + i] = bytes[start + 7 - i]!;
    if (signed) this.buffer[this.length]! ^= 0x80;
    this.length += 8;
  }

  /** Inverts everything from `start` on: descending order, and the magnitude of negative numbers. */
  invertFrom(start: number): void {
    for (let i = start; i < this.length; i += 1) this.buffer[i] = ~this.buffer[i]!;
  }

  /**
   * A number of any type so that equal values have equal bytes: sign, then the magnitude as the greatest double that is not
   * above it, then (for longs and decimals that no double holds) the decimal digits, which order the values between two doubles.
   */
  number(value: RawValue): void {
    switch (value.type) {
      case BsonType.int:
        this.exactDouble(value.int32());
        return;
      case BsonType.double:
        this.exactDouble(value.double());
        return;
      case BsonType.long:
        this.long(value.int64());
        return;
      default:
        this.decimal(value);
        return;
    }
  }

  private exactDouble(value: number): void {
    if (Number.isNaN(value)) {
      this.byte(markNaN);
      return;
    }
    const start = this.signed(value < 0, Math.abs(value));
    this.byte(markExact);
    if (value < 0) this.invertFrom(start);
  }

  private signed(isNegative: boolean, magnitude: number): number {
    this.byte(isNegative ? markNegative : markPositive);
    this.reserve(8);
    this.buffer.writeDoubleBE(magnitude, this.length);
    this.length += 8;
    return this.length - 8;
  }

  private long(value: bigint): void {
    const approximate = Number(value);
    if (BigInt(approximate) === value) {
      this.exactDouble(approximate);
      return;
    }
    this.inexact(decimalFromBigInt(value));
  }

  private decimal(value: RawValue): void {
    const decimal = decimalOf(value);
    if (decimal.kind === 'nan') {
      this.byte(markNaN);
      return;
    }
    if (decimal.kind === 'infinity') {
      this.exactDouble(decimal.isNegative ? -Infinity : Infinity);
      return;
    }
    if (decimal.coefficient === 0n) {
      this.exactDouble(0);
      return;
    }
    this.inexact(decimal);
  }

  private inexact(decimal: FiniteDecimal): void {
    const magnitude: FiniteDecimal = { ...decimal, isNegative: false };
    const floor = greatestDoubleNotAbove(magnitude);
    const isExact = compareDecimals(exactDecimalOfDouble(floor), magnitude) === 0;
    const start = this.signed(decimal.isNegative, floor);
    if (isExact) this.byte(markExact);
    else this.remainder(magnitude);
    if (decimal.isNegative) this.invertFrom(start);
  }

  /** Adjusted exponent and digits without trailing zeros, as digits plus one so that the end (00) is lower than any digit. */
  private remainder(magnitude: FiniteDecimal): void {
    const digits = magnitude.coefficient.toString();
    const adjusted = magnitude.exponent + digits.length + exponentOffset;
    const significant = digits.replace(/0+$/, '');
    this.byte(markRemainder);
    this.byte(adjusted >> 8);
    this.byte(adjusted & 0xff);
    for (let i = 0; i < significant.length; i += 1) this.byte(significant.charCodeAt(i) - 0x2f);
    this.byte(0);
  }
}

const bits = new DataView(new ArrayBuffer(8));

function nextDoubleBelow(value: number): number {
  bits.setFloat64(0, value);
  bits.setBigUint64(0, bits.getBigUint64(0) - 1n);
  return bits.getFloat64(0);
}

function greatestDoubleNotAbove(magnitude: FiniteDecimal): number {
  const nearest = doubleOfDecimal(magnitude);
  return compareDecimals(exactDecimalOfDouble(nearest), magnitude) > 0 ? nextDoubleBelow(nearest) : nearest;
}
