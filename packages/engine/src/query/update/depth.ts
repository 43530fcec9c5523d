// How deeply values nest. MongoDB stores documents of up to 180 levels (the limit of 200 less 20 for its own wrapping).
import { CommandError } from '../../errors.js';
import type { RawValue } from '../../bson/raw-value.js';
import { ElementReader } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';

export const maxStoredDepth = 180;

/** An element that nests costs at least its type, the end of its name, its length and its end: what is short cannot be deep. */
const minBytesPerLevel = 7;

/**
 * Whether the value has more than so many levels of elements: a scalar and `{}` have none, `{a: 1}` has one.
 * Small values are answered without a look, so that checking a whole document costs next to nothing.
 */
export function exceedsDepth(value: RawValue, levels: number): boolean {
  if (value.type !== BsonType.object && value.type !== BsonType.array) return false;
  if (value.end - value.start < levels * minBytesPerLevel) return false;
  const reader = ElementReader.of(value);
  while (reader.next()) {
    if (levels <= 0) return true;
    const isContainer = reader.type === BsonType.object || reader.type === BsonType.array;
    if (isContainer && exceedsDepth(reader.value(), levels - 1)) return true;
  }
  return false;
}

/** The error of an update whose result would nest too deeply. */
export function tooDeep(): CommandError {
  return new CommandError('Overflow', `Document exceeds maximum nesting depth of ${maxStoredDepth}`);
}
