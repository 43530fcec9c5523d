// Strings trimmed and replaced: $trim, $ltrim, $rtrim, $replaceOne, $replaceAll. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { nullValue, stringValue } from '../../bson/values.js';
import { checkValueBytes, maxValueBytes } from '../../bson/value-size.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { codePoints } from './code-points.js';
import { isNullish, type OperatorCompiler, type Value } from './compile-context.js';
import { named, typeNameOf, type NamedArgumentRules } from './operands.js';

/** What counts as white space where no `chars` are given (the manual's table; NUL among it). */
const whitespace: ReadonlySet<string> = new Set('\0\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a');

const trimRules: NamedArgumentRules<'input', 'chars'> = {
  required: ['input'],
  optional: ['chars'],
  notObject: (name, type) => new CommandError(50696, `${name} only supports an object as an argument, found ${type}`),
  unknown: (name, field) => new CommandError(50694, `${name} found an unknown argument: ${field}`),
  missing: (name) => new CommandError(50695, `${name} requires an 'input' field`),
};

function trimming(trimsStart: boolean, trimsEnd: boolean): OperatorCompiler {
  return named(trimRules, ({ input, chars }, given, _environment, name) => {
    if (isNullish(input) || (given.has('chars') && isNullish(chars))) return nullValue;
    if (input.type !== BsonType.string) {
      throw new CommandError(50699, `${name} requires its input to be a string, got ${describeComputed(input)} (of type ${typeNameOf(input)}) instead.`);
    }
    if (chars !== undefined && chars.type !== BsonType.string) {
      throw new CommandError(50700, `${name} requires 'chars' to be a string, got ${describeComputed(chars)} (of type ${typeNameOf(chars)}) instead.`);
    }
    const trimmed = chars === undefined ? whitespace : new Set(chars.string());
    const characters = codePoints(input.string());
    let start = 0;
    let end = characters.length;
    while (trimsStart && start < end && trimmed.has(characters[start]!)) start += 1;
    while (trimsEnd && end > start && trimmed.has(characters[end - 1]!)) end -= 1;
    return stringValue(characters.slice(start, end).join(''));
  });
}

export const trim = trimming(true, true);
export const ltrim = trimming(true, false);
export const rtrim = trimming(false, true);

const replaceCodes = { input: [51749, 51746], find: [51748, 51745], replacement: [51747, 51744] } as const;
type ReplaceField = keyof typeof replaceCodes;

const replaceRules: NamedArgumentRules<ReplaceField, never> = {
  required: ['input', 'find', 'replacement'],
  optional: [],
  notObject: (name, type) => new CommandError(51751, `${name} requires an object as an argument, found: ${type}`),
  unknown: (name, field) => new CommandError(51750, `${name} found an unknown argument: ${field}`),
  missing: (name, field) => new CommandError(replaceCodes[field as ReplaceField][0], `${name} requires '${field}' to be specified`),
};

function replacing(replace: (text: string, find: string, replacement: string) => string): OperatorCompiler {
  return named(replaceRules, (values, _given, _environment, name) => {
    const { input, find, replacement } = values;
    for (const field of ['input', 'find', 'replacement'] as const) requireText(values[field], field, name);
    if (isNullish(input) || isNullish(find) || isNullish(replacement)) return nullValue;
    return stringValue(replace(input.string(), find.string(), replacement.string()));
  });
}

function requireText(value: Value, field: ReplaceField, name: string): void {
  if (isNullish(value) || value.type === BsonType.string) return;
  throw new CommandError(replaceCodes[field][1], `${name} requires that '${field}' be a string, found: ${describeComputed(value)}`);
}

export const replaceOne = replacing((text, find, replacement) => {
  const found = text.indexOf(find);
  return found < 0 ? text : text.slice(0, found) + replacement + text.slice(found + find.length);
});

export const replaceAll = replacing((text, find, replacement) => {
  if (find === '') return aroundEach(text, replacement);
  checkReplacedLength(text, find, replacement);
  // In a replacement text `$$` stands for one `$`.
  return text.replaceAll(find, replacement.replaceAll('$', '$$$$'));
});

/** Counts what is found only where all of it together might be too much, and no further than that. */
function checkReplacedLength(text: string, find: string, replacement: string): void {
  let length = text.length;
  if (length + (length / find.length) * replacement.length <= maxValueBytes) return;
  for (let at = text.indexOf(find); at >= 0; at = text.indexOf(find, at + find.length)) {
    length += replacement.length - find.length;
    checkValueBytes(length);
  }
}

/** The empty string is found before every byte's character and at the end. */
function aroundEach(text: string, replacement: string): string {
  checkValueBytes((text.length + 1) * replacement.length);
  return replacement + codePoints(text).map((character) => character + replacement).join('');
}
