// ReadUnit over any view: a snapshot, the writer, or a transaction's overlay.
import { valuesEqual } from '../bson/compare.js';
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import type { Catalog } from './catalog.js';
import { collectionCounter, indexCounter } from './counters.js';
import { aboveEntriesKey, entryKey, prefixBytes, prefixKey, recordIdBytes, recordIdOfKey, recordIdOfValue, recordKey, uniqueEntryKey } from './key-layout.js';
import { successor, type KeyValueView } from './key-value.js';
import { encodeId } from './prepared-collection.js';
import { scanPages } from './scan-pages.js';
import { hasUniqueEntries } from './uniqueness.js';
import type {
  CollectionCounts, CollectionEntry, IndexEntry, IndexPosition, IndexScan, KeyRange, ReadUnit, RecordId, RecordScan, StoredRecord,
} from './units.js';

/** Few entries are ever gone on behind: the position is cut out of the key when it is asked for. */
class EntryPosition implements IndexPosition {
  constructor(
    private readonly key: Buffer,
    private readonly value: Buffer,
    private readonly isUnique: boolean,
  ) {}

  get recordId(): RecordId {
    return this.isUnique ? recordIdOfValue(this.value) : recordIdOfKey(this.key);
  }

  get position(): Buffer {
    return this.key.subarray(prefixBytes);
  }

  get encodedKey(): Buffer {
    return this.key.subarray(prefixBytes, this.isUnique ? this.key.length : -recordIdBytes);
  }

  get numberTypes(): Buffer {
    return this.isUnique ? this.value.subarray(recordIdBytes) : this.value;
  }
}

export class ViewReader<View extends KeyValueView = KeyValueView> implements ReadUnit {
  constructor(
    /** For the parts of the engine that keep rows of their own (retryable writes); commands use the methods. */
    readonly view: View,
    protected readonly catalog: Catalog,
  ) {}

  databaseNames(): string[] {
    return this.catalog.databaseNames(this.view);
  }

  collection(database: string, name: string): CollectionEntry | undefined {
    return this.catalog.find(this.view, database, name);
  }

  collections(database: string): CollectionEntry[] {
    return this.catalog.list(this.view, database);
  }

  expiringCollections(): CollectionEntry[] {
    return this.catalog.expiring(this.view);
  }

  counts(collection: CollectionEntry): CollectionCounts {
    return this.view.counts(collectionCounter(collection.id));
  }

  indexBytes(index: IndexEntry): number {
    return this.view.counts(indexCounter(index.id)).bytes;
  }

  record(collection: CollectionEntry, recordId: RecordId): RawDocument | undefined {
    return this.view.get('records', recordKey(collection.id, recordId));
  }

  *scanRecords(collection: CollectionEntry, scan: RecordScan = {}): Generator<StoredRecord> {
    const reverse = scan.reverse === true;
    let start = prefixKey(collection.id);
    let end = prefixKey(collection.id + 1);
    if (scan.after !== undefined) {
      if (reverse) end = recordKey(collection.id, scan.after);
      else start = successor(recordKey(collection.id, scan.after));
    }
    for (const { key, value } of scanPages(this.view, 'records', { start, end, reverse })) {
      yield { recordId: recordIdOfKey(key), document: value };
    }
  }

  *scanIndex(_collection: CollectionEntry, index: IndexEntry, scan: IndexScan): Generator<IndexPosition> {
    const reverse = scan.reverse === true;
    let { start, end } = keyBounds(index.id, scan.range);
    if (scan.after !== undefined) {
      const after = Buffer.concat([prefixKey(index.id), scan.after]);
      if (reverse) end = after;
      else start = successor(after);
    }
    if (Buffer.compare(start, end) >= 0) return;
    const isUnique = hasUniqueEntries(index);
    for (const { key, value } of scanPages(this.view, 'indexes', { start, end, reverse })) {
      yield new EntryPosition(key, value, isUnique);
    }
  }

  recordIdOf(collection: CollectionEntry, id: RawValue): RecordId | undefined {
    const index = collection.indexes.find(({ name }) => name === '_id_');
    if (index === undefined) return undefined;
    const { bytes, isTruncated } = encodeId(id);
    if (!isTruncated) {
      const value = this.view.get('indexes', uniqueEntryKey(index.id, bytes));
      return value === undefined ? undefined : recordIdOfValue(value);
    }
    for (const candidate of this.truncatedCandidates(index.id, bytes)) {
      const document = this.record(collection, candidate);
      const stored = document === undefined ? undefined : getDocumentField(document, '_id');
      if (stored !== undefined && valuesEqual(stored, id)) return candidate;
    }
    return undefined;
  }

  /** The records whose keys were cut to these bytes. */
  protected *truncatedCandidates(indexId: number, bytes: Buffer): Generator<RecordId> {
    const range = { start: entryKey(indexId, bytes, 0), end: aboveEntriesKey(indexId, bytes), reverse: false };
    for (const { value } of scanPages(this.view, 'indexes', range)) yield recordIdOfValue(value);
  }
}

/** The half-open range of whole keys for a range of encoded keys; entries of one encoded key differ in their record ids. */
function keyBounds(indexId: number, range: KeyRange): { start: Buffer; end: Buffer } {
  return {
    start: range.startInclusive ? uniqueEntryKey(indexId, range.start) : aboveEntriesKey(indexId, range.start),
    end: range.endInclusive ? aboveEntriesKey(indexId, range.end) : uniqueEntryKey(indexId, range.end),
  };
}
