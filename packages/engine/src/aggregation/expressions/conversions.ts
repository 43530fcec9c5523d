// One value to another type: the table behind $convert. What has no entry is refused as an unsupported conversion.
// Source: the manual's page "$convert", its tables per target type.
import { fitsInt32, toDecimal, toDouble, toInt32, toInt64 } from '../../bson/conversion.js';
import { formatDecimal, parseDecimal } from '../../bson/decimal-text.js';
import { decimalOf, decimalValue } from '../../bson/decimal.js';
import { wholeNumber } from '../../bson/integers.js';
import { isTruthy } from '../../bson/truth.js';
import { BsonType, isNumericType, type BsonTypeName } from '../../bson/types.js';
import { booleanValue, dateValue, doubleValue, int32Value, int64Value, objectIdValue, stringValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { binaryText, parseBinary, type BinaryFormat } from './binary-text.js';
import { coerceToInstant, instantValue } from './date-operands.js';
import { parseDate } from './date-parsing.js';
import { isoText } from './date-text.js';
import { doubleText } from './number-text.js';
import { typeNameOf } from './operands.js';

export interface ConversionTarget {
  /** `missing` is a name that the server knows, and a type that nothing converts to. */
  readonly type: BsonTypeName | 'missing';
  /** Of binData, not yet looked at: only conversions that need one say what is wrong with it. */
  readonly subtype: RawValue | undefined;
}

type Conversion = (value: RawValue, target: ConversionTarget, format: BinaryFormat | undefined) => RawValue;

/** The value as that type; ConversionFailure where that cannot be. */
export function convertValue(value: RawValue, target: ConversionTarget, format: BinaryFormat | undefined): RawValue {
  const source = typeNameOf(value) as BsonTypeName;
  const conversion = conversions[target.type as BsonTypeName]?.[source] ?? (target.type === 'bool' ? always : undefined);
  if (conversion === undefined) throw conversionFailed(`Unsupported conversion from ${source} to ${target.type}`);
  return conversion(value, target, format);
}

function conversionFailed(what: string, detail = ''): CommandError {
  return new CommandError('ConversionFailure', `${what} in $convert with no onError value${detail === '' ? '' : `: ${detail}`}`);
}

const identity: Conversion = (value) => value;
const truth: Conversion = (value) => booleanValue(isTruthy(value));
const always: Conversion = () => booleanValue(true);

function numberTo(convert: (value: RawValue) => RawValue | undefined): Conversion {
  return (value) => {
    const result = convert(value);
    if (result !== undefined) return result;
    const text = isNumericType(value.type) ? numberText(value) : '';
    if (text.includes('NaN')) throw conversionFailed('Attempt to convert NaN value to integer type');
    if (text.includes('Infinity')) throw conversionFailed('Attempt to convert infinity value to integer type');
    // Of an integer the server says nothing more, and ends on the colon.
    const isInteger = value.type === BsonType.int || value.type === BsonType.long;
    throw new CommandError('ConversionFailure', `Conversion would overflow target type in $convert with no onError value: ${isInteger ? '' : text}`);
  };
}

function numberText(value: RawValue): string {
  if (value.type === BsonType.decimal) return formatDecimal(decimalOf(value));
  return value.type === BsonType.double ? doubleText(value.double()) : String(value.type === BsonType.int ? value.int32() : value.int64());
}

function parsed(parse: (text: string) => RawValue | undefined): Conversion {
  return (value) => {
    const text = value.string();
    if (/^[+-]?0[xX]/.test(text)) throw conversionFailed('Illegal hexadecimal input', text);
    const result = parse(text);
    if (result === undefined) throw conversionFailed(`Failed to parse number '${text}'`, parseProblem(text));
    return result;
  };
}

function parseProblem(text: string): string {
  if (text === '') return 'Empty string';
  if (/^\s/.test(text)) return 'Leading whitespace';
  return /^[+-]?\d+/.test(text) ? 'Did not consume whole string.' : 'Did not consume any digits';
}

function parseInteger(text: string): bigint | undefined {
  return /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}

const stringToInt = parsed((text) => {
  const integer = parseInteger(text);
  return integer === undefined || !fitsInt32(integer) ? undefined : int32Value(Number(integer));
});
const stringToLong = parsed((text) => {
  const integer = parseInteger(text);
  return integer === undefined || BigInt.asIntN(64, integer) !== integer ? undefined : int64Value(integer);
});
const stringToDouble = parsed((text) => {
  const named = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text);
  if (named !== null) return doubleValue(named[2]!.toLowerCase() === 'nan' ? Number.NaN : named[1] === '-' ? -Infinity : Infinity);
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? doubleValue(number) : undefined;
});
const stringToDecimal = parsed((text) => {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  const mantissa = text.replace(/e.*$/i, '');
  if (decimal.kind === 'infinity' && /\d/.test(mantissa)) throw outOfRange(text, 'over');
  if (decimal.kind === 'finite' && decimal.coefficient === 0n && /[1-9]/.test(mantissa)) throw outOfRange(text, 'under');
  return decimalValue(decimal);
});

