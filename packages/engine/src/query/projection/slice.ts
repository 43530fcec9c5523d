// find's `$slice`: some elements of an array. Source: the manual's "$slice (projection)".
import { describeValue } from '../../aggregation/describe-value.js';
import { asDouble } from '../../bson/conversion.js';
import { wholeNumber } from '../../bson/integers.js';
import type { RawValue } from '../../bson/raw-value.js';
import { arrayValues } from '../../bson/reader.js';
import { BsonType, bsonTypeName, isNumericType } from '../../bson/types.js';
import { arrayValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';

export interface Slice {
  /** Elements to pass over; below zero: where to begin, counted from the end. */
  readonly skip: number;
  readonly limit: number;
}

export interface SliceAt {
  readonly names: readonly string[];
  readonly slice: Slice;
}

function integerOf(value: RawValue): number {
  return wholeNumber(value) ?? Math.trunc(asDouble(value));
}

/** Why an operand is no slice of find's: it may still be the expression `$slice`. */
export interface SliceMistake {
  readonly location: number;
  readonly mistake: string;
}

/** The slice of `n` or `[skip, limit]`, or what is wrong with it. */
export function parseFindSlice(operand: RawValue): Slice | SliceMistake {
  if (isNumericType(operand.type)) {
    const count = integerOf(operand);
    return count < 0 ? { skip: count, limit: -count } : { skip: 0, limit: count };
  }
  if (operand.type !== BsonType.array) return { location: 31273, mistake: '$slice only supports numbers and [skip, limit] arrays' };
  const [skip, limit, ...rest] = arrayValues(operand);
  if (skip === undefined || limit === undefined || rest.length > 0) return { location: 31272, mistake: '$slice array argument should be of form [skip, limit]' };
  if (!isNumericType(skip.type)) return { location: 31257, mistake: `$slice expects the skip argument to be a number, got ${nameOf(skip)}` };
  if (!isNumericType(limit.type)) return { location: 31258, mistake: `$slice expects the limit argument to be a number, got ${nameOf(limit)}` };
  const count = integerOf(limit);
  if (count <= 0) return { location: 31259, mistake: `$slice limit must be positive, got ${count}` };
  return { skip: integerOf(skip), limit: count };
}

function nameOf(value: RawValue): string {
  return bsonTypeName(value.type) ?? 'unknown';
}

/** The error where an operand is neither find's slice nor the expression; `cause` is what the expression said. */
export function invalidSlice(given: RawValue, { location, mistake }: SliceMistake, cause: CommandError): CommandError {
  return new CommandError(
    cause.code,
    `Invalid $slice syntax. The given syntax ${describeValue(given)} did not match the find() syntax because :: Location${location}: ${mistake} :: ` +
      `The given syntax did not match the expression $slice syntax. :: caused by :: ${cause.message}`,
  );
}

/** The elements of the array that the slice takes; a skip below zero counts from the end. */
export function sliceArray(array: RawValue, { skip, limit }: Slice): RawValue {
  const values = arrayValues(array);
  const start = skip < 0 ? Math.max(values.length + skip, 0) : skip;
  // Nothing is cut off: the bytes stay as they are.
  if (start === 0 && values.length <= limit) return array;
  return arrayValue(values.slice(start, start + limit));
}
