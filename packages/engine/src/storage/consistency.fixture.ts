// Compares a collection's indexes and counters with its records: what must hold after every crash.
import { documentValue } from '../bson/raw-value.js';
import { encodeKey } from '../bson/key-encoding.js';
import { keyExtractorOf } from './index-extractor.js';
import { hasUniqueEntries } from './uniqueness.js';
import type { CollectionEntry, ReadUnit } from './units.js';

const whole = { start: Buffer.alloc(0), startInclusive: true, end: Buffer.from([0xff]), endInclusive: true };

/** What does not agree, as sentences; empty: everything does. Partial indexes are not looked into. */
export function inconsistencies(unit: ReadUnit, collection: CollectionEntry): string[] {
  const found: string[] = [];
  let documents = 0;
  let bytes = 0;
  const records = new Map<number, Buffer>();
  for (const { recordId, document } of unit.scanRecords(collection)) {
    documents += 1;
    bytes += document.length;
    records.set(recordId, document);
  }
  const counts = unit.counts(collection);
  if (counts.documents !== documents) found.push(`${counts.documents} documents are counted, ${documents} are there`);
  if (counts.bytes !== bytes) found.push(`${counts.bytes} bytes are counted, ${bytes} are there`);
  for (const index of collection.indexes) {
    const extractor = keyExtractorOf(index);
    const expected: string[] = [];
    for (const [recordId, document] of records) {
      for (const key of extractor.keysOf(documentValue(document)).keys) expected.push(`${encodeKey(key, extractor.directions).bytes.toString('hex')} ${recordId}`);
    }
    const stored: string[] = [];
    for (const { position, recordId } of unit.scanIndex(collection, index, { range: whole })) {
      const key = hasUniqueEntries(index) ? position : position.subarray(0, -6);
      stored.push(`${key.toString('hex')} ${recordId}`);
    }
    if (stored.sort().join('\n') !== expected.sort().join('\n')) found.push(`index ${index.name} has ${stored.length} entries, not the ${expected.length} that it should`);
  }
  return found;
}
