// Builds expressions out of their operands: merges what they depend on and folds what is constant.
import { emptyDocument } from '../../bson/writer.js';
import { documentValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { Expression, Scope } from '../expression.js';
import { documentScope, type Value } from './compile-context.js';

const emptyScope = documentScope(documentValue(emptyDocument));

/** An expression that is always this value. */
export function constantExpression(value: NonNullable<Value>): Expression {
  return { evaluate: () => value, constant: value, dependencies: [] };
}

/** An expression that is always missing. */
export const missingExpression: Expression = { evaluate: () => undefined, dependencies: [] };

/** What an expression over these operands reads: undefined as soon as one may read anything. */
export function mergeDependencies(operands: Iterable<Expression>): readonly string[] | undefined {
  const paths = new Set<string>();
  for (const operand of operands) {
    if (operand.dependencies === undefined) return undefined;
    for (const path of operand.dependencies) paths.add(path);
  }
  return [...paths];
}

/**
 * An expression whose value depends on its operands alone. Where all are constant it is evaluated now; a constant that
 * cannot be evaluated stays as it is and fails where MongoDB's branches would have reached it.
 */
export function derivedExpression(operands: readonly Expression[], evaluate: (scope: Scope) => Value): Expression {
  if (operands.every((operand) => operand.constant !== undefined)) {
    const folded = evaluateNow(evaluate);
    if (folded !== undefined) return constantExpression(folded);
  }
  return { evaluate, dependencies: mergeDependencies(operands) };
}

function evaluateNow(evaluate: (scope: Scope) => Value): Value {
  try {
    return evaluate(emptyScope);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
