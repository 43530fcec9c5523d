// Operators about the document as a whole: $expr, $comment, $sampleRate, $alwaysTrue, $alwaysFalse.
import { compileExpression } from '../../aggregation/expressions/compile-expression.js';
import { isTruthy } from '../../bson/truth.js';
import type { RawValue } from '../../bson/raw-value.js';
import { isNumericType } from '../../bson/types.js';
import { exactDecimal } from '../../bson/compare-numbers.js';
import { doubleOfDecimal } from '../../bson/decimal.js';
import { CommandError } from '../../errors.js';
import { constantPredicate, type Predicate, type TopLevelOperator } from './predicate.js';

const noVariables: ReadonlyMap<string, RawValue | undefined> = new Map();

function unindexed(operator: string, value: RawValue, matches: Predicate['matches']): Predicate {
  return { node: { kind: 'other', operator, path: undefined, value }, matches };
}

const expr: TopLevelOperator = (operand, compiler) => {
  if (!compiler.isTopLevel) throw new CommandError('BadValue', '$expr can only be applied to the top-level document');
  const expression = compileExpression(operand, compiler.environment);
  return unindexed('$expr', operand, (document) => isTruthy(expression.evaluate({ root: document, current: document, variables: noVariables })));
};

const sampleRate: TopLevelOperator = (operand, compiler) => {
  if (!isNumericType(operand.type)) throw new CommandError('BadValue', 'argument to $sampleRate must be a numeric type');
  const rate = doubleOfDecimal(exactDecimal(operand));
  if (!(rate >= 0 && rate <= 1)) throw new CommandError('BadValue', 'numeric argument to $sampleRate must be in [0, 1]');
  return unindexed('$sampleRate', operand, () => compiler.environment.random() < rate);
};

function always(name: string, matches: boolean): TopLevelOperator {
  return (operand) => {
    if (operand.number() !== 1) throw new CommandError('FailedToParse', `${name} must be an integer value of 1`);
    return constantPredicate(matches);
  };
}

export const wholeDocumentOperators: Readonly<Record<string, TopLevelOperator>> = {
  $expr: expr,
  $sampleRate: sampleRate,
  $comment: () => constantPredicate(true),
  $alwaysTrue: always('$alwaysTrue', true),
  $alwaysFalse: always('$alwaysFalse', false),
};
