import { Decimal128, Double, Int32, Long } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryNumber, valueOf } from './arbitrary-values.fixture.js';
import * as arithmetic from './arithmetic.js';
import { isIdentical, valuesEqual } from './compare.js';
import { toDecimal, toDouble, toInt32, toInt64 } from './conversion.js';
import { decimalOf, decimalValue } from './decimal.js';
import { formatDecimal, parseDecimal } from './decimal-text.js';
import type { RawValue } from './raw-value.js';
import { bsonTypeName } from './types.js';

const int = (n: number): RawValue => valueOf(new Int32(n));
const long = (n: bigint): RawValue => valueOf(Long.fromBigInt(n));
const double = (n: number): RawValue => valueOf(new Double(n));
const decimal = (text: string): RawValue => valueOf(Decimal128.fromString(text));

const shown = (value: RawValue | undefined): string => {
  if (value === undefined) return 'nothing';
  const text = value.type === 0x13 ? formatDecimal(decimalOf(value)) : String(value.type === 0x12 ? value.int64() : value.number());
  return `${bsonTypeName(value.type)!} ${text}`;
};

const maxLong = 2n ** 63n - 1n;

describe('arithmetic', () => {
  it.each<[string, () => RawValue | undefined, string]>([
    ['int + int', () => arithmetic.add(int(1), int(2)), 'int 3'],
    ['int + int that overflows', () => arithmetic.add(int(2147483647), int(1)), 'long 2147483648'],
    ['int + long', () => arithmetic.add(int(1), long(2n)), 'long 3'],
    ['long + long that overflows', () => arithmetic.add(long(maxLong), long(1n)), 'double 9223372036854776000'],
    ['long + long beyond 2^53', () => arithmetic.add(long(2n ** 53n), long(1n)), 'long 9007199254740993'],
    ['int + double', () => arithmetic.add(int(1), double(0.5)), 'double 1.5'],
    ['double + decimal', () => arithmetic.add(double(0.1), decimal('0.2')), 'decimal 0.300000000000000'],
    ['long + decimal', () => arithmetic.add(long(maxLong), decimal('0.5')), 'decimal 9223372036854775807.5'],
    ['decimals of far exponents', () => arithmetic.add(decimal('1E+3000'), decimal('1E-3000')), 'decimal 1.000000000000000000000000000000000E+3000'],
    ['a subtraction just below a power', () => arithmetic.subtract(decimal('1'), decimal('1E-50')), 'decimal 1.000000000000000000000000000000000'],
    ['int - int', () => arithmetic.subtract(int(-2147483648), int(1)), 'long -2147483649'],
    ['int * int', () => arithmetic.multiply(int(65536), int(65536)), 'long 4294967296'],
    ['-1 * 0', () => arithmetic.multiply(int(-1), int(0)), 'int 0'],
    ['decimal * decimal', () => arithmetic.multiply(decimal('1.10'), decimal('2.0')), 'decimal 2.200'],
    ['int / int', () => arithmetic.divide(int(10), int(5)), 'double 2'],
    ['decimal / int', () => arithmetic.divide(decimal('10'), int(3)), 'decimal 3.333333333333333333333333333333333'],
    ['an exact decimal quotient', () => arithmetic.divide(decimal('2.40'), decimal('2')), 'decimal 1.20'],
    ['int % int', () => arithmetic.modulo(int(-7), int(3)), 'int -1'],
    ['double % int', () => arithmetic.modulo(double(5.5), int(2)), 'double 1.5'],
    ['decimal % int', () => arithmetic.modulo(decimal('-7.5'), int(2)), 'decimal -1.5'],
    ['abs of the least int', () => arithmetic.absolute(int(-2147483648)), 'long 2147483648'],
    ['round half to even', () => arithmetic.round(double(2.5)), 'double 2'],
    ['round to places', () => arithmetic.round(double(1.25), 1), 'double 1.2'],
    ['round before the point', () => arithmetic.round(int(1250), -2), 'int 1200'],
    ['round a decimal', () => arithmetic.round(decimal('1.2345'), 2), 'decimal 1.23'],
    ['truncate', () => arithmetic.truncate(double(-7.85), 1), 'double -7.8'],
    ['ceil', () => arithmetic.ceiling(decimal('1.2')), 'decimal 2'],
    ['floor', () => arithmetic.floor(decimal('-1.2')), 'decimal -2'],
    ['int ^ int', () => arithmetic.power(int(5), int(2)), 'int 25'],
    ['int ^ int beyond int', () => arithmetic.power(int(10), int(10)), 'long 10000000000'],
    ['int ^ int beyond long', () => arithmetic.power(int(10), int(20)), 'double 100000000000000000000'],
    ['int ^ negative', () => arithmetic.power(int(5), int(-2)), 'double 0.04'],
    ['-1 ^ large', () => arithmetic.power(int(-1), int(1000001)), 'int -1'],
    ['decimal ^ int', () => arithmetic.power(decimal('1.1'), int(2)), 'decimal 1.21'],
    ['decimal ^ fraction', () => arithmetic.power(decimal('2'), decimal('0.5')), 'decimal 1.414213562373095048801688724209698'],
    ['sqrt of a decimal', () => arithmetic.squareRoot(decimal('2')), 'decimal 1.414213562373095048801688724209698'],
    ['sqrt of a square', () => arithmetic.squareRoot(decimal('6.25')), 'decimal 2.5'],
    ['exp of a decimal', () => arithmetic.exponential(decimal('1')), 'decimal 2.718281828459045235360287471352662'],
    ['ln of a decimal', () => arithmetic.naturalLogarithm(decimal('10')), 'decimal 2.302585092994045684017991454684364'],
    ['ln of 0.5', () => arithmetic.naturalLogarithm(decimal('0.5')), 'decimal -0.6931471805599453094172321214581766'],
    ['log10 of a power', () => arithmetic.commonLogarithm(decimal('1E-20')), 'decimal -20'],
    ['log10', () => arithmetic.commonLogarithm(decimal('2')), 'decimal 0.3010299956639811952137388947244930'],
    ['toInt of a fraction', () => toInt32(double(-1.9)), 'int -1'],
    ['toInt of too much', () => toInt32(long(2147483648n)), 'nothing'],
    ['toLong of 2^63', () => toInt64(double(2 ** 63)), 'nothing'],
    ['toLong of a decimal', () => toInt64(decimal('9223372036854775807.9')), `long ${maxLong}`],
    ['toDouble of a huge decimal', () => toDouble(decimal('1E+400')), 'nothing'],
    ['toDecimal of a double', () => toDecimal(double(5.5)), 'decimal 5.50000000000000'],
  ])('%s', (_, calculate, expected) => {
    expect(shown(calculate())).toBe(expected);
  });

  it.each<[string, () => RawValue, number]>([
    ['x / 0', () => arithmetic.divide(int(1), double(0)), 2],
    ['x % 0', () => arithmetic.modulo(int(1), int(0)), 16610],
    ['x % decimal 0', () => arithmetic.modulo(int(1), decimal('0')), 5733415],
    ['abs of the least long', () => arithmetic.absolute(long(-(2n ** 63n))), 28680],
    ['0 ^ -1', () => arithmetic.power(int(0), int(-1)), 28764],
    ['round beyond the longs', () => arithmetic.round(long(maxLong), -1), 51080],
  ])('%s is refused', (_, calculate, code) => {
    expect(calculate).toThrow(expect.objectContaining({ code }));
  });

  it('adds and multiplies in either order', () => {
    fc.assert(
      fc.property(arbitraryNumber, arbitraryNumber, (a, b) => {
        expect(valuesEqual(arithmetic.add(a, b), arithmetic.add(b, a))).toBe(true);
        expect(valuesEqual(arithmetic.multiply(a, b), arithmetic.multiply(b, a))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('adds doubles as JavaScript does', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (a, b) => {
        expect(arithmetic.add(double(a), double(b)).double()).toBe(a + b);
      }),
    );
  });

  it('writes a decimal as the driver does and reads it back to the same bytes', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 34n - 1n }), fc.integer({ min: -6176, max: 6111 }), (isNegative, coefficient, exponent) => {
        const value = decimalValue({ kind: 'finite', isNegative, coefficient, exponent });
        const text = new Decimal128(value.slice()).toString();
        expect(formatDecimal(decimalOf(value))).toBe(text);
        expect(isIdentical(decimalValue(parseDecimal(text)!), value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([['abc'], [''], ['.'], ['1e'], ['0x10'], [' 1']])('does not take %j for a decimal', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  it.each([
    ['1e99999999999', 'Infinity'], ['-1e-99999999999', '-0E-6176'], ['inf', 'Infinity'], ['12345678901234567890123456789012345678', '1.234567890123456789012345678901235E+37'],
    ['9.9999999999999999999999999999999999E6144', 'Infinity'], ['1E-6177', '0E-6176'], ['5.1E-6177', '1E-6176'],
    ['9.9999999999999999999999999999999999E-6143', '1.000000000000000000000000000000000E-6142'],
  ])('reads %s as %s', (text, expected) => {
    expect(formatDecimal(parseDecimal(text)!)).toBe(expected);
  });
});
