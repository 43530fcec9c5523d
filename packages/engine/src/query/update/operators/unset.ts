// `$unset`: takes a field away; an array element becomes null instead. Source: the manual's page "$unset".
import type { OperatorFactory } from '../field-operator.js';

export const compileUnset: OperatorFactory = () => ({
  change: () => undefined,
  create: () => undefined,
});
