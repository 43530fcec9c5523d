// $stdDevPop and $stdDevSamp, by Welford's recurrence. Source: the manual's pages of the same names.
import { doubleValue, nullValue } from '../../bson/values.js';
import { asDouble } from '../../bson/conversion.js';
import { isNumericType } from '../../bson/types.js';
import type { ValueAccumulator } from './accumulator.js';

/** `correction`: what is taken off the count, 1 for a sample. */
function standardDeviation(correction: 0 | 1): () => ValueAccumulator {
  return () => {
    let count = 0;
    let mean = 0;
    let squares = 0;
    return {
      add(value) {
        if (value === undefined || !isNumericType(value.type)) return;
        const number = asDouble(value);
        count += 1;
        const delta = number - mean;
        mean += delta / count;
        squares += delta * (number - mean);
      },
      result: () => (count - correction <= 0 ? nullValue : doubleValue(Math.sqrt(squares / (count - correction)))),
      heldBytes: 0,
    };
  };
}

export const createPopulationDeviation = standardDeviation(0);
export const createSampleDeviation = standardDeviation(1);
