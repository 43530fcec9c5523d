import { describe, expect, it } from 'vitest';
import { doubleValue, encodeDocument } from '../bson/values.js';
import { documentValue } from '../bson/raw-value.js';
import { describeComputed, describeValue } from './describe-value.js';

describe('how messages print values', () => {
  it.each([
    [-0, '-0', '-0.0'],
    [100, '100', '100.0'],
    [1.5, '1.5', '1.5'],
    [1234567, '1.23457e+06', '1234567.0'],
    [1e16, '1e+16', '1e+16'],
    [1e-5, '1e-05', '1e-05'],
    [0.000123456789, '0.000123457', '0.000123456789'],
    [Infinity, 'inf', 'inf'],
    [NaN, 'nan', 'nan'],
  ])('prints the double %d as %s where it was computed and as %s where it was specified', (number, computed, specified) => {
    expect(describeComputed(doubleValue(number))).toBe(computed);
    expect(describeValue(doubleValue(number))).toBe(specified);
  });

  it('prints documents and arrays in the notation of the shell', () => {
    expect(describeValue(documentValue(encodeDocument({ a: 1, b: ['x', null, true], c: {}, d: [] })))).toBe('{ a: 1, b: [ "x", null, true ], c: {}, d: [] }');
    expect(describeValue(undefined)).toBe('MISSING');
  });
});
