// $map, $filter, $reduce: an expression per element. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { isTruthy } from '../../bson/truth.js';
import { ElementReader } from '../../bson/reader.js';
import { arrayValue, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import type { Expression, Scope } from '../expression.js';
import { isNullish, pacing, type CompileContext, type OperatorCompiler, type Value } from './compile-context.js';
import { derivedExpression } from './derive.js';
import { checkWritableVariable } from './field-path.js';
import { namedArguments, typeNameOf, type NamedArgumentRules } from './operands.js';
import { wholeInt32 } from './whole-operand.js';

type RuleCodes = readonly [notObject: number, unknown: number, missing: Readonly<Record<string, number>>];

function rules<R extends string, O extends string>(required: readonly R[], optional: readonly O[], [notObject, unknown, missing]: RuleCodes): NamedArgumentRules<R, O> {
  return {
    required,
    optional,
    notObject: (name) => new CommandError(notObject, `${name} only supports an object as its argument`),
    unknown: (name, field) => new CommandError(unknown, `Unrecognized parameter to ${name}: ${field}`),
    missing: (name, field) => new CommandError(missing[field]!, `Missing '${field}' parameter to ${name}`),
  };
}

const mapRules = rules(['input', 'in'], ['as'], [16878, 16879, { input: 16880, in: 16882 }]);
const filterRules = rules(['input', 'cond'], ['as', 'limit'], [28646, 28647, { input: 28648, cond: 28650 }]);

/** The name that the element is bound to; `this` where none is given. */
function elementVariable(as: RawValue | undefined): string {
  if (as === undefined) return 'this';
  const name = as.type === BsonType.string ? as.string() : '';
  checkWritableVariable(name);
  return name;
}

/** The scope with one more variable, which `set` changes from element to element. */
function elementScope(scope: Scope, name: string): { readonly scope: Scope; readonly set: (value: RawValue) => void } {
  const variables = new Map(scope.variables);
  return { scope: { root: scope.root, current: scope.current, variables }, set: (value) => variables.set(name, value) };
}

export const map: OperatorCompiler = (argument, context, name) => {
  const given = namedArguments(name, argument, mapRules);
  const as = elementVariable(given.get('as'));
  const input = context.compile(given.get('input')!);
  const body = context.binding([as]).compile(given.get('in')!);
  const pace = pacing(context);
  return iterating(name, 16883, input, [body], as, (array, inner, set) => {
    const results: RawValue[] = [];
    const reader = ElementReader.of(array);
    while (reader.next()) {
      pace();
      set(reader.value());
      results.push(body.evaluate(inner) ?? nullValue);
    }
    return arrayValue(results);
  });
};

export const filter: OperatorCompiler = (argument, context, name) => {
  const given = namedArguments(name, argument, filterRules);
  const as = elementVariable(given.get('as'));
  const input = context.compile(given.get('input')!);
  const test = context.binding([as]).compile(given.get('cond')!);
  const pace = pacing(context);
  const rawLimit = given.get('limit');
  const limit = rawLimit === undefined ? undefined : context.compile(rawLimit);
  return iterating(name, 28651, input, limit === undefined ? [test] : [test, limit], as, (array, inner, set) => {
    const most = filterLimit(limit, inner);
    const kept: RawValue[] = [];
    const reader = ElementReader.of(array);
    while (kept.length < most && reader.next()) {
      pace();
      const item = reader.value();
      set(item);
      if (isTruthy(test.evaluate(inner))) kept.push(item);
    }
    return arrayValue(kept);
  });
};

function filterLimit(limit: Expression | undefined, scope: Scope): number {
  const value = limit?.evaluate(scope);
  if (isNullish(value)) return Number.POSITIVE_INFINITY;
  const number = wholeInt32(value);
  if (number === undefined) throw new CommandError(327391, `$filter: limit must be represented as a 32-bit integral value: ${describeComputed(value)}`);
  if (number <= 0) throw new CommandError(327392, `$filter: limit must be greater than 0: ${number}`);
  return number;
}

function iterating(
  name: string,
  notArrayCode: number,
  input: Expression,
  others: readonly Expression[],
  as: string,
  run: (array: RawValue, inner: Scope, set: (value: RawValue) => void) => Value,
): Expression {
  return derivedExpression([input, ...others], (scope) => {
    const array = input.evaluate(scope);
    if (isNullish(array)) return nullValue;
    if (array.type !== BsonType.array) throw new CommandError(notArrayCode, `input to ${name} must be an array not ${typeNameOf(array)}`);
    const { scope: inner, set } = elementScope(scope, as);
    return run(array, inner, set);
  });
}

const reduceRules: NamedArgumentRules<'input' | 'initialValue' | 'in', never> = {
  required: ['input', 'initialValue', 'in'],
  optional: [],
  notObject: (name, type) => new CommandError(40075, `${name} requires an object as an argument, found: ${type}`),
  unknown: (name, field) => new CommandError(40076, `${name} found an unknown argument: ${field}`),
  missing: (name, field) => new CommandError(field === 'input' ? 40077 : field === 'initialValue' ? 40078 : 40079, `${name} requires '${field}' to be specified`),
};

export const reduce: OperatorCompiler = (argument, context, name) => {
  const given = namedArguments(name, argument, reduceRules);
  const input = context.compile(given.get('input')!);
  const initial = context.compile(given.get('initialValue')!);
  const body = reducing(context).compile(given.get('in')!);
  const pace = pacing(context);
  return derivedExpression([input, initial, body], (scope) => {
    const array = input.evaluate(scope);
    if (isNullish(array)) return nullValue;
    if (array.type !== BsonType.array) throw new CommandError(40080, `$reduce requires that 'input' be an array, found: ${describeComputed(array)}`);
    const variables = new Map(scope.variables);
    const inner = { root: scope.root, current: scope.current, variables };
    let value = initial.evaluate(scope);
    const reader = ElementReader.of(array);
    while (reader.next()) {
      pace();
      variables.set('this', reader.value());
      variables.set('value', value);
      value = body.evaluate(inner);
    }
    return value;
  });
};

function reducing(context: CompileContext): CompileContext {
  return context.binding(['this', 'value']);
}
