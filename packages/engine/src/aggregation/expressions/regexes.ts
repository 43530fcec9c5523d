// $regexMatch, $regexFind, $regexFindAll. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { arrayValue, booleanValue, int32Value, nullValue, objectValue, stringValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { translateRegex } from '../../query/match/regex-translation.js';
import { CommandError } from '../../errors.js';
import type { BoundedExpression } from '../../regular-expressions/bounded-expression.js';
import { codePointCount } from './code-points.js';
import { isNullish, type OperatorCompiler, type Value } from './compile-context.js';
import { derivedExpression } from './derive.js';
import { namedArguments, type NamedArgumentRules } from './operands.js';

const rules: NamedArgumentRules<'input' | 'regex', 'options'> = {
  required: ['input', 'regex'],
  optional: ['options'],
  notObject: (name, type) => new CommandError(51103, `${name} expects an object of named arguments but found: ${type}`),
  unknown: (name, field) => new CommandError(31024, `${name} found unknown argument: ${field}`),
  missing: (name, field) => new CommandError(field === 'input' ? 31022 : 31023, `${name} requires '${field}' parameter`),
};

function searching(answer: (text: string, regex: BoundedExpression) => RawValue, nothing: RawValue): OperatorCompiler {
  return (argument, context, name) => {
    const given = namedArguments(name, argument, rules);
    const input = context.compile(given.get('input')!);
    const pattern = context.compile(given.get('regex')!);
    const rawOptions = given.get('options');
    const options = rawOptions === undefined ? undefined : context.compile(rawOptions);
    const compile = rememberingLast();
    return derivedExpression(options === undefined ? [input, pattern] : [input, pattern, options], (scope) => {
      const text = input.evaluate(scope);
      const given = patternOf(pattern.evaluate(scope), options?.evaluate(scope), name);
      const regex = given === undefined ? undefined : compile(given, name);
      if (!isNullish(text) && text.type !== BsonType.string) {
        throw new CommandError(51104, `${name} needs 'input' to be of type string`);
      }
      return regex === undefined || isNullish(text) ? nothing : answer(text.string(), regex);
    });
  };
}

interface Pattern {
  readonly pattern: string;
  readonly options: string;
}

function patternOf(value: Value, options: Value, name: string): Pattern | undefined {
  if (!isNullish(value) && value.type !== BsonType.string && value.type !== BsonType.regex) {
    throw new CommandError(51105, `${name} needs 'regex' to be of type string or regex`);
  }
  if (!isNullish(options) && options.type !== BsonType.string) {
    throw new CommandError(51106, `${name} needs 'options' to be of type string`);
  }
  const given = isNullish(options) ? undefined : options.string();
  const own = value?.type === BsonType.regex ? value.regex() : undefined;
  if (own !== undefined && own.options !== '' && given !== undefined) {
    throw new CommandError(51107, `${name}: found regex option(s) specified in both 'regex' and 'option' fields`);
  }
  const pattern = own === undefined ? (isNullish(value) ? undefined : value.string()) : own.pattern;
  const letters = given ?? own?.options ?? '';
  if (pattern?.includes('\0') === true) throw new CommandError(51109, `${name}: regular expression cannot contain an embedded null byte`);
  if (letters.includes('\0')) throw new CommandError(51110, `${name}: regular expression options cannot contain an embedded null byte`);
  return pattern === undefined ? undefined : { pattern, options: letters };
}

/** Nearly always the pattern is the same from document to document. */
function rememberingLast(): (given: Pattern, name: string) => BoundedExpression {
  let last: (Pattern & { readonly regex: BoundedExpression }) | undefined;
  return ({ pattern, options }, name) => {
    if (last?.pattern !== pattern || last.options !== options) {
      last = { pattern, options, regex: compiled(pattern, options, name) };
    }
    return last.regex;
  };
}

const invalidInFilter = 51091;

/** What a filter refuses with one code, expressions refuse with another. */
function compiled(pattern: string, options: string, name: string): BoundedExpression {
  try {
    return translateRegex(pattern, options);
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== invalidInFilter) throw error;
    throw new CommandError(51111, error.message.replace('Regular expression is invalid', `Invalid Regex in ${name}`));
  }
}

/** `{match, idx, captures}`; `idx` counts code points, a group that took no part is null. */
function matchDocument(match: RegExpExecArray): RawValue {
  const captures = match.slice(1).map((capture: string | undefined) => (capture === undefined ? nullValue : stringValue(capture)));
  return objectValue([
    ['match', stringValue(match[0])],
    ['idx', int32Value(codePointCount(match.input.slice(0, match.index)))],
    ['captures', arrayValue(captures)],
  ]);
}

export const regexMatch = searching((text, regex) => booleanValue(regex.test(text)), booleanValue(false));

export const regexFind = searching((text, regex) => {
  const match = regex.exec(text);
  return match === null ? nullValue : matchDocument(match);
}, nullValue);

export const regexFindAll = searching((text, regex) => {
  const matches = regex.all(text);
  return arrayValue((endsOnNothing(matches, text) ? matches.slice(0, -1) : matches).map(matchDocument));
}, arrayValue([]));

/** Whether the last match is the empty one behind the text that the server does not look for, having reached the end with the match before it. */
function endsOnNothing(matches: readonly RegExpExecArray[], text: string): boolean {
  const last = matches.at(-1);
  const previous = matches.at(-2);
  if (last === undefined || previous === undefined || last[0] !== '' || last.index < text.length) return false;
  const step = previous[0] === '' ? String.fromCodePoint(text.codePointAt(previous.index) ?? 0).length : previous[0].length;
  return previous.index + step >= text.length;
}
