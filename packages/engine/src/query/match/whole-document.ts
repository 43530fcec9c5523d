// Operators about the document as a whole: $expr, $comment, $sampleRate, $alwaysTrue, $alwaysFalse.
import { compileExpression } from '../../aggregation/expressions/compile-expression.js';
import { impliedEqualities } from '../../aggregation/expressions/implied-equalities.js';
import { isTruthy } from '../../bson/truth.js';
import type { RawValue } from '../../bson/raw-value.js';
import { isNumericType } from '../../bson/types.js';
import { exactDecimal } from '../../bson/compare-numbers.js';
import { doubleOfDecimal } from '../../bson/decimal.js';
import { CommandError } from '../../errors.js';
import type { FilterNode } from '../filter-node.js';
import { constantPredicate, type MatchCompiler, type Predicate, type TopLevelOperator } from './predicate.js';

const noVariables: ReadonlyMap<string, RawValue | undefined> = new Map();

function unindexed(operator: string, value: RawValue, matches: Predicate['matches']): Predicate {
  return { node: { kind: 'other', operator, path: undefined, value }, matches };
}

const expr: TopLevelOperator = (operand, compiler) => {
  if (!compiler.isTopLevel) throw new CommandError('BadValue', '$expr can only be applied to the top-level document');
  const expression = compileExpression(operand, compiler.environment);
  const predicate = unindexed('$expr', operand, (document) => isTruthy(expression.evaluate({ root: document, current: document, variables: noVariables })));
  return { ...predicate, node: withImplied(predicate.node, operand, compiler) };
};

/** The node together with the equalities that it implies: true of the same documents, and the planner can use them. */
function withImplied(node: FilterNode, expression: RawValue, { environment }: MatchCompiler): FilterNode {
  const implied = impliedEqualities(expression, environment).map(({ path, value }): FilterNode => ({ kind: 'comparison', path, operator: '$eq', value }));
  return implied.length === 0 ? node : { kind: 'and', children: [node, ...implied] };
}

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
