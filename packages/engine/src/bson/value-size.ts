// What a single value may hold while a command works on it: expressions that double what they are given would fill the memory
// of all clients. MongoDB's buffers have the same limit and error.
import { CommandError } from '../errors.js';

export const maxValueBytes = 64 * 1024 * 1024;

/** Throws 13548 where a value would become larger than any may be. */
export function checkValueBytes(bytes: number): void {
  if (bytes > maxValueBytes) throw new CommandError(13548, `BufBuilder attempted to grow() to ${bytes} bytes, past the ${maxValueBytes / 1024 / 1024}MB limit.`);
}
