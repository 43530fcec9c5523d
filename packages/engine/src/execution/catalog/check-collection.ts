// Compares the records of a collection with its counts and, key by key, with its indexes: what `validate` reports.
// Keys are not gathered but summed up, so that a collection of any size takes the same memory.
import { maxEncodedKeyBytes } from '../../bson/key-encoding.js';
import { validateDocument } from '../../bson/validate.js';
import { recordIdBytes } from '../../storage/key-layout.js';
import { prepareCollection } from '../../storage/prepared-collection.js';
import type { CollectionEntry, IndexEntry, ReadUnit, RecordId, StoredRecord } from '../../storage/units.js';
import { everyKey } from '../key-ranges.js';

export interface CollectionCheck {
  readonly records: number;
  readonly invalidDocuments: number;
  readonly keysPerIndex: ReadonlyMap<string, number>;
  readonly damagedIndexes: ReadonlySet<string>;
  readonly errors: readonly string[];
}

/** A check of everything between two of these may be interrupted and paused. */
export const step = Symbol('step');
const recordsPerStep = 64;

/** A sum over keys and their records that does not depend on their order: different sets have different sums, but for one in 2^32. */
class KeySum {
  count = 0;
  sum = 0;

  add(key: Buffer, recordId: RecordId): void {
    let hash = (0x811c9dc5 ^ recordId) >>> 0;
    for (let place = 0; place < key.length; place += 1) hash = Math.imul(hash ^ key[place]!, 0x01000193);
    this.count += 1;
    this.sum = (this.sum + (hash >>> 0)) >>> 0;
  }
}

function isWellFormed(record: StoredRecord): boolean {
  try {
    validateDocument(record.document);
    return true;
  } catch {
    return false;
  }
}

/** Yields now and then; the unit must show the same state all the while. */
export function* checkCollection(unit: ReadUnit, collection: CollectionEntry): Generator<typeof step, CollectionCheck> {
  const errors: string[] = [];
  const expected = new Map(prepareCollection(collection).indexes.map((index) => [index.entry.name, { index, keys: new KeySum() }]));
  let records = 0;
  let bytes = 0;
  let invalidDocuments = 0;
  for (const record of unit.scanRecords(collection)) {
    records += 1;
    bytes += record.document.length;
    if (records % recordsPerStep === 0) yield step;
    if (!isWellFormed(record)) {
      invalidDocuments += 1;
      continue;
    }
    for (const each of expected.values()) for (const { bytes: key } of each.index.keysOf(record.document).keys) each.keys.add(key, record.recordId);
  }
  const counts = unit.counts(collection);
  if (counts.documents !== records) errors.push(`the collection counts ${counts.documents} documents and has ${records}`);
  if (counts.bytes !== bytes) errors.push(`the collection counts ${counts.bytes} bytes and has ${bytes}`);
  if (invalidDocuments > 0) errors.push(`${invalidDocuments} documents are not well-formed`);
  const keysPerIndex = new Map<string, number>();
  const damagedIndexes = new Set<string>();
  for (const index of collection.indexes) {
    const found = yield* sumKeys(unit, collection, index, errors);
    keysPerIndex.set(index.name, found.count);
    const wanted = expected.get(index.name)!.keys;
    if (found.count === wanted.count && found.sum === wanted.sum) continue;
    damagedIndexes.add(index.name);
    if (found.count !== wanted.count) errors.push(`index '${index.name}' has ${found.count} keys, the documents have ${wanted.count}`);
    else errors.push(`index '${index.name}' has other keys than its documents`);
  }
  return { records, invalidDocuments, keysPerIndex, damagedIndexes, errors };
}

function* sumKeys(unit: ReadUnit, collection: CollectionEntry, index: IndexEntry, errors: string[]): Generator<typeof step, KeySum> {
  const keys = new KeySum();
  let dangling = 0;
  for (const { recordId, encodedKey } of unit.scanIndex(collection, index, { range: everyKey })) {
    // A unique index keeps the record behind a key that it has cut.
    keys.add(encodedKey.length > maxEncodedKeyBytes ? encodedKey.subarray(0, -recordIdBytes) : encodedKey, recordId);
    if (keys.count % recordsPerStep === 0) yield step;
    if (unit.record(collection, recordId) === undefined) dangling += 1;
  }
  if (dangling > 0) errors.push(`index '${index.name}' has ${dangling} keys of documents that are not there`);
  return keys;
}
