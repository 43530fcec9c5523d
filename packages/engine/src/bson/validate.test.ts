import { BSONRegExp, Code, Decimal128, Long, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryValue } from './arbitrary-values.fixture.js';
import { validateDocument } from './validate.js';
import { documentOf, encodeDocument } from './values.js';

const nested = (depth: number): object => (depth === 1 ? {} : { a: nested(depth - 1) });

describe('validation of documents', () => {
  it('accepts whatever the driver serializes', () => {
    fc.assert(fc.property(arbitraryValue, (value) => validateDocument(documentOf([['v', value]]))));
  });

  it('answers every mutation with acceptance or with a clean error, never with a crash', () => {
    const document = encodeDocument({
      a: 'text', b: [1, { c: true }], d: Long.ONE, e: Decimal128.fromString('1'), f: new ObjectId(), g: new BSONRegExp('a', 'i'),
      h: new Code('x', { y: 1 }), i: Buffer.from([1, 2]), j: new Timestamp(1n), k: null,
    });
    fc.assert(
      fc.property(fc.nat(document.length - 1), fc.nat(255), (index, byte) => {
        const mutated = Buffer.from(document);
        mutated[index] = byte;
        try {
          validateDocument(mutated);
        } catch (error) {
          expect(error).toMatchObject({ name: 'CommandError', code: 22 });
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses every truncation', () => {
    const document = encodeDocument({ a: 'text', b: [1, 2, { c: 1 }] });
    for (let length = 0; length < document.length; length += 1) {
      expect(() => validateDocument(document.subarray(0, length)), String(length)).toThrow(expect.objectContaining({ code: 22 }));
    }
  });

  it('accepts 200 levels and refuses 201', () => {
    validateDocument(encodeDocument(nested(200)));
    expect(() => validateDocument(encodeDocument(nested(201)))).toThrow(expect.objectContaining({ code: 15 }));
  });

  it.each<[string, string]>([
    ['an unknown type', '0800000020610000'],
    ['a boolean of 2', '09000000086100' + '02' + '00'],
    ['broken UTF-8 in a string', '0e00000002610002000000' + 'ff' + '00' + '00'],
    ['broken UTF-8 in a name', '080000000a' + 'ff' + '00' + '00'],
    ['bytes behind the end', '050000000000'],
  ])('refuses %s', (_, hex) => {
    expect(() => validateDocument(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code: 22 }));
  });
});
