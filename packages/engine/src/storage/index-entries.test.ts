import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeDocument, stringValue } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { indexCounter } from './counters.js';
import { prefixKey } from './key-layout.js';
import type { LmdbStorage } from './lmdb-storage.js';
import { ViewReader } from './view-reader.js';
import { openStorage } from './open-storage.js';
import type { CollectionEntry, IndexEntry, ReadUnit, WriteUnit } from './units.js';

let folder: string;
let storage: LmdbStorage;
const whole = { start: Buffer.alloc(0), startInclusive: true, end: Buffer.from([0xff]), endInclusive: true };
/** Longer than a key may be: keys of strings that begin so are cut to the same bytes. */
const long = 'x'.repeat(3000);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-index-entries-'));
  storage = await openStorage({ dataDirectory: folder });
  await storage.write((unit) => unit.createCollection('db', 'c', emptyDocument));
});

afterEach(async () => {
  expect(await leftBehind()).toEqual([]);
  await storage.close();
  rmSync(folder, { recursive: true });
});

const collectionOf = (unit: ReadUnit): CollectionEntry => unit.collection('db', 'c')!;
const index = (field: string, options: Partial<IndexEntry> = {}): Omit<IndexEntry, 'id' | 'multikey'> => ({
  name: field, key: encodeDocument({ [field]: 1 }), unique: false, sparse: false, hidden: false, options: emptyDocument, ...options,
});
const makeIndex = (field: string, options: Partial<IndexEntry> = {}): Promise<unknown> => storage.write((unit) => unit.createIndex(collectionOf(unit), index(field, options)));
const insert = (document: object): Promise<number> => storage.write((unit) => unit.insert(collectionOf(unit), encodeDocument(document)));
const replace = (recordId: number, after: object): Promise<void> =>
  storage.write((unit) => unit.replace(collectionOf(unit), recordId, unit.record(collectionOf(unit), recordId)!, encodeDocument(after)));

/** Empties the collection and tells what its indexes still hold or count. */
async function leftBehind(): Promise<string[]> {
  await storage.write(removeAll);
  const snapshot = storage.openSnapshot();
  try {
    return collectionOf(snapshot).indexes.flatMap((entry) => {
      const counts = snapshot.view.counts(indexCounter(entry.id));
      const entries = [...snapshot.scanIndex(collectionOf(snapshot), entry, { range: whole })].length;
      return counts.documents === 0 && counts.bytes === 0 && entries === 0 ? [] : [`${entry.name}: ${JSON.stringify({ ...counts, entries })}`];
    });
  } finally {
    snapshot.close();
  }
}

function removeAll(unit: WriteUnit): void {
  const collection = collectionOf(unit);
  for (const { recordId, document } of unit.scanRecords(collection)) unit.remove(collection, recordId, document);
}

function entriesOf(name: string): number {
  const snapshot = storage.openSnapshot();
  const entry = collectionOf(snapshot).indexes.find((candidate) => candidate.name === name)!;
  const found = [...snapshot.scanIndex(collectionOf(snapshot), entry, { range: whole })].length;
  expect(snapshot.view.counts(indexCounter(entry.id)).documents).toBe(found);
  snapshot.close();
  return found;
}

