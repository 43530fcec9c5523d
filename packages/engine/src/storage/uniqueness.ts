// Which indexes keep values unique, and how: one that was made unique has one entry for a key; one that became unique by `collMod`
// keeps the entries that it had, each with its record's id. Source: the manual's "collMod", "Convert to a Unique Index".
import { getDocumentField } from '../bson/reader.js';
import type { IndexEntry } from './units.js';

type IndexKind = Pick<IndexEntry, 'unique' | 'becameUnique' | 'options'>;

/** Whether a key has one entry, under the key alone. */
export function hasUniqueEntries({ unique, becameUnique }: Pick<IndexKind, 'unique' | 'becameUnique'>): boolean {
  return unique && becameUnique !== true;
}

/** Whether it is on its way to be unique: what is there may repeat, what is written may not. */
export function isPreparedUnique({ options }: Pick<IndexKind, 'options'>): boolean {
  return getDocumentField(options, 'prepareUnique')?.boolean() === true;
}

/** Whether a write that repeats a key is refused. */
export function refusesDuplicates(index: IndexKind): boolean {
  return index.unique || isPreparedUnique(index);
}
