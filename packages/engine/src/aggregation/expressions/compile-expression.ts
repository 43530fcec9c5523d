// Compiles an aggregation expression: literals, paths, arrays, objects and operators.
// Source: the manual's page "Aggregation Operators"; operators are looked up in operator-table.ts.
import { BsonType } from '../../bson/types.js';
import { arrayValue, nullValue, objectValue } from '../../bson/values.js';
import { arrayValues, elements } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression } from '../expression.js';
import type { CompileContext } from './compile-context.js';
import { constantExpression, derivedExpression } from './derive.js';
import { checkPathComponent, compilePath } from './field-path.js';
import { operatorTable } from './operator-table.js';
import { unsupportedOperators } from './unsupported-operators.js';

/** The expression that `value` describes. `$let`-like names may be bound from outside (`$lookup.let`, `$redact`). */
export function compileExpression(value: RawValue, environment: QueryEnvironment, boundVariables: Iterable<string> = []): Expression {
  return expressionContext(environment, new Set(boundVariables)).compile(value);
}

/** What stages and accumulators compile their expressions in. */
export function expressionContext(environment: QueryEnvironment, boundVariables: ReadonlySet<string> = new Set()): CompileContext {
  const context: CompileContext = {
    environment,
    boundVariables,
    compile: (value) => compileIn(value, context),
    binding: (names) => expressionContext(environment, new Set([...boundVariables, ...names])),
  };
  return context;
}

function compileIn(value: RawValue, context: CompileContext): Expression {
  switch (value.type) {
    case BsonType.string: {
      const text = value.string();
      return text.startsWith('$') ? compilePath(text, context) : constantExpression(value);
    }
    case BsonType.object:
      return compileObject(value, context);
    case BsonType.array:
      return compileArray(value, context);
    default:
      return constantExpression(value);
  }
}

function compileArray(value: RawValue, context: CompileContext): Expression {
  const items = arrayValues(value).map((item) => context.compile(item));
  return derivedExpression(items, (scope) => arrayValue(items.map((item) => item.evaluate(scope) ?? nullValue)));
}

function compileObject(value: RawValue, context: CompileContext): Expression {
  const fields = [...elements(value)];
  const first = fields[0];
  if (first?.[0].startsWith('$') === true) {
    if (fields.length > 1) {
      throw new CommandError(15983, `An object representing an expression must have exactly one field: ${describeValue(value)}`);
    }
    return compileOperator(first[0], first[1], context);
  }
  const seen = new Set<string>();
  const compiled = fields.map(([name, field]) => {
    checkObjectField(name, seen);
    return [name, context.compile(field)] as const;
  });
  return derivedExpression(
    compiled.map(([, expression]) => expression),
    (scope) => {
      const found: [string, RawValue][] = [];
      for (const [name, expression] of compiled) {
        const result = expression.evaluate(scope);
        if (result !== undefined) found.push([name, result]);
      }
      return objectValue(found);
    },
  );
}

function checkObjectField(name: string, seen: Set<string>): void {
  checkPathComponent(name);
  if (name.includes('.')) {
    throw new CommandError(16412, "FieldPath field names may not contain '.'. Consider using $getField or $setField.");
  }
  if (seen.has(name)) throw new CommandError(16406, `duplicate field name specified in object literal: ${name}`);
  seen.add(name);
}

function compileOperator(name: string, argument: RawValue, context: CompileContext): Expression {
  const compiler = operatorTable.get(name);
  if (compiler !== undefined) return compiler(argument, context, name);
  const refusal = unsupportedOperators.get(name);
  if (refusal !== undefined) throw new CommandError(refusal.code, refusal.message);
  throw new CommandError('InvalidPipelineOperator', `Unrecognized expression '${name}'`);
}
