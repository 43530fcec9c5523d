// find's `$slice`: some elements of an array. Source: the manual's "$slice (projection)".
import { wholeNumber } from '../../bson/integers.js';
import type { RawValue } from '../../bson/raw-value.js';
import { arrayValues } from '../../bson/reader.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { asDouble } from '../../bson/conversion.js';

export interface Slice {
  /** Elements to pass over; undefined with a negative `limit`: the last ones are taken. */
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

/** The slice of `n` or `[skip, limit]`; undefined where the operand can only be meant for the expression `$slice`. */
export function parseFindSlice(operand: RawValue): Slice | undefined {
  if (isNumericType(operand.type)) {
    const count = integerOf(operand);
    return count < 0 ? { skip: count, limit: -count } : { skip: 0, limit: count };
  }
  if (operand.type !== BsonType.array) throw invalidSlice('31273', 'only numbers and arrays are allowed');
  const [skip, limit, ...rest] = arrayValues(operand);
  if (skip === undefined || limit === undefined || rest.length > 0 || !isNumericType(skip.type)) return undefined;
  if (!isNumericType(limit.type)) return undefined;
  if (integerOf(limit) <= 0) throw invalidSlice('28724', '$slice limit must be positive');
  return { skip: integerOf(skip), limit: integerOf(limit) };
}

function invalidSlice(location: string, reason: string): CommandError {
  return new CommandError(28667, `Invalid $slice syntax. The given syntax did not match the find() syntax because :: Location${location}: ${reason}`);
}

/** The elements of the array that the slice takes; a skip below zero counts from the end. */
export function sliceArray(array: RawValue, { skip, limit }: Slice): RawValue {
  const values = arrayValues(array);
  const start = skip < 0 ? Math.max(values.length + skip, 0) : skip;
  return arrayValue(values.slice(start, start + limit));
}
