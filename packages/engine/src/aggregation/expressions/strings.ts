// Strings joined, cased, measured and compared: $concat, $toLower, $toUpper, $strLenBytes, $strLenCP, $strcasecmp, $split.
// Source: the manual's page "String Expression Operators"; codes as the server gives them.
import { BsonType } from '../../bson/types.js';
import { arrayValue, int32Value, nullValue, stringValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { checkValueBytes } from '../../bson/value-size.js';
import { CommandError } from '../../errors.js';
import { isNullish, type Value } from './compile-context.js';
import { binary, typeNameOf, unary, variadic } from './operands.js';
import { coerceToText } from './text-coercion.js';

export const concat = variadic((operands) => {
  let text = '';
  for (const operand of operands) {
    if (isNullish(operand)) return nullValue;
    if (operand.type !== BsonType.string) throw new CommandError(16702, `$concat only supports strings, not ${typeNameOf(operand)}`);
    text += operand.string();
    checkValueBytes(text.length);
  }
  return stringValue(text);
});

/** Only ASCII letters change, as in MongoDB. */
export const toLower = unary((value) => stringValue(coerceToText(value).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())));
export const toUpper = unary((value) => stringValue(upper(coerceToText(value))));

function upper(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

export const strLenBytes = unary((value) => {
  if (value?.type !== BsonType.string) throw new CommandError(34473, `$strLenBytes requires a string argument, found: ${typeNameOf(value)}`);
  return int32Value(value.end - value.start - 5);
});

export const strLenCP = unary((value) => {
  if (value?.type !== BsonType.string) throw new CommandError(34471, `$strLenCP requires a string argument, found: ${typeNameOf(value)}`);
  return int32Value(codePointCount(value));
});

/** Code points are the bytes that do not continue one. */
function codePointCount(value: RawValue): number {
  let count = 0;
  for (let index = value.start + 4; index < value.end - 1; index += 1) {
    if ((value.bytes[index]! & 0xc0) !== 0x80) count += 1;
  }
  return count;
}

export const strcasecmp = binary((left, right) => {
  const order = Buffer.compare(Buffer.from(upper(coerceToText(left))), Buffer.from(upper(coerceToText(right))));
  return int32Value(order);
});

export const split = binary((text, separator) => {
  if (isNullish(text) || isNullish(separator)) return nullValue;
  const parts = textOf(text, 40085, 'first').split(separatorOf(separator));
  return arrayValue(parts.map(stringValue));
});

function separatorOf(separator: RawValue): string {
  const text = textOf(separator, 40086, 'second');
  if (text === '') throw new CommandError(40087, '$split requires a non-empty separator');
  return text;
}

function textOf(value: NonNullable<Value>, code: number, ordinal: string): string {
  if (value.type !== BsonType.string) {
    throw new CommandError(code, `$split requires an expression that evaluates to a string as a ${ordinal} argument, found: ${typeNameOf(value)}`);
  }
  return value.string();
}
