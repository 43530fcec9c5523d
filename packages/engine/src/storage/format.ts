// The version of the file's format. A newer one is refused rather than misread; an older one is upgraded when there is one.
import type { LmdbEnvironment } from './lmdb-environment.js';

export const currentFormat = 1;
const formatKey = Buffer.from('format');

/** Throws an Error that names the file and the remedy. */
export function checkFormat(environment: LmdbEnvironment, file: string): void {
  const stored = environment.get('meta', formatKey);
  if (stored === undefined) {
    environment.commit(() => environment.put('meta', formatKey, Buffer.from([currentFormat])));
    return;
  }
  const format = stored[0];
  if (stored.length !== 1 || format === undefined) {
    throw new Error(`the data file ${file} is damaged: restore it from a backup, or move it away to begin anew`);
  }
  if (format > currentFormat) {
    throw new Error(`the data file ${file} was written by a newer version (format ${format}, this one reads up to ${currentFormat}): start that version`);
  }
}
