// `$set` and `$setOnInsert`: put a value at a path. Source: the manual's pages of the same names.
import { isIdentical } from '../../../bson/compare.js';
import type { OperatorFactory } from '../field-operator.js';

export const compileSet: OperatorFactory = (operand) => ({
  change: (current) => (isIdentical(current, operand) ? current : operand),
  create: () => operand,
});

export const compileSetOnInsert: OperatorFactory = (operand, fieldPath, environment) => {
  const set = compileSet(operand, fieldPath, environment);
  return {
    change: (current, scope) => (scope.isInsert ? set.change(current, scope) : current),
    create: (scope) => (scope.isInsert ? operand : undefined),
  };
};
