// `$min` and `$max`: replace a value by a lower or higher one, in the order of all BSON values.
// Source: the manual's pages "$min" and "$max".
import { compareValues } from '../../../bson/compare.js';
import type { OperatorFactory } from '../field-operator.js';

function comparing(sign: 1 | -1): OperatorFactory {
  return (operand, _fieldPath, environment) => ({
    change: (current) => (compareValues(operand, current, environment.collation) * sign > 0 ? operand : current),
    create: () => operand,
  });
}

export const compileMin = comparing(-1);
export const compileMax = comparing(1);
