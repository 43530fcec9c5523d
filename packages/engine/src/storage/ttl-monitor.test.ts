import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePlain, encodeDocument } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { inconsistencies } from './consistency.fixture.js';
import type { LmdbStorage } from './lmdb-storage.js';
import { openStorage } from './open-storage.js';
import { TtlMonitor } from './ttl-monitor.js';
import type { IndexEntry, WriteUnit } from './units.js';

const now_ms = Date.UTC(2026, 5, 1);
const clock = { now_ms: () => now_ms };
const ago = (seconds: number): Date => new Date(now_ms - seconds * 1000);

let folder: string;
let storage: LmdbStorage;
let totals: { deletedDocuments: number; passes: number };
let monitor: TtlMonitor;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-ttl-'));
  storage = await openStorage({ dataDirectory: folder, clock });
  totals = { deletedDocuments: 0, passes: 0 };
  monitor = new TtlMonitor({ storage, clock, totals, onEvent: (event, fields) => { throw new Error(`${event} ${JSON.stringify(fields)}`); } });
});

afterEach(async () => {
  await monitor.stop();
  await storage.close();
  rmSync(folder, { recursive: true });
});

function ttlIndex(key: object, expireAfterSeconds: number, more: Partial<IndexEntry> = {}): Omit<IndexEntry, 'id' | 'multikey'> {
  return { name: 'ttl', key: encodeDocument(key), unique: false, sparse: false, hidden: false, options: emptyDocument, expireAfterSeconds, ...more };
}

async function make(index: Omit<IndexEntry, 'id' | 'multikey'>, documents: readonly object[]): Promise<void> {
  await storage.write((unit) => {
    const collection = unit.createIndex(unit.createCollection('db', 'c', emptyDocument), index);
    for (const document of documents) unit.insert(collection, encodeDocument(document));
  });
}

function left(): unknown[] {
  const unit = storage.openSnapshot();
  const collection = unit.collection('db', 'c')!;
  expect(inconsistencies(unit, collection)).toEqual([]);
  const ids = [...unit.scanRecords(collection)].map(({ document }) => decodePlain(document)['_id']);
  unit.close();
  return ids;
}

describe('the TTL monitor', () => {
  it.each([{ at: 1 }, { at: -1 }])('removes documents whose date lies back far enough, by an index %o', async (key) => {
    await make(ttlIndex(key, 60), [
      { _id: 'old', at: ago(61) }, { _id: 'just', at: ago(60) }, { _id: 'young', at: ago(59) }, { _id: 'future', at: ago(-5) },
      { _id: 'none' }, { _id: 'null', at: null }, { _id: 'number', at: 1 }, { _id: 'text', at: '2000-01-01' }, { _id: 'ancient', at: new Date(-1) },
    ]);
    await monitor.runOnce();
    expect(left()).toEqual(['young', 'future', 'none', 'null', 'number', 'text']);
    expect(totals).toEqual({ deletedDocuments: 3, passes: 1 });
  });

  it('goes by the earliest of several dates', async () => {
    await make(ttlIndex({ at: 1 }, 60), [{ _id: 1, at: [ago(0), ago(100), ago(90)] }, { _id: 2, at: [ago(0), 'x'] }]);
    await monitor.runOnce();
    expect(left()).toEqual([2]);
    expect(totals.deletedDocuments).toBe(1);
  });

  it('leaves alone what a partial index does not hold', async () => {
    const partialFilterExpression = encodeDocument({ done: true });
    await storage.write((unit) => {
      const collection = unit.createIndex(unit.createCollection('db', 'p', emptyDocument), ttlIndex({ at: 1 }, 0, { partialFilterExpression }));
      unit.insert(collection, encodeDocument({ _id: 1, at: ago(9), done: true }));
      unit.insert(collection, encodeDocument({ _id: 2, at: ago(9), done: false }));
    });
    await monitor.runOnce();
    const unit = storage.openSnapshot();
    expect(unit.counts(unit.collection('db', 'p')!).documents).toBe(1);
    unit.close();
  });

  it('takes as many pieces as it needs', async () => {
    await make(ttlIndex({ at: 1 }, 0), Array.from({ length: 1201 }, (_document, id) => ({ _id: id, at: ago(id + 1) })));
    await monitor.runOnce();
    expect(left()).toEqual([]);
    expect(totals.deletedDocuments).toBe(1201);
  });

  it.each<[string, (unit: WriteUnit) => void]>([
    ['the index is no TTL index any more', (unit) => {
      const collection = unit.collection('db', 'c')!;
      const plain = { ...collection.indexes[1]! };
      delete (plain as { expireAfterSeconds?: number }).expireAfterSeconds;
      unit.setIndex(collection, plain);
    }],
    ['the index was dropped', (unit) => void unit.dropIndex(unit.collection('db', 'c')!, 'ttl')],
    ['the time was made longer', (unit) => {
      const collection = unit.collection('db', 'c')!;
      unit.setIndex(collection, { ...collection.indexes[1]!, expireAfterSeconds: 1000 });
    }],
  ])('removes nothing where %s', async (_what, change) => {
    await make(ttlIndex({ at: 1 }, 0), [{ _id: 1, at: ago(5) }]);
    await storage.write(change);
    await monitor.runOnce();
    expect(left()).toEqual([1]);
  });

  it('takes as many pieces as it needs where documents are large', async () => {
    const text = 'x'.repeat(1_000_000);
    await make(ttlIndex({ at: 1 }, 60), Array.from({ length: 20 }, (_document, _id) => ({ _id, at: ago(100), text })));
    await monitor.runOnce();
    expect(left()).toEqual([]);
    expect(totals.deletedDocuments).toBe(20);
  });

  it('finds the collection again where it was renamed, and not where it was dropped', async () => {
    await make(ttlIndex({ at: 1 }, 0), [{ _id: 1, at: ago(5) }]);
    await storage.write((unit) => unit.renameCollection(unit.collection('db', 'c')!, 'db2', 'd'));
    await monitor.runOnce();
    expect(totals.deletedDocuments).toBe(1);
    await storage.write((unit) => unit.dropCollection(unit.collection('db2', 'd')!));
    const unit = storage.openSnapshot();
    expect(unit.expiringCollections()).toEqual([]);
    unit.close();
  });

  it('does nothing where the parameter says so', async () => {
    await make(ttlIndex({ at: 1 }, 0), [{ _id: 1, at: ago(5) }]);
    await new TtlMonitor({ storage, clock, totals, onEvent: () => undefined, isEnabled: () => false }).runOnce();
    expect(left()).toEqual([1]);
    expect(totals.passes).toBe(0);
  });
});
