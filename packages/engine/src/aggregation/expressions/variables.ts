// $let, $literal, $rand. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { doubleValue } from '../../bson/values.js';
import { elements, isEmptyDocument } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { Expression, Scope } from '../expression.js';
import type { CompileContext, OperatorCompiler, Value } from './compile-context.js';
import { constantExpression, derivedExpression } from './derive.js';
import { checkWritableVariable } from './field-path.js';

export const literal: OperatorCompiler = (argument) => constantExpression(argument);

/** The expressions of `{name: expression, ...}`, with names checked (`$let.vars`, `$lookup.let`). */
export function compileVariables(variables: RawValue, context: CompileContext): readonly (readonly [name: string, expression: Expression])[] {
  return [...elements(variables)].map(([name, value]) => {
    checkWritableVariable(name);
    return [name, context.compile(value)] as const;
  });
}

export const letOperator: OperatorCompiler = (argument, context) => {
  if (argument.type !== BsonType.object) throw new CommandError(16874, '$let only supports an object as its argument');
  let vars: RawValue | undefined;
  let body: RawValue | undefined;
  for (const [field, value] of elements(argument)) {
    if (field === 'vars') vars = value;
    else if (field === 'in') body = value;
    else throw new CommandError(16875, `Unrecognized parameter to $let: ${field}`);
  }
  if (vars === undefined) throw new CommandError(16876, "Missing 'vars' parameter to $let");
  if (body === undefined) throw new CommandError(16877, "Missing 'in' parameter to $let");
  if (vars.type !== BsonType.object) {
    throw new CommandError(10065, `invalid parameter: expected an object (vars)`);
  }
  const bound = compileVariables(vars, context);
  const result = context.binding(bound.map(([name]) => name)).compile(body);
  const evaluate = (scope: Scope): Value => result.evaluate(boundScope(bound, scope));
  const rebindsCurrent = bound.some(([name]) => name === 'CURRENT');
  if (rebindsCurrent) return { evaluate, dependencies: undefined };
  return derivedExpression([...bound.map(([, expression]) => expression), result], evaluate);
};

function boundScope(bound: readonly (readonly [string, Expression])[], scope: Scope): Scope {
  const variables = new Map(scope.variables);
  let { current } = scope;
  for (const [name, expression] of bound) {
    const value = expression.evaluate(scope);
    if (name === 'CURRENT') current = value ?? emptyCurrent;
    else variables.set(name, value);
  }
  return { root: scope.root, current, variables };
}

const emptyCurrent = doubleValue(0);

export const rand: OperatorCompiler = (argument, context, name) => {
  const isEmpty = (argument.type === BsonType.object || argument.type === BsonType.array) && isEmptyDocument(argument);
  if (argument.type !== BsonType.object && argument.type !== BsonType.array) {
    throw new CommandError(10065, `invalid parameter: expected an object (${name})`);
  }
  if (!isEmpty) throw new CommandError(3040501, `${name} does not currently accept arguments`);
  const { environment } = context;
  return { evaluate: () => doubleValue(environment.random()), dependencies: [] };
};
