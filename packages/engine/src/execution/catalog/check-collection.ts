// Compares the records of a collection with its counts and its indexes: what `validate` reports.
import { validateDocument } from '../../bson/validate.js';
import { prepareCollection } from '../../storage/prepared-collection.js';
import type { CollectionEntry, IndexEntry, ReadUnit, StoredRecord } from '../../storage/units.js';
import { everyKey } from '../key-ranges.js';

export interface CollectionCheck {
  readonly records: number;
  readonly invalidDocuments: number;
  readonly keysPerIndex: ReadonlyMap<string, number>;
  readonly damagedIndexes: ReadonlySet<string>;
  readonly errors: readonly string[];
}

const interruptEvery = 1024;

function isWellFormed(record: StoredRecord): boolean {
  try {
    validateDocument(record.document);
    return true;
  } catch {
    return false;
  }
}

export function checkCollection(unit: ReadUnit, collection: CollectionEntry, checkInterrupt: () => void): CollectionCheck {
  const errors: string[] = [];
  const expected = new Map(prepareCollection(collection).indexes.map((index) => [index.entry.name, { index, keys: 0 }]));
  let records = 0;
  let bytes = 0;
  let invalidDocuments = 0;
  for (const record of unit.scanRecords(collection)) {
    records += 1;
    bytes += record.document.length;
    if (records % interruptEvery === 0) checkInterrupt();
    if (!isWellFormed(record)) {
      invalidDocuments += 1;
      continue;
    }
    for (const each of expected.values()) each.keys += each.index.keysOf(record.document).keys.length;
  }
  const counts = unit.counts(collection);
  if (counts.documents !== records) errors.push(`the collection counts ${counts.documents} documents and has ${records}`);
  if (counts.bytes !== bytes) errors.push(`the collection counts ${counts.bytes} bytes and has ${bytes}`);
  if (invalidDocuments > 0) errors.push(`${invalidDocuments} documents are not well-formed`);
  const keysPerIndex = new Map<string, number>();
  const damagedIndexes = new Set<string>();
  for (const index of collection.indexes) {
    const found = countKeys(unit, collection, index, errors, checkInterrupt);
    keysPerIndex.set(index.name, found);
    const wanted = expected.get(index.name)!.keys;
    if (found === wanted) continue;
    damagedIndexes.add(index.name);
    errors.push(`index '${index.name}' has ${found} keys, the documents have ${wanted}`);
  }
  return { records, invalidDocuments, keysPerIndex, damagedIndexes, errors };
}

function countKeys(unit: ReadUnit, collection: CollectionEntry, index: IndexEntry, errors: string[], checkInterrupt: () => void): number {
  let keys = 0;
  let dangling = 0;
  for (const { recordId } of unit.scanIndex(collection, index, { range: everyKey })) {
    keys += 1;
    if (keys % interruptEvery === 0) checkInterrupt();
    if (unit.record(collection, recordId) === undefined) dangling += 1;
  }
  if (dangling > 0) errors.push(`index '${index.name}' has ${dangling} keys of documents that are not there`);
  return keys;
}
