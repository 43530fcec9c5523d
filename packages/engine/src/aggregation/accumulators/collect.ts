// $push and $addToSet. Source: the manual's pages "$push (aggregation)" and "$addToSet (aggregation)".
import { canonicalKey } from '../../bson/canonical-key.js';
import { arrayValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { retained, retainedBytes, type ValueAccumulator } from './accumulator.js';

const defaultLimitBytes = 100 * 1024 * 1024;

/** Neither has any use for temporary files: a result is one value in memory. */
function checkHeld(name: string, heldBytes: number, limitBytes: number): void {
  if (heldBytes <= limitBytes) return;
  throw new CommandError('ExceededMemoryLimit', `${name} used too much memory and cannot spill to disk. Used: ${heldBytes} bytes. Memory limit: ${limitBytes} bytes`);
}

/** Every value in its order; missing ones are left out. */
export function createPush({ gatheringLimits }: QueryEnvironment): ValueAccumulator {
  const limitBytes = gatheringLimits?.pushBytes ?? defaultLimitBytes;
  const values: RawValue[] = [];
  let heldBytes = 0;
  return {
    add(value) {
      if (value === undefined) return;
      const item = retained(value);
      values.push(item);
      heldBytes += retainedBytes(item);
      checkHeld('$push', heldBytes, limitBytes);
    },
    result: () => arrayValue(values),
    get heldBytes() {
      return heldBytes;
    },
  };
}

/** Each value once, as first met; missing ones are left out. */
export function createAddToSet({ collation, gatheringLimits }: QueryEnvironment): ValueAccumulator {
  const limitBytes = gatheringLimits?.addToSetBytes ?? defaultLimitBytes;
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
      checkHeld('$addToSet', heldBytes, limitBytes);
    },
    result: () => arrayValue([...values.values()]),
    get heldBytes() {
      return heldBytes;
    },
  };
}
