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
      if (!isNullish(text) && text.type !== BsonType.string) {
        throw new CommandError(51104, `${name} needs 'input' to be of type string`);
      }
      const regex = patternOf(pattern.evaluate(scope), options?.evaluate(scope), name);
      return regex === undefined || isNullish(text) ? nothing : answer(text.string(), compile(regex.pattern, regex.options));
    });
  };
}

interface Pattern {
  readonly pattern: string;
  readonly options: string;
}

function patternOf(value: Value, options: Value, name: string): Pattern | undefined {
  if (!isNullish(options) && options.type !== BsonType.string) {
    throw new CommandError(51106, `${name} needs 'options' to be of type string`);
  }
  if (isNullish(value)) return undefined;
  const given = isNullish(options) ? undefined : options.string();
  if (value.type === BsonType.string) return { pattern: value.string(), options: given ?? '' };
  if (value.type !== BsonType.regex) throw new CommandError(51105, `${name} needs 'regex' to be of type string or regex`);
  const own = value.regex();
  if (own.options !== '' && given !== undefined) {
    throw new CommandError(51107, `${name}: found regex options specified in both 'regex' and 'options' fields`);
  }
  return { pattern: own.pattern, options: given ?? own.options };
}

/** Nearly always the pattern is the same from document to document. */
function rememberingLast(): (pattern: string, options: string) => BoundedExpression {
  let last: (Pattern & { readonly regex: BoundedExpression }) | undefined;
  return (pattern, options) => {
    if (last?.pattern !== pattern || last.options !== options) {
      last = { pattern, options, regex: translateRegex(pattern, options) };
    }
    return last.regex;
  };
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

export const regexFindAll = searching((text, regex) => arrayValue(regex.all(text).map(matchDocument)), arrayValue([]));
