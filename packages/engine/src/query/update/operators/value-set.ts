// Membership of values in a set: by comparison where they are few, by canonical keys where they are many, so that an update
// with a long list does not compare each with each.
import { canonicalKey } from '../../../bson/canonical-key.js';
import type { Collation } from '../../../bson/collation.js';
import { valuesEqual } from '../../../bson/compare.js';
import type { RawValue } from '../../../bson/raw-value.js';

/** From so many values on, keys are cheaper than comparisons. */
const keyedFrom = 8;

/** A test for being equal to one of the values. */
export function membership(values: readonly RawValue[], collation: Collation | undefined): (value: RawValue) => boolean {
  if (values.length < keyedFrom) return (value) => values.some((member) => valuesEqual(value, member, collation));
  const keys = new Set(values.map((member) => canonicalKey(member, collation)));
  return (value) => keys.has(canonicalKey(value, collation));
}

/** The first of each class of equal values, in order. */
export function distinctValues(values: readonly RawValue[], collation: Collation | undefined): readonly RawValue[] {
  if (values.length < keyedFrom) {
    return values.filter((value, index) => !values.slice(0, index).some((earlier) => valuesEqual(value, earlier, collation)));
  }
  const byKey = new Map<string, RawValue>();
  for (const value of values) {
    const key = canonicalKey(value, collation);
    if (!byKey.has(key)) byKey.set(key, value);
  }
  return [...byKey.values()];
}

/** The distinct `values` that are not among `known`. One value is looked for without building anything. */
export function missingValues(values: readonly RawValue[], known: readonly RawValue[], collation: Collation | undefined): readonly RawValue[] {
  if (values.length < keyedFrom) return values.filter((value) => !known.some((other) => valuesEqual(value, other, collation)));
  const isKnown = membership(known, collation);
  return values.filter((value) => !isKnown(value));
}
