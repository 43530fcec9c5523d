// Parts of strings and where they are: $substr, $substrBytes, $substrCP, $indexOfBytes, $indexOfCP.
// Source: the manual's page "String Expression Operators"; codes as the server gives them.
import { asDouble } from '../../bson/conversion.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { int32Value, nullValue, stringValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { searchBound } from './array-access.js';
import { codePointCount, codePoints } from './code-points.js';
import { isNullish, type OperatorCompiler, type Value } from './compile-context.js';
import { ranged, typeNameOf } from './operands.js';
import { coerceToText } from './text-coercion.js';
import { wholeInt32 } from './whole-operand.js';

/** `$substrBytes`, which `$substr` is another name of: bounds that cut a character in two are refused. */
export const substrBytes = ranged(3, 3, ([text, from, length], _environment, name) => {
  const bytes = Buffer.from(coerceToText(text), 'utf8');
  const start = byteNumber(from, name, 'starting index', 16034);
  const count = byteNumber(length, name, 'length', 16035);
  if (start < 0) throw new CommandError(50752, `${name}:  starting index must be non-negative (got: ${start})`);
  if (isContinuation(bytes[start])) {
    throw new CommandError(28656, `${name}:  Invalid range, starting index is a UTF-8 continuation byte.`);
  }
  const end = count < 0 ? bytes.length : Math.min(start + count, bytes.length);
  if (isContinuation(bytes[end])) {
    throw new CommandError(28657, `${name}:  Invalid range, ending index is in the middle of a UTF-8 character.`);
  }
  return stringValue(bytes.toString('utf8', Math.min(start, bytes.length), end));
});

function byteNumber(value: Value, name: string, role: string, code: number): number {
  if (value === undefined || !isNumericType(value.type)) {
    throw new CommandError(code, `${name}:  ${role} must be a numeric type (is BSON type ${typeNameOf(value)})`);
  }
  return Math.trunc(asDouble(value));
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

export const substrCP = ranged(3, 3, ([text, from, length]) => {
  const characters = codePoints(coerceToText(text));
  const start = codePointNumber(from, 'starting index', 34450, 34451);
  const count = codePointNumber(length, 'length', 34452, 34453);
  if (count < 0) throw new CommandError(34454, '$substrCP: length must be a nonnegative integer');
  if (start < 0) throw new CommandError(34455, '$substrCP: the starting index must be a nonnegative integer');
  return stringValue(characters.slice(start, start + count).join(''));
});

function codePointNumber(value: Value, role: string, typeCode: number, rangeCode: number): number {
  if (value === undefined || !isNumericType(value.type)) {
    throw new CommandError(typeCode, `$substrCP: ${role} must be a numeric type (is BSON type ${typeNameOf(value)})`);
  }
  const number = wholeInt32(value);
  if (number === undefined) {
    throw new CommandError(rangeCode, `$substrCP: ${role} cannot be represented as a 32-bit integral value: ${describeComputed(value)}`);
  }
  return number;
}

type Searcher = (text: string, needle: string, start: number, end: number | undefined) => number;

function searching(firstCode: number, secondCode: number, search: Searcher): OperatorCompiler {
  return ranged(2, 4, ([text, needle, from, to], _environment, name) => {
    if (isNullish(text)) return nullValue;
    if (text.type !== BsonType.string) throw notString(firstCode, name, 'first', text);
    if (needle?.type !== BsonType.string) throw notString(secondCode, name, 'second', needle);
    const start = from === undefined ? 0 : searchBound(from, name, 'starting');
    const end = to === undefined ? undefined : searchBound(to, name, 'ending');
    return int32Value(search(text.string(), needle.string(), start, end));
  });
}

function notString(code: number, name: string, ordinal: string, value: RawValue | undefined): CommandError {
  return new CommandError(code, `${name} requires a string as the ${ordinal} argument, found: ${typeNameOf(value)}`);
}

export const indexOfBytes = searching(40091, 40092, (text, needle, start, end) => {
  const bytes = Buffer.from(text, 'utf8');
  const limit = Math.min(end ?? bytes.length, bytes.length);
  if (start > limit) return -1;
  return bytes.subarray(0, limit).indexOf(needle, start, 'utf8');
});

export const indexOfCP = searching(40093, 40094, (text, needle, start, end) => {
  const characters = codePoints(text);
  const limit = Math.min(end ?? characters.length, characters.length);
  if (start > limit) return -1;
  const searched = characters.slice(start, limit).join('');
  const found = searched.indexOf(needle);
  return found < 0 ? -1 : start + codePointCount(searched.slice(0, found));
});
