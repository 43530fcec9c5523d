// Random BSON values of every type for property tests.
import fc from 'fast-check';
import { Binary, BSONRegExp, Code, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import type { RawValue } from './raw-value.js';
import { getDocumentField } from './reader.js';
import { encodeDocument } from './values.js';

/** The engine's form of a JavaScript value, as the driver would send it. */
export function valueOf(value: unknown): RawValue {
  return getDocumentField(encodeDocument({ v: value }), 'v')!;
}

const interestingNumbers: unknown[] = [
  new Int32(0), new Int32(1), new Int32(-1), new Double(0), new Double(-0), new Double(1), new Double(0.1), new Double(-0.1), new Double(NaN),
  new Double(Infinity), new Double(-Infinity), new Double(5e-324), new Double(-5e-324), new Double(1.7976931348623157e308),
  new Double(9007199254740992), Long.fromString('9007199254740993'), Long.fromString('-9007199254740993'), Long.MAX_VALUE, Long.MIN_VALUE,
  new Double(9223372036854775808), new Double(-9223372036854775808), Decimal128.fromString('0.1'), Decimal128.fromString('1.0'),
  Decimal128.fromString('-0'), Decimal128.fromString('NaN'), Decimal128.fromString('Infinity'), Decimal128.fromString('-Infinity'),
  Decimal128.fromString('9007199254740993'), Decimal128.fromString('9007199254740993.5'), Decimal128.fromString('1E+400'),
  Decimal128.fromString('1E-400'), Decimal128.fromString('-1E-400'), Decimal128.fromString('9999999999999999999999999999999999E+6111'),
  Decimal128.fromString('0.1000000000000000055511151231257827'), Decimal128.fromString('2147483647'), Decimal128.fromString('1E1'),
];

const number = fc.oneof(
  fc.constantFrom(...interestingNumbers),
  fc.integer().map((n) => new Int32(n)),
  fc.integer({ min: -3, max: 3 }).map((n) => new Double(n / 2)),
  fc.double().map((n) => new Double(n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
  fc.tuple(fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }), fc.integer({ min: -40, max: 40 }))
    .map(([c, e]) => Decimal128.fromString(`${c.toString()}E${e}`)),
);

const text = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('', '\0', 'a', 'a\0', 'a\0b', 'a\u0001', 'ab', 'é', '\u{1f600}'));
const bytes = fc.uint8Array({ maxLength: 4 }).map((data) => Buffer.from(data));
const plainText = fc.constantFrom('', 'a', 'ab', 'b');

const leaf = fc.oneof(
  number,
  text,
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(new MinKey(), new MaxKey()),
  fc.tuple(bytes, fc.constantFrom(0, 4, 5)).map(([data, subtype]) => new Binary(data, subtype)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((data) => new ObjectId(data)),
  fc.integer({ min: -1000, max: 1000 }).map((ms) => new Date(ms)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => new Timestamp(n)),
  fc.tuple(plainText, fc.constantFrom('', 'i')).map(([pattern, options]) => new BSONRegExp(pattern, options)),
  plainText.map((code) => new Code(code)),
  fc.tuple(plainText, number).map(([code, x]) => new Code(code, { x })),
);

const key = fc.constantFrom('a', 'b', 'ab', '');

/** Any value, nested up to three levels. */
export const arbitraryValue: fc.Arbitrary<RawValue> = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
    ),
  }))
  .value.map(valueOf);

/** Any number of the four types. */
export const arbitraryNumber: fc.Arbitrary<RawValue> = number.map(valueOf);
