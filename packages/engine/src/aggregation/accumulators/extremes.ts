// $min and $max. Source: the manual's pages "$min (aggregation)" and "$max (aggregation)".
import { compareValues } from '../../bson/compare.js';
import { nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { isNullish, type Value } from '../expressions/compile-context.js';
import { retained, retainedBytes, type ValueAccumulator } from './accumulator.js';

/** Keeps the least (`sign` 1) or the greatest (`sign` -1); null and missing do not count. */
function extreme(sign: 1 | -1): (environment: QueryEnvironment) => ValueAccumulator {
  return ({ collation }) => {
    let best: RawValue | undefined;
    return {
      add(value: Value) {
        if (isNullish(value)) return;
        if (best === undefined || compareValues(value, best, collation) * sign < 0) best = retained(value);
      },
      result: () => best ?? nullValue,
      get heldBytes() {
        return retainedBytes(best);
      },
    };
  };
}

export const createMinimum = extreme(1);
export const createMaximum = extreme(-1);
