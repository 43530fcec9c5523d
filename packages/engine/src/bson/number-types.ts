// Equal numbers of all types have equal key bytes. What type each one has is kept beside the key, so that an index alone can
// give back the values that it was made of. Two bits for each number of the key, in the key's order.
import type { RawValue } from './raw-value.js';
import { BsonType } from './types.js';

const codes = new Map<BsonType, number>([[BsonType.int, 1], [BsonType.long, 2], [BsonType.double, 3]]);
const types = [undefined, BsonType.int, BsonType.long, BsonType.double] as const;
const numbersPerByte = 4;

/** A key without numbers; or one that was written before types were kept. */
const noNumberTypes: Buffer = Buffer.alloc(0);
/** The key has a value that its bytes do not give back: a decimal, which has many forms, NaN, -0, a symbol. */
export const unknownTypes = Buffer.from([0]);
/** Most keys have few numbers: their types are one byte. Shared, never written to. */
const singles = Array.from({ length: 256 }, (_, byte) => Buffer.from([byte]));

function codeOf(value: RawValue): number {
  if (value.type === BsonType.double) {
    const number = value.double();
    if (Number.isNaN(number) || Object.is(number, -0)) return 0;
  }
  return codes.get(value.type) ?? 0;
}

/** The types of the numbers among a key's values, packed. */
export function packNumberTypes(values: readonly RawValue[]): Buffer {
  let count = 0;
  let first = 0;
  let bytes: number[] | undefined;
  for (const value of values) {
    const { type } = value;
    if (type !== BsonType.int && type !== BsonType.double && type !== BsonType.long && type !== BsonType.decimal && type !== BsonType.symbol) continue;
    const code = codeOf(value);
    if (code === 0) return unknownTypes;
    const shifted = code << ((count % numbersPerByte) * 2);
    if (count < numbersPerByte) {
      first |= shifted;
    } else {
      bytes ??= [first];
      const place = Math.floor(count / numbersPerByte);
      bytes[place] = (bytes[place] ?? 0) | shifted;
    }
    count += 1;
  }
  if (count === 0) return noNumberTypes;
  return bytes === undefined ? singles[first]! : Buffer.from(bytes);
}

/** Whether the key's bytes give back all its values. */
export function areKnown(packed: Buffer): boolean {
  return packed.length === 0 || (packed[0]! & 3) !== 0;
}

/** The type of the key's number at this place among its numbers; undefined: nobody knows. */
export function numberTypeAt(packed: Buffer, position: number): BsonType | undefined {
  const byte = packed[Math.floor(position / numbersPerByte)];
  return byte === undefined ? undefined : types[(byte >> ((position % numbersPerByte) * 2)) & 3];
}