function outOfRange(text: string, direction: 'over' | 'under'): CommandError {
  return conversionFailed(`Failed to parse number '${text}'`, `Conversion from string to decimal would ${direction}flow`);
}

const stringToObjectId: Conversion = (value) => {
  const text = value.string();
  if (text.length !== 24) {
    throw conversionFailed(`Failed to parse objectId '${text}'`, `Invalid string length for parsing to OID, expected 24 but found ${text.length}`);
  }
  if (!/^[0-9a-fA-F]{24}$/.test(text)) {
    throw conversionFailed(`Failed to parse objectId '${text}'`, `Invalid character found in hex string: ${/[^0-9a-fA-F]/.exec(text)![0]}`);
  }
  return objectIdValue(Buffer.from(text, 'hex'));
};

const numberToDate: Conversion = (value, target, format) => dateValue(integerConversion(value, target, format).int64());
const integerConversion = numberTo(toInt64);
const dateToLong: Conversion = (value) => int64Value(value.int64());
const instantToDate: Conversion = (value) => instantValue(coerceToInstant(value));
const toText = (text: (value: RawValue) => string): Conversion => (value) => stringValue(text(value));
const fromBoolean = (convert: (value: RawValue) => RawValue | undefined): Conversion => (value) => convert(int32Value(value.boolean() ? 1 : 0))!;

const toBinary: Conversion = (value, target, format) => parseBinary(value.string(), () => subtypeOf(target), format, conversionFailed);
const binaryToBinary: Conversion = (value, target) => {
  if (value.binary().subtype !== subtypeOf(target)) throw new CommandError('ConversionFailure', 'Conversions between different BinData subtypes are not supported');
  return value;
};

const lastKnownSubtype = 8;
const firstUserSubtype = 128;

/** The subtype asked for, 0 where none is: one of BSON's own or of the user-defined ones. */
function subtypeOf({ subtype }: ConversionTarget): number {
  if (subtype === undefined) return 0;
  if (!isNumericType(subtype.type)) {
    throw new CommandError(4341108, `For BinData, $convert's 'subtype' argument must be a number, but is ${typeNameOf(subtype)}`);
  }
  const code = wholeNumber(subtype);
  if (code === undefined) throw new CommandError(4341106, "In $convert, numeric 'subtype' argument is not an integer");
  const isKnown = (code >= 0 && code <= lastKnownSubtype) || (code >= firstUserSubtype && code <= 255);
  if (!isKnown) throw new CommandError(4341107, `In $convert, numeric value for 'subtype' does not correspond to a BinData type: ${code}`);
  return code;
}

const numeric = (convert: (value: RawValue) => RawValue | undefined): Partial<Record<BsonTypeName, Conversion>> => ({
  int: numberTo(convert),
  long: numberTo(convert),
  double: numberTo(convert),
  decimal: numberTo(convert),
  bool: fromBoolean(convert),
});

const conversions: Readonly<Partial<Record<BsonTypeName, Partial<Record<BsonTypeName, Conversion>>>>> = {
  bool: { bool: identity, int: truth, long: truth, double: truth, decimal: truth },
  int: { ...numeric(toInt32), int: identity, string: stringToInt },
  long: { ...numeric(toInt64), long: identity, string: stringToLong, date: dateToLong },
  double: { ...numeric(toDouble), double: identity, string: stringToDouble, date: (value) => doubleValue(Number(value.int64())) },
  decimal: { ...numeric(toDecimal), decimal: identity, string: stringToDecimal, date: (value) => toDecimal(int64Value(value.int64())) },
  date: {
    date: identity,
    long: numberToDate,
    double: numberToDate,
    decimal: numberToDate,
    objectId: instantToDate,
    timestamp: instantToDate,
    string: (value) => instantValue(parseDate(value.string(), undefined)),
  },
  objectId: { objectId: identity, string: stringToObjectId },
  string: {
    string: identity,
    int: toText((value) => String(value.int32())),
    long: toText((value) => String(value.int64())),
    double: toText((value) => doubleText(value.double())),
    decimal: toText((value) => formatDecimal(decimalOf(value))),
    bool: toText((value) => String(value.boolean())),
    date: toText((value) => isoText(value.int64())),
    objectId: toText((value) => value.slice().toString('hex')),
    binData: (value, _target, format) => stringValue(binaryText(value, format, conversionFailed)),
  },
  binData: { binData: binaryToBinary, string: toBinary },
};
