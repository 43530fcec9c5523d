// The `$sort` of a `$push`: of whole elements (1, -1) or by fields of elements that are documents.
// Source: the manual's page "$sort modifier".
import { CommandError } from '../../../errors.js';
import { compareValues, valuesEqual } from '../../../bson/compare.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { elements, getField } from '../../../bson/reader.js';
import { BsonType, isNumericType } from '../../../bson/types.js';
import { int32Value, nullValue } from '../../../bson/values.js';
import type { QueryEnvironment } from '../../environment.js';

export type ElementOrder = (a: RawValue, b: RawValue) => number;

/** Throws BadValue with MongoDB's words where the clause is no sort. */
export function compilePushSort(clause: RawValue, environment: QueryEnvironment): ElementOrder {
  const { collation } = environment;
  if (clause.type !== BsonType.object) {
    if (!isNumericType(clause.type)) {
      const advice = 'use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields';
      throw new CommandError('BadValue', `The $sort is invalid: ${advice}`);
    }
    const direction = directionOf(clause);
    return (a, b) => compareValues(a, b, collation) * direction;
  }
  const keys = [...elements(clause)].map(([path, value]) => ({ parts: partsOf(path), direction: directionOf(value) }));
  if (keys.length === 0) {
    throw new CommandError('BadValue', 'The $sort pattern is empty when it should be a set of fields.');
  }
  return (a, b) => {
    for (const { parts, direction } of keys) {
      const order = compareValues(fieldAt(a, parts), fieldAt(b, parts), collation);
      if (order !== 0) return order * direction;
    }
    return 0;
  };
}

function directionOf(value: RawValue): number {
  for (const direction of [1, -1]) {
    if (isNumericType(value.type) && valuesEqual(value, int32Value(direction))) return direction;
  }
  throw new CommandError('BadValue', 'The $sort element value must be either 1 or -1');
}

function partsOf(path: string): readonly string[] {
  if (path === '') throw new CommandError('BadValue', 'The $sort field cannot be empty');
  const parts = path.split('.');
  if (parts.includes('')) {
    throw new CommandError('BadValue', `The $sort field is a dotted field but has an empty part: ${path}`);
  }
  return parts;
}

/** Missing fields, and elements that are no documents, sort as null. */
function fieldAt(element: RawValue, parts: readonly string[]): RawValue {
  if (element.type !== BsonType.object) return nullValue;
  let current: RawValue | undefined = element;
  for (const part of parts) {
    if (current.type !== BsonType.object && current.type !== BsonType.array) return nullValue;
    current = getField(current, part);
    if (current === undefined) return nullValue;
  }
  return current;
}
