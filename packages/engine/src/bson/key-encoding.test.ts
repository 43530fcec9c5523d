import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryNumber, arbitraryValue, valueOf } from './arbitrary-values.fixture.js';
import { canonicalKey } from './canonical-key.js';
import { compareValues } from './compare.js';
import { encodeBetween, encodeRange, encodeTypeBracket, prefixSuccessor } from './key-bounds.js';
import { encodeKey, encodeValue } from './key-encoding.js';

const sign = (n: number): number => (n < 0 ? -1 : n > 0 ? 1 : 0);

describe('the encoding of keys', () => {
  it.each([arbitraryValue, arbitraryNumber])('orders values as compareValues does', (arbitrary) => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        const expected = sign(compareValues(a, b));
        expect(sign(compareValues(b, a))).toBe(0 - expected + 0);
        expect(encodeValue(a).compare(encodeValue(b))).toBe(expected);
        expect(encodeValue(a, -1).compare(encodeValue(b, -1))).toBe(0 - expected + 0);
      }),
      { numRuns: 3000 },
    );
  });

  it('gives equal canonical keys exactly to equal values', () => {
    fc.assert(
      fc.property(arbitraryValue, arbitraryValue, (a, b) => {
        expect(canonicalKey(a) === canonicalKey(b)).toBe(compareValues(a, b) === 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives equal canonical keys to equal numbers of different types', () => {
    fc.assert(
      fc.property(arbitraryNumber, arbitraryNumber, (a, b) => {
        expect(canonicalKey(a) === canonicalKey(b)).toBe(compareValues(a, b) === 0);
      }),
      { numRuns: 3000 },
    );
  });

  it('orders compound keys field by field with each field in its direction', () => {
    fc.assert(
      fc.property(arbitraryValue, arbitraryValue, arbitraryValue, arbitraryValue, (a, b, c, d) => {
        const expected = sign(compareValues(a, c)) || -sign(compareValues(b, d));
        expect(encodeKey([a, b], [1, -1]).bytes.compare(encodeKey([c, d], [1, -1]).bytes)).toBe(expected + 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('puts a value inside an interval exactly when it lies between the bounds of the same type', () => {
    fc.assert(
      fc.property(arbitraryNumber, arbitraryNumber, arbitraryValue, fc.boolean(), fc.constantFrom(1 as const, -1 as const), (low, high, value, isInclusive, direction) => {
        const { start, end } = encodeBetween({ value: low, isInclusive }, { value: high, isInclusive: !isInclusive }, direction);
        const key = encodeValue(value, direction);
        const isAbove = isInclusive ? compareValues(value, low) >= 0 : compareValues(value, low) > 0;
        const isBelow = isInclusive ? compareValues(value, high) < 0 : compareValues(value, high) <= 0;
        expect(key.compare(start) >= 0 && key.compare(end) < 0).toBe(isAbove && isBelow);
      }),
      { numRuns: 2000 },
    );
  });

  it('confines an open end to the type bracket of the other', () => {
    const { start, end } = encodeBetween({ value: valueOf(5), isInclusive: true }, undefined);
    expect(encodeValue(valueOf(1e300)).compare(start)).toBe(1);
    expect(encodeValue(valueOf('text')).compare(end)).toBe(1);
    expect(encodeTypeBracket(valueOf(1).type).end).toEqual(end);
  });

  it('cuts long keys, says so, and keeps the cut key inside its range', () => {
    const long = valueOf('x'.repeat(5000));
    const key = encodeKey([valueOf(1), long], [1, 1]);
    expect(key.isTruncated).toBe(true);
    expect(key.bytes).toHaveLength(1960);
    const range = encodeRange(encodeValue(valueOf(1)), encodeBetween({ value: long, isInclusive: true }, { value: long, isInclusive: true }));
    expect(range.isExact).toBe(false);
    expect(key.bytes.compare(range.start) >= 0 && key.bytes.compare(range.end) < 0).toBe(true);
  });

  it('carries over a successor of bytes that end in FF', () => {
    expect(prefixSuccessor(Buffer.from([1, 0xff, 0xff]))).toEqual(Buffer.from([2]));
  });
});
