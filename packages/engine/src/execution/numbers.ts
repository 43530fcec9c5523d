// Checks of numbers in commands, with MongoDB's words.
import { CommandError } from '../errors.js';

/** Throws 51024 for a negative number. */
export function notNegative(field: string, value: number | undefined): number | undefined {
  if (value !== undefined && value < 0) {
    throw new CommandError(51024, `BSON field '${field}' value must be >= 0, actual value '${value}'`);
  }
  return value;
}
