import { Code, Decimal128, Double, Int32, Long } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryNumber, arbitraryValue, valueOf } from './arbitrary-values.fixture.js';
import { decodeKey, type DecodedKey } from './key-decoding.js';
import { encodeKey, type Direction } from './key-encoding.js';
import type { RawValue } from './raw-value.js';
import { BsonType } from './types.js';

const direction = fc.constantFrom<Direction>(1, -1);

function decoded(values: readonly RawValue[], directions: readonly Direction[]): DecodedKey | undefined {
  const { bytes, numberTypes } = encodeKey(values, directions);
  return decodeKey(bytes, directions, numberTypes);
}

const bytesOf = (value: RawValue): string => `${value.type} ${value.slice().toString('hex')}`;

describe('a decoded key', () => {
  it.each([arbitraryValue, arbitraryNumber])('has the very bytes of what it was made of, or asks the document', (arbitrary) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(arbitrary, direction), { minLength: 1, maxLength: 6 }), (fields) => {
        const values = fields.map(([value]) => value);
        decoded(values, fields.map(([, each]) => each))?.forEach((value, position) => {
          const original = values[position]!;
          if (value === undefined) expect([BsonType.null, BsonType.undefined]).toContain(original.type);
          else expect(bytesOf(value)).toBe(bytesOf(original));
        });
      }),
      { numRuns: 3000 },
    );
  });

  it.each<readonly [string, unknown]>([
    ['an int', new Int32(-7)], ['a double', new Double(1.5)], ['a whole double', new Double(3)], ['a long', Long.fromString('-9007199254740993')],
    ['the least long', Long.MIN_VALUE], ['a text', 'straße'], ['a date', new Date(-5)], ['true', true],
  ])('gives back %s in both directions', (_what, value) => {
    const original = valueOf(value);
    for (const each of [1, -1] as const) expect(decoded([original, original], [each, each])?.map((got) => bytesOf(got!))).toEqual([bytesOf(original), bytesOf(original)]);
  });

  it.each<readonly [string, unknown]>([
    ['a decimal', Decimal128.fromString('1.0')], ['a negative zero', new Double(-0)], ['a document', { a: 1 }], ['code', new Code('x')], ['a text with a zero', 'a\0b'],
    ['a text that is cut', 'x'.repeat(3000)],
  ])('asks the document for %s', (_what, value) => {
    expect(decoded([valueOf(1), valueOf(value)], [1, 1])).toBeUndefined();
  });

  it('asks the document where nobody wrote down the types of numbers', () => {
    const { bytes } = encodeKey([valueOf(1)], [1]);
    expect(decodeKey(bytes, [1], Buffer.alloc(0))).toBeUndefined();
  });
});
