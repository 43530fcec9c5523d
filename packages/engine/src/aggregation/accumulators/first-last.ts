// $first, $last, $firstN, $lastN. Source: the manual's pages of the same names.
import { arrayValue, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { Value } from '../expressions/compile-context.js';
import { retained, retainedBytes, type ValueAccumulator } from './accumulator.js';

export function createFirst(): ValueAccumulator {
  let first: Value;
  let isSet = false;
  return {
    add(value) {
      if (isSet) return;
      isSet = true;
      first = value === undefined ? undefined : retained(value);
    },
    result: () => first,
    get heldBytes() {
      return retainedBytes(first);
    },
  };
}

export function createLast(): ValueAccumulator {
  let last: Value;
  return {
    add(value) {
      last = value;
    },
    result: () => last,
    get heldBytes() {
      return retainedBytes(last);
    },
  };
}

/** The first n; missing counts as null. */
export function createFirstN(n: number): ValueAccumulator {
  const kept: RawValue[] = [];
  let heldBytes = 0;
  return {
    add(value) {
      if (kept.length >= n) return;
      const item = retained(value ?? nullValue);
      kept.push(item);
      heldBytes += retainedBytes(item);
    },
    result: () => arrayValue(kept),
    get heldBytes() {
      return heldBytes;
    },
  };
}

/** The last n, in their order; missing counts as null. */
export function createLastN(n: number): ValueAccumulator {
  let kept: RawValue[] = [];
  let heldBytes = 0;
  return {
    add(value) {
      const item = retained(value ?? nullValue);
      kept.push(item);
      heldBytes += retainedBytes(item);
      if (kept.length < 2 * n + 16) return;
      kept = kept.slice(-n);
      heldBytes = kept.reduce((total, each) => total + retainedBytes(each), 0);
    },
    result: () => arrayValue(kept.slice(-n)),
    get heldBytes() {
      return heldBytes;
    },
  };
}
