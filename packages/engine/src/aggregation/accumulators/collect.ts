// $push and $addToSet. Source: the manual's pages "$push (aggregation)" and "$addToSet (aggregation)".
import { canonicalKey } from '../../bson/canonical-key.js';
import { arrayValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { retained, retainedBytes, type ValueAccumulator } from './accumulator.js';

/** Every value in its order; missing ones are left out. */
export function createPush(): ValueAccumulator {
  const values: RawValue[] = [];
  let heldBytes = 0;
  return {
    add(value) {
      if (value === undefined) return;
      const item = retained(value);
      values.push(item);
      heldBytes += retainedBytes(item);
    },
    result: () => arrayValue(values),
    get heldBytes() {
      return heldBytes;
    },
  };
}

/** Each value once, as first met; missing ones are left out. */
export function createAddToSet({ collation }: QueryEnvironment): ValueAccumulator {
  const values = new Map<string, RawValue>();
  let heldBytes = 0;
  return {
    add(value) {
      if (value === undefined) return;
      const key = canonicalKey(value, collation);
      if (values.has(key)) return;
      const item = retained(value);
      values.set(key, item);
      heldBytes += retainedBytes(item) + key.length;
    },
    result: () => arrayValue([...values.values()]),
    get heldBytes() {
      return heldBytes;
    },
  };
}
