import { Decimal128, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { hashedValue } from './hashed-value.js';
import { getDocumentField } from './reader.js';
import { encodeDocument } from './values.js';

const hashOf = (value: unknown): bigint => hashedValue(getDocumentField(encodeDocument({ value }), 'value')!);

describe('the hash of a value', () => {
  it.each<[unknown, bigint]>([
    // The manual's page "$toHashedIndexKey".
    ['string to hash', 763543691661428748n],
    // The tests of mongosh.
    [{ foo: 'bar' }, 4975617422686807705n],
    [1, 5902408780260971510n],
  ])('of %j is that of MongoDB', (value, hash) => {
    expect(hashOf(value)).toBe(hash);
  });

  it.each<[unknown, unknown]>([
    [1, 1.9],
    [1, Long.fromNumber(1)],
    [-3, Decimal128.fromString('-3.5')],
    [0, NaN],
    [Long.MAX_VALUE, Infinity],
    [Long.MIN_VALUE, 2 ** 63],
  ])('%s and %s have one hash, because numbers lose their fraction', (one, other) => {
    expect(hashOf(one)).toBe(hashOf(other));
  });

  it.each<[unknown, unknown]>([
    [{ a: 1 }, { b: 1 }],
    [[1], { 0: 1 }],
    [[[1], 2], [[1, 2]]],
    ['1', 1],
    [null, 0],
    [false, 0],
  ])('%j and %j have different hashes', (one, other) => {
    expect(hashOf(one)).not.toBe(hashOf(other));
  });
});
