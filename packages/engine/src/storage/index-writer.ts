// Keeps the entries of a collection's indexes in step with its documents.
import type { EncodedKey } from '../bson/key-encoding.js';
import type { RawDocument } from '../bson/raw-value.js';
import { duplicateKey } from './duplicate-key.js';
import { aboveEntriesKey, entryKey, recordIdOfKey, recordIdOfValue, recordIdValue, recordKey, uniqueEntryKey } from './key-layout.js';
import type { KeyValueWriter } from './key-value.js';
import type { DocumentKeys, PreparedCollection, PreparedIndex } from './prepared-collection.js';
import { scanPages } from './scan-pages.js';
import type { RecordId } from './units.js';

/** What one index gains and loses by a change of one document. */
export interface IndexChange {
  readonly index: PreparedIndex;
  readonly added: readonly EncodedKey[];
  readonly removed: readonly EncodedKey[];
  readonly multikey: boolean;
}

const nothing: DocumentKeys = { keys: [], multikey: false };

/** What a change from one document to another (undefined: there is none) means for each index. Throws where it cannot be indexed. */
export function indexChanges(collection: PreparedCollection, before: RawDocument | undefined, after: RawDocument | undefined): IndexChange[] {
  return collection.indexes.map((index) => {
    const old = before === undefined ? nothing : index.keysOf(before);
    const next = after === undefined ? nothing : index.keysOf(after);
    const { keys, multikey } = next;
    if (before === undefined || after === undefined) return { index, added: keys, removed: old.keys, multikey };
    return { index, added: without(index, keys, old.keys), removed: without(index, old.keys, keys), multikey };
  });
}

function without(index: PreparedIndex, keys: readonly EncodedKey[], others: readonly EncodedKey[]): readonly EncodedKey[] {
  // One key each is the ordinary case, and mostly the same one.
  if (keys.length === 1 && others.length === 1) return isSame(index, keys[0]!, others[0]!) ? [] : keys;
  const there = new Map(others.map((key) => [key.bytes.toString('latin1'), key]));
  return keys.filter((key) => {
    const other = there.get(key.bytes.toString('latin1'));
    return other === undefined || !isSame(index, key, other);
  });
}

/**
 * An entry is written anew where a number became an equal one of another type, and where it does not say whether the value is the
 * same one and somebody has to ask whether that is taken.
 */
function isSame({ refusesDuplicates, hasUniqueEntries }: PreparedIndex, a: EncodedKey, b: EncodedKey): boolean {
  if (a.isTruncated && refusesDuplicates && !hasUniqueEntries) return false;
  return a.bytes.equals(b.bytes) && a.numberTypes.equals(b.numberTypes);
}

/** Throws DuplicateKey where another record has one of the added keys of a unique index. Changes nothing. */
export function checkUnique(
  writer: KeyValueWriter, collection: PreparedCollection, change: IndexChange, document: RawDocument, recordId: RecordId | undefined,
): void {
  const { index, added } = change;
  if (!index.refusesDuplicates) return;
  for (const key of added) {
    const name = uniqueEntryKey(index.entry.id, key.bytes);
    // The key itself is what two inserts at once would meet at.
    if (writer.isContended) writer.claim('indexes', name);
    const isTaken = key.isTruncated || !index.hasUniqueEntries
      ? hasDuplicateAmong(writer, collection, index, document, key, recordId)
      : isOthers(writer.get('indexes', name), recordId);
    if (isTaken) throw duplicateKey(collection.namespace, index.entry, valuesBehind(index, document, key));
  }
}

function isOthers(stored: Buffer | undefined, recordId: RecordId | undefined): boolean {
  return stored !== undefined && recordIdOfValue(stored) !== recordId;
}

/** Looks at all entries of the key. Those that were cut to the same bytes and digest are of the same key only if the whole ones are. */
function hasDuplicateAmong(
  writer: KeyValueWriter, collection: PreparedCollection, index: PreparedIndex, document: RawDocument, key: EncodedKey, recordId: RecordId | undefined,
): boolean {
  const mine = key.isTruncated ? index.wholeKeysOf(document).filter(({ bytes }) => index.cut(bytes).equals(key.bytes)) : [];
  const range = { start: entryKey(index.entry.id, key.bytes, 0), end: aboveEntriesKey(index.entry.id, key.bytes), reverse: false };
  for (const entry of scanPages(writer, 'indexes', range)) {
    const other = index.hasUniqueEntries ? recordIdOfValue(entry.value) : recordIdOfKey(entry.key);
    if (other === recordId) continue;
    if (!key.isTruncated) return true;
    const stored = writer.get('records', recordKey(collection.entry.id, other));
    if (stored !== undefined && index.wholeKeysOf(stored).some((theirs) => mine.some((one) => index.isSameKey(one, theirs)))) return true;
  }
  return false;
}

/** The values that a key was made of, for the error's words. */
function valuesBehind(index: PreparedIndex, document: RawDocument, key: EncodedKey): ReturnType<PreparedIndex['wholeKeysOf']>[number]['values'] {
  const whole = index.wholeKeysOf(document);
  return (whole.find(({ bytes }) => (key.isTruncated ? index.cut(bytes) : bytes).equals(key.bytes)) ?? whole[0]!).values;
}

/** Writes the change; `checkUnique` has passed. */
export function applyIndexChange(writer: KeyValueWriter, { index, added, removed }: IndexChange, recordId: RecordId): void {
  const { counter } = index;
  let bytes = 0;
  for (const key of removed) {
    const stored = storedKey(index, key, recordId);
    const value = storedValue(index, key, recordId);
    writer.remove('indexes', stored, value);
    bytes -= stored.length + value.length;
  }
  for (const key of added) {
    const stored = storedKey(index, key, recordId);
    const value = storedValue(index, key, recordId);
    writer.put('indexes', stored, value, undefined);
    bytes += stored.length + value.length;
  }
  if (added.length !== removed.length || bytes !== 0) writer.addCounts(counter, added.length - removed.length, bytes);
}

/** Whole keys of unique indexes stand alone; all others end with the record's id. */
function storedKey({ entry, hasUniqueEntries }: PreparedIndex, key: EncodedKey, recordId: RecordId): Buffer {
  return hasUniqueEntries && !key.isTruncated ? uniqueEntryKey(entry.id, key.bytes) : entryKey(entry.id, key.bytes, recordId);
}

/** The record, where the key does not say it, then the types of the key's numbers. */
function storedValue({ hasUniqueEntries }: PreparedIndex, { numberTypes }: EncodedKey, recordId: RecordId): Buffer {
  if (!hasUniqueEntries) return numberTypes;
  const record = recordIdValue(recordId);
  return numberTypes.length === 0 ? record : Buffer.concat([record, numberTypes]);
}
