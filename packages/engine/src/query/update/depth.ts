// How deeply values nest. MongoDB stores documents of up to 180 levels (the limit of 200 less 20 for its own wrapping).
import { CommandError } from '../../errors.js';
import type { RawValue } from '../../bson/raw-value.js';
import { ElementReader } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';

export const maxStoredDepth = 180;

/** 0 for a scalar or an empty document, 1 for `{a: 1}`, 2 for `{a: {b: 1}}`. Stops counting beyond the limit. */
export function nestingDepth(value: RawValue, limit: number = maxStoredDepth + 1): number {
  if ((value.type !== BsonType.object && value.type !== BsonType.array) || limit <= 0) return 0;
  let deepest = 0;
  const reader = ElementReader.of(value);
  while (reader.next()) {
    const isContainer = reader.type === BsonType.object || reader.type === BsonType.array;
    deepest = Math.max(deepest, 1 + (isContainer ? nestingDepth(reader.value(), limit - 1) : 0));
  }
  return deepest;
}

/** The error of an update whose result would nest too deeply. */
export function tooDeep(): CommandError {
  return new CommandError('Overflow', `Document exceeds maximum nesting depth of ${maxStoredDepth}`);
}
