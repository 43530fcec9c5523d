// What an expression being true says about single fields: lets `$expr` (as $lookup's pipelines use it) be served by an index.
// Source: the manual's page "$expr (query)", which says that $eq may use an index; MongoDB calls it $_internalExprEq.
import { BsonType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import type { Value } from './compile-context.js';
import { compileExpression } from './compile-expression.js';

export interface ImpliedEquality {
  readonly path: string;
  readonly value: RawValue;
}

/**
 * The equalities that hold, as a filter understands them, in every document for which the expression is true: `$eq` of a path
 * and a constant, alone or among the operands of `$and`. Arrays imply nothing, since a path through arrays makes one.
 */
export function impliedEqualities(expression: RawValue, environment: QueryEnvironment): readonly ImpliedEquality[] {
  if (expression.type !== BsonType.object) return [];
  const [operator] = [...elements(expression)];
  if (operator?.[1].type !== BsonType.array) return [];
  const operands = arrayValues(operator[1]);
  if (operator[0] === '$and') return operands.flatMap((operand) => impliedEqualities(operand, environment));
  const [left, right] = operands;
  if (operator[0] !== '$eq' || left === undefined || right === undefined) return [];
  return [...equality(left, right, environment), ...equality(right, left, environment)];
}

function equality(field: RawValue, constant: RawValue, environment: QueryEnvironment): readonly ImpliedEquality[] {
  const path = fieldPath(field);
  const value = path === undefined ? undefined : constantOf(constant, environment);
  if (path === undefined || value === undefined) return [];
  return value.type === BsonType.array || value.type === BsonType.undefined ? [] : [{ path, value }];
}

/** The path of "$a.b"; names that are numbers mean positions to a filter and fields to an expression. */
function fieldPath(value: RawValue): string | undefined {
  const text = value.type === BsonType.string ? value.string() : '';
  if (!text.startsWith('$') || text.startsWith('$$')) return undefined;
  const path = text.slice(1);
  return path.split('.').some((name) => /^\d+$/.test(name)) ? undefined : path;
}

function constantOf(value: RawValue, environment: QueryEnvironment): Value {
  return compileExpression(value, environment).constant;
}
