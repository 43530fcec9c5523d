import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeKey } from '../bson/key-encoding.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { decodePlain, encodeDocument, int32Value, stringValue } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import type { LmdbStorage } from './lmdb-storage.js';
import { openStorage } from './open-storage.js';
import type { CollectionEntry, IndexEntry, ReadUnit, WriteUnit } from './units.js';
import { ViewReader } from './view-reader.js';

let folder: string;
let storage: LmdbStorage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-storage-'));
  storage = await openStorage({ dataDirectory: folder });
});

afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true });
});

const index = (key: object, options: Partial<IndexEntry> = {}): Omit<IndexEntry, 'id' | 'multikey'> => ({
  name: Object.entries(key).flat().join('_'), key: encodeDocument(key), unique: false, sparse: false, hidden: false, options: emptyDocument, ...options,
});

function read<T>(work: (unit: ReadUnit) => T): T {
  const snapshot = storage.openSnapshot();
  try {
    return work(snapshot);
  } finally {
    snapshot.close();
  }
}

const make = (name = 'c'): Promise<CollectionEntry> => storage.write((unit) => unit.createCollection('db', name, emptyDocument));
const insert = (...documents: object[]): Promise<unknown> =>
  storage.write((unit) => documents.map((document) => unit.insert(unit.collection('db', 'c')!, encodeDocument(document))));
const all = (name = 'c'): unknown[] => read((unit) => [...unit.scanRecords(unit.collection('db', name)!)].map(({ document }) => decodePlain(document)));
const whole = { start: Buffer.alloc(0), startInclusive: true, end: Buffer.from([0xff]), endInclusive: true };
const byIndex = (name: string): unknown[] => read((unit) => {
  const collection = unit.collection('db', 'c')!;
  const entry = collection.indexes.find((candidate) => candidate.name === name)!;
  return [...unit.scanIndex(collection, entry, { range: whole })].map(({ recordId }) => decodePlain(unit.record(collection, recordId)!)['_id']);
});

describe('A look-up of a collection', () => {
  const optionsIn = (unit: ReadUnit, name = 'c'): unknown => {
    const entry = unit.collection('db', name);
    return entry === undefined ? 'none' : decodePlain(entry.options);
  };
  const set = (unit: WriteUnit, options: object): unknown => unit.setCollectionOptions(unit.collection('db', 'c')!, encodeDocument(options));

  it('sees the catalog of its own view, however the views take turns', async () => {
    await make();
    const views = [storage.openView()];
    const before = new ViewReader(views[0]!, storage.catalog);
    expect(optionsIn(before)).toEqual({});
    await storage.write((unit) => set(unit, { size: 1 }));
    views.push(storage.openView());
    const between = new ViewReader(views[1]!, storage.catalog);
    await storage.write((unit) => unit.dropCollection(unit.collection('db', 'c')!));
    const seen = [before, between, before, between].map((view) => optionsIn(view));
    expect([...seen, read(optionsIn)]).toEqual([{}, { size: 1 }, {}, { size: 1 }, 'none']);
    for (const view of views) view.close();
  });

  it('does not see what a refused unit changed, nor keeps what it saw from the next one of its batch', async () => {
    await make();
    const refused = storage.write((unit) => {
      set(unit, { size: 2 });
      expect(optionsIn(unit)).toEqual({ size: 2 });
      throw new Error('refused');
    });
    const next = storage.write((unit) => optionsIn(unit));
    await expect(refused).rejects.toThrow('refused');
    expect([await next, read(optionsIn)]).toEqual([{}, {}]);
  });
});

