// `$unset`: takes a field away; an array element becomes null instead. Source: the manual's page "$unset".
import type { OperatorFactory } from '../field-operator.js';

export const compileUnset: OperatorFactory = () => ({
  operandDepth: 0,
  change: () => undefined,
  create: () => undefined,
});
