// The version of the file's format. A newer one is refused rather than misread; an older one is upgraded when it is opened.
//
// 1: one LMDB file. 2: while it is open, the file goes on in a log, which version 1 would not see. 3: keys of wildcard indexes, and
// entries of indexes that became unique after they were made.
export const currentFormat = 3;
const formatKey = Buffer.from('format');

interface MetaTable {
  get(key: Buffer): Buffer | undefined;
  putSync(key: Buffer, value: Buffer): unknown;
}

/** Writes the format into a new or older file. Throws an Error that names the file and the remedy. */
export function checkFormat(meta: MetaTable, file: string): void {
  const stored = meta.get(formatKey);
  const format = stored?.[0];
  if (stored !== undefined && (stored.length !== 1 || format === undefined)) {
    throw new Error(`the data file ${file} is damaged: restore it from a backup, or move it away to begin anew`);
  }
  if (format !== undefined && format > currentFormat) {
    throw new Error(`the data file ${file} was written by a newer version (format ${format}, this one reads up to ${currentFormat}): start that version`);
  }
  if (format !== currentFormat) meta.putSync(formatKey, Buffer.from([currentFormat]));
}