describe('storage', () => {
  it('keeps documents in insertion order, both ways, and resumes behind a record', async () => {
    const collection = await make();
    await insert({ _id: 3 }, { _id: 1 }, { _id: 2 });
    expect(all()).toEqual([{ _id: 3 }, { _id: 1 }, { _id: 2 }]);
    read((unit) => {
      const reversed = [...unit.scanRecords(collection, { reverse: true })].map(({ recordId }) => recordId);
      expect(reversed).toEqual([3, 2, 1]);
      expect([...unit.scanRecords(collection, { after: 1 })].map(({ recordId }) => recordId)).toEqual([2, 3]);
      expect([...unit.scanRecords(collection, { after: 3, reverse: true })].map(({ recordId }) => recordId)).toEqual([2, 1]);
    });
  });

  it('finds a record by its _id, by value across numeric types, and long ones too', async () => {
    await make();
    const long = 'x'.repeat(5000);
    await insert({ _id: 1 }, { _id: `${long}a` }, { _id: `${long}b` });
    read((unit) => {
      const collection = unit.collection('db', 'c')!;
      expect(unit.recordIdOf(collection, int32Value(1))).toBe(1);
      expect(unit.recordIdOf(collection, getDocumentField(encodeDocument({ _id: 1.5 }), '_id')!)).toBeUndefined();
      expect(unit.recordIdOf(collection, stringValue(`${long}b`))).toBe(3);
      expect(unit.recordIdOf(collection, stringValue(`${long}c`))).toBeUndefined();
    });
  });

  it('refuses a second _id with MongoDB\'s error, and goes on within the unit', async () => {
    await make();
    await insert({ _id: 1 });
    const outcome = await storage.write((unit) => {
      const collection = unit.collection('db', 'c')!;
      let error: unknown;
      try {
        unit.insert(collection, encodeDocument({ _id: 1 }));
      } catch (caught) {
        error = caught;
      }
      unit.insert(collection, encodeDocument({ _id: 2 }));
      return error;
    });
    expect(outcome).toMatchObject({ code: 11_000, message: 'E11000 duplicate key error collection: db.c index: _id_ dup key: { _id: 1 }' });
    expect(all()).toEqual([{ _id: 1 }, { _id: 2 }]);
  });

  it('undoes a unit that throws, and that unit alone', async () => {
    await make();
    const [failed, kept] = await Promise.allSettled([
      storage.write((unit) => {
        unit.insert(unit.collection('db', 'c')!, encodeDocument({ _id: 1 }));
        unit.createCollection('db', 'other', emptyDocument);
        throw new Error('no');
      }),
      insert({ _id: 2 }),
    ]);
    expect(failed.status).toBe('rejected');
    expect(kept.status).toBe('fulfilled');
    expect(all()).toEqual([{ _id: 2 }]);
    expect(read((unit) => unit.collections('db').map(({ name }) => name))).toEqual(['c']);
    expect(read((unit) => unit.counts(unit.collection('db', 'c')!).documents)).toBe(1);
  });

  it('fills an index from what is there and keeps it through inserts, replacements and removals', async () => {
    const collection = await make();
    await insert({ _id: 1, a: 3 }, { _id: 2, a: 1 });
    await storage.write((unit) => unit.createIndex(collection, index({ a: 1 })));
    await insert({ _id: 3, a: 2 });
    expect(byIndex('a_1')).toEqual([2, 3, 1]);
    await storage.write((unit) => {
      const entry = unit.collection('db', 'c')!;
      unit.replace(entry, 2, encodeDocument({ _id: 2, a: 1 }), encodeDocument({ _id: 2, a: 9 }));
      unit.remove(entry, 1, encodeDocument({ _id: 1, a: 3 }));
    });
    expect(byIndex('a_1')).toEqual([3, 2]);
    expect(byIndex('_id_')).toEqual([2, 3]);
    const [key] = [encodeKey([int32Value(2)], [1]).bytes];
    read((unit) => {
      const entry = unit.collection('db', 'c')!;
      const range = { start: key, startInclusive: true, end: key, endInclusive: true };
      expect([...unit.scanIndex(entry, entry.indexes[1]!, { range })]).toHaveLength(1);
    });
  });

  it('marks an index multikey when an array comes, and gives one entry per element', async () => {
    const collection = await make();
    await storage.write((unit) => unit.createIndex(collection, index({ tags: 1 })));
    await insert({ _id: 1, tags: 'x' });
    expect(read((unit) => unit.collection('db', 'c')!.indexes[1]!.multikey)).toBe(false);
    await insert({ _id: 2, tags: ['b', 'a'] });
    expect(read((unit) => unit.collection('db', 'c')!.indexes[1]!.multikey)).toBe(true);
    expect(byIndex('tags_1')).toEqual([2, 2, 1]);
  });

  it('holds unique indexes, sparse and partial ones as their definitions say', async () => {
    const collection = await make();
    await storage.write((unit) => unit.createIndex(collection, index({ e: 1 }, { unique: true, sparse: true })));
    await storage.write((unit) => unit.createIndex(unit.collection('db', 'c')!, index({ n: 1 }, { unique: true, partialFilterExpression: encodeDocument({ active: true }) })));
    await insert({ _id: 1 }, { _id: 2 }, { _id: 3, e: 'x', n: 1, active: true }, { _id: 4, n: 1 });
    await expect(insert({ _id: 5, e: 'x' })).rejects.toMatchObject({ code: 11_000, fields: { keyPattern: expect.any(Buffer) } });
    await expect(insert({ _id: 6, n: 1, active: true })).rejects.toMatchObject({ code: 11_000 });
    expect(byIndex('e_1')).toEqual([3]);
    expect(byIndex('n_1')).toEqual([3]);
  });

  it('refuses to build a unique index over duplicates, and leaves nothing of it', async () => {
    const collection = await make();
    await insert({ _id: 1, a: 1 }, { _id: 2, a: 1 });
    await expect(storage.write((unit) => unit.createIndex(collection, index({ a: 1 }, { unique: true })))).rejects.toMatchObject({ code: 11_000 });
    expect(read((unit) => unit.collection('db', 'c')!.indexes)).toHaveLength(1);
  });

  it('counts documents and bytes exactly', async () => {
    await make();
    await insert({ _id: 1, text: 'abc' }, { _id: 2 });
    const size = encodeDocument({ _id: 1, text: 'abc' }).length + encodeDocument({ _id: 2 }).length;
    expect(read((unit) => unit.counts(unit.collection('db', 'c')!))).toEqual({ documents: 2, bytes: size });
    expect(read((unit) => unit.indexBytes(unit.collection('db', 'c')!.indexes[0]!))).toBeGreaterThan(0);
  });

  it('finds everything again when it is opened anew, and gives no record id twice', async () => {
    await make();
    await insert({ _id: 1 }, { _id: 2 });
    await storage.close();
    storage = await openStorage({ dataDirectory: folder });
    await insert({ _id: 3 });
    expect(all()).toEqual([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    expect(read((unit) => unit.databaseNames())).toEqual(['db']);
  });

  it('drops collections and, with the last one, the database; a new one of the name is empty', async () => {
    await make();
    await make('d');
    await insert({ _id: 1 });
    await storage.write((unit) => unit.dropCollection(unit.collection('db', 'c')!));
    expect(read((unit) => unit.collections('db').map(({ name }) => name))).toEqual(['d']);
    await make();
    expect(all()).toEqual([]);
    await storage.write((unit) => unit.collections('db').forEach((entry) => unit.dropCollection(entry)));
    expect(read((unit) => unit.databaseNames())).toEqual([]);
  });

  it('renames a collection with its documents and indexes', async () => {
    const collection = await make();
    await insert({ _id: 1 });
    await storage.write((unit) => unit.renameCollection(collection, 'db2', 'renamed'));
    expect(read((unit) => unit.databaseNames())).toEqual(['db2']);
    expect(read((unit) => unit.counts(unit.collection('db2', 'renamed')!).documents)).toBe(1);
  });

  it.each<[string, string, string, number]>([
    ['a database in another case', 'DB', 'c', 13_297],
    ['a collection that is there', 'db', 'c', 48],
    ['a database with a dot', 'a.b', 'c', 73],
    ['an empty collection name', 'db', '', 73],
    ['a collection with a dollar', 'db', 'a$b', 73],
  ])('refuses to create %s', async (_case, database, name, code) => {
    await make();
    await expect(storage.write((unit) => unit.createCollection(database, name, emptyDocument))).rejects.toMatchObject({ code });
  });

  it('keeps a capped collection within its bounds', async () => {
    await storage.write((unit) => unit.createCollection('db', 'c', encodeDocument({ capped: true, size: 100_000, max: 2 })));
    await insert({ _id: 1 }, { _id: 2 }, { _id: 3 });
    expect(all()).toEqual([{ _id: 2 }, { _id: 3 }]);
  });

  it.runIf(process.platform !== 'win32')('makes a file that nobody else may read', () => {
    expect(statSync(join(folder, 'freehold.mdb')).mode & 0o777).toBe(0o600);
  });

  it('refuses a folder that is open, and says by whom', async () => {
    await expect(openStorage({ dataDirectory: folder })).rejects.toThrow(`in use by process ${process.pid}:`);
  });

  it('reads a view as it was, whatever is written meanwhile', async () => {
    const collection = await make();
    await insert({ _id: 1 });
    const view = storage.openView();
    await insert({ _id: 2 });
    const seen: RawDocument[] = [...new ViewReader(view, storage.catalog).scanRecords(collection)].map(({ document }) => document);
    view.close();
    expect(seen.map((document) => documentValue(document).end)).toHaveLength(1);
    expect(all()).toHaveLength(2);
  });
});
