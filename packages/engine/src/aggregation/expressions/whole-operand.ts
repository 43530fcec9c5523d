// Operands that must be whole numbers of 32 bits: positions, lengths, steps.
import { wholeNumber } from '../../bson/integers.js';
import type { RawValue } from '../../bson/raw-value.js';

/** The number as a whole one of 32 bits, whatever its type; undefined where it is none. */
export function wholeInt32(value: RawValue): number | undefined {
  const number = wholeNumber(value);
  return number !== undefined && number >= -(2 ** 31) && number < 2 ** 31 ? number : undefined;
}
