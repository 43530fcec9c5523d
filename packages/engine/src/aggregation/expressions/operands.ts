// The three ways in which operators take their arguments: a list of fixed size, a list of any size, named fields.
import { BsonType, bsonTypeName } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import type { Expression } from '../expression.js';
import type { CompileContext, OperatorCompiler, Value } from './compile-context.js';
import { derivedExpression } from './derive.js';

/** The operands of `{$op: [a, b]}`; `{$op: a}` is short for `{$op: [a]}`. */
export function compileOperandList(argument: RawValue, context: CompileContext): Expression[] {
  if (argument.type !== BsonType.array) return [context.compile(argument)];
  return arrayValues(argument).map((value) => context.compile(value));
}

/** As `compileOperandList`, with MongoDB's check of how many there are (16020, 28667). */
export function compileOperands(name: string, argument: RawValue, context: CompileContext, minimum: number, maximum: number): Expression[] {
  const operands = compileOperandList(argument, context);
  const count = operands.length;
  if (minimum === maximum && count !== minimum) {
    throw new CommandError(16020, `Expression ${name} takes exactly ${minimum} arguments. ${count} were passed in.`);
  }
  if (count < minimum || count > maximum) {
    throw new CommandError(28667, `Expression ${name} takes at least ${minimum} arguments, and at most ${maximum}, but ${count} were passed in.`);
  }
  return operands;
}

/** An operator of one operand. */
export function unary(evaluate: (value: Value, environment: QueryEnvironment, name: string) => Value): OperatorCompiler {
  return (argument, context, name) => {
    const [operand] = compileOperands(name, argument, context, 1, 1) as [Expression];
    return derivedExpression([operand], (scope) => evaluate(operand.evaluate(scope), context.environment, name));
  };
}

/** An operator of two operands. */
export function binary(evaluate: (left: Value, right: Value, environment: QueryEnvironment, name: string) => Value): OperatorCompiler {
  return (argument, context, name) => {
    const [left, right] = compileOperands(name, argument, context, 2, 2) as [Expression, Expression];
    return derivedExpression([left, right], (scope) => evaluate(left.evaluate(scope), right.evaluate(scope), context.environment, name));
  };
}

/** An operator of between `minimum` and `maximum` operands, all evaluated before it. */
export function ranged(minimum: number, maximum: number, evaluate: (values: readonly Value[], environment: QueryEnvironment, name: string) => Value): OperatorCompiler {
  return (argument, context, name) => {
    const operands = compileOperands(name, argument, context, minimum, maximum);
    return derivedExpression(operands, (scope) => evaluate(operands.map((operand) => operand.evaluate(scope)), context.environment, name));
  };
}

/** An operator of any number of operands, all evaluated before it. */
export function variadic(evaluate: (values: readonly Value[], environment: QueryEnvironment, name: string) => Value): OperatorCompiler {
  return (argument, context, name) => {
    const operands = compileOperandList(argument, context);
    return derivedExpression(operands, (scope) => evaluate(operands.map((operand) => operand.evaluate(scope)), context.environment, name));
  };
}

/** How an operator with named arguments answers to wrong ones: MongoDB's codes and words differ from operator to operator. */
export interface NamedArgumentRules<Required extends string, Optional extends string> {
  readonly required: readonly Required[];
  readonly optional: readonly Optional[];
  readonly notObject: (name: string, typeName: string) => CommandError;
  readonly unknown: (name: string, argument: string) => CommandError;
  readonly missing: (name: string, argument: string) => CommandError;
}

export type NamedValues<Required extends string, Optional extends string> = { readonly [K in Required | Optional]: RawValue | undefined };

/** The raw arguments by name, checked. */
export function namedArguments<Required extends string, Optional extends string>(
  name: string,
  argument: RawValue,
  rules: NamedArgumentRules<Required, Optional>,
): ReadonlyMap<Required | Optional, RawValue> {
  if (argument.type !== BsonType.object) throw rules.notObject(name, typeNameOf(argument));
  const known: readonly string[] = [...rules.required, ...rules.optional];
  const found = new Map<Required | Optional, RawValue>();
  for (const [field, value] of elements(argument)) {
    if (!known.includes(field)) throw rules.unknown(name, field);
    found.set(field as Required | Optional, value);
  }
  for (const field of rules.required) {
    if (!found.has(field)) throw rules.missing(name, field);
  }
  return found;
}

/** An operator with named arguments, all evaluated before it. An absent optional argument is absent from `given`. */
export function named<Required extends string, Optional extends string>(
  rules: NamedArgumentRules<Required, Optional>,
  evaluate: (values: NamedValues<Required, Optional>, given: ReadonlySet<Required | Optional>, environment: QueryEnvironment, name: string) => Value,
): OperatorCompiler {
  return (argument, context, name) => {
    const raw = namedArguments(name, argument, rules);
    const operands = [...raw].map(([field, value]) => [field, context.compile(value)] as const);
    const given = new Set(raw.keys());
    return derivedExpression(operands.map(([, operand]) => operand), (scope) => {
      const values: Partial<Record<Required | Optional, Value>> = {};
      for (const [field, operand] of operands) values[field] = operand.evaluate(scope);
      return evaluate(values as NamedValues<Required, Optional>, given, context.environment, name);
    });
  };
}

/** The manual's name of a value's type; `missing` where there is none. */
export function typeNameOf(value: Value): string {
  return value === undefined ? 'missing' : (bsonTypeName(value.type) ?? 'unknown');
}