describe('keys that are too long to be kept whole', () => {
  it('are told apart in unique indexes by the documents behind them', async () => {
    await makeIndex('u', { unique: true });
    await insert({ _id: 1, u: `${long}a` });
    await insert({ _id: 2, u: `${long}b` });
    await expect(insert({ _id: 3, u: `${long}a` })).rejects.toMatchObject({ code: 11_000 });
    await expect(replace(2, { _id: 2, u: `${long}a` })).rejects.toMatchObject({ code: 11_000 });
    await replace(1, { _id: 1, u: `${long}c` });
    await insert({ _id: 3, u: `${long}a` });
    expect(entriesOf('u')).toBe(3);
  });

  it('are found among thousands that begin alike', async () => {
    await makeIndex('u', { unique: true });
    await storage.write((unit) => {
      for (let _id = 0; _id < 2000; _id += 1) unit.insert(collectionOf(unit), encodeDocument({ _id, u: long + String(_id) }));
    });
    await expect(insert({ _id: 2000, u: `${long}1999` })).rejects.toMatchObject({ code: 11_000 });
    await insert({ _id: 2000, u: `${long}2000` });
    expect(entriesOf('u')).toBe(2001);
  });

  it('find the one document of a long _id', async () => {
    await insert({ _id: `${long}a` });
    await insert({ _id: `${long}b` });
    const snapshot = storage.openSnapshot();
    expect(snapshot.recordIdOf(collectionOf(snapshot), stringValue(`${long}b`))).toBe(2);
    expect(snapshot.recordIdOf(collectionOf(snapshot), stringValue(`${long}c`))).toBeUndefined();
    snapshot.close();
  });

  it('are one entry where several values of a document are cut to the same bytes', async () => {
    await makeIndex('tags');
    await insert({ _id: 1, tags: [`${long}a`, `${long}b`, 'short'] });
    expect(entriesOf('tags')).toBe(2);
    await replace(1, { _id: 1, tags: [`${long}c`] });
    expect(entriesOf('tags')).toBe(1);
    await replace(1, { _id: 1, tags: [`${long}c`, `${long}d`, `${long}e`] });
    expect(entriesOf('tags')).toBe(1);
  });
});

describe('entries of arrays', () => {
  it('change by what came and went, in large arrays too', async () => {
    await makeIndex('n');
    const numbers = Array.from({ length: 20_000 }, (_number, at) => at);
    await insert({ _id: 1, n: numbers });
    expect(entriesOf('n')).toBe(20_000);
    await replace(1, { _id: 1, n: [...numbers.slice(1), -1, -2] });
    expect(entriesOf('n')).toBe(20_001);
  });
});

describe('pages of rows', () => {
  it('end early where documents are large, and scans go on behind them', async () => {
    const text = 'x'.repeat(900_000);
    await storage.write((unit) => [1, 2, 3, 4, 5, 6, 7].forEach((_id) => unit.insert(collectionOf(unit), encodeDocument({ _id, text }))));
    const snapshot = storage.openSnapshot();
    const { id } = collectionOf(snapshot);
    const page = storage.committed.range('records', { start: prefixKey(id), end: prefixKey(id + 1), reverse: false, limit: 100 });
    expect(page.entries.length).toBeLessThan(7);
    expect(page.isLast).toBe(false);
    expect([...snapshot.scanRecords(collectionOf(snapshot))].map(({ recordId }) => recordId)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([...snapshot.scanRecords(collectionOf(snapshot), { reverse: true })].map(({ recordId }) => recordId)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    snapshot.close();
  });
});

describe('what is dropped', () => {
  const rowsUnder = (table: 'records' | 'indexes', id: number): number =>
    storage.committed.range(table, { start: prefixKey(id), end: prefixKey(id + 1), reverse: false, limit: 10_000 }).entries.length;

  it('is removed piece by piece, while an older snapshot goes on reading it', async () => {
    await storage.write((unit) => {
      for (let _id = 0; _id < 5000; _id += 1) unit.insert(collectionOf(unit), encodeDocument({ _id }));
    });
    const pinned = storage.openView();
    const before = new ViewReader(pinned, storage.catalog);
    const dropped = collectionOf(before);
    await storage.write((unit) => {
      unit.dropCollection(collectionOf(unit));
      unit.createCollection('db', 'c', emptyDocument);
    });
    expect([...before.scanRecords(dropped)]).toHaveLength(5000);
    for (let turn = 0; turn < 1000 && rowsUnder('records', dropped.id) + rowsUnder('indexes', dropped.indexes[0]!.id) > 0; turn += 1) {
      // Each piece waits for a turn of the event loop.
      await new Promise(setImmediate);
    }
    expect([rowsUnder('records', dropped.id), rowsUnder('indexes', dropped.indexes[0]!.id)]).toEqual([0, 0]);
    expect([...before.scanRecords(dropped)]).toHaveLength(5000);
    pinned.close();
  });
});
