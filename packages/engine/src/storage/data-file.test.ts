import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeDocument } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { inconsistencies } from './consistency.fixture.js';
import { prepareDataFile } from './lmdb-environment.js';
import { openStorage } from './open-storage.js';
import type { LmdbStorage } from './lmdb-storage.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-file-'));
  file = join(folder, 'freehold.mdb');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function withDocuments(storage: LmdbStorage, count: number): Promise<void> {
  await storage.write((unit) => {
    const collection = unit.collection('db', 'c') ?? unit.createCollection('db', 'c', emptyDocument);
    const { documents } = unit.counts(collection);
    for (let id = 0; id < count; id += 1) unit.insert(collection, encodeDocument({ _id: `many ${documents} ${id}`, padding: 'p'.repeat(500) }));
  });
}

function documentCount(storage: LmdbStorage): number {
  const unit = storage.openSnapshot();
  const collection = unit.collection('db', 'c')!;
  expect(inconsistencies(unit, collection)).toEqual([]);
  const { documents } = unit.counts(collection);
  unit.close();
  return documents;
}

function hasGarbage(storage: LmdbStorage): boolean {
  const snapshot = storage.openSnapshot();
  const { entries } = snapshot.view.range('garbage', { start: Buffer.alloc(0), end: Buffer.from([0xff]), reverse: false, limit: 1 });
  snapshot.close();
  return entries.length > 0;
}

const insertOne = (storage: LmdbStorage, id: number): Promise<unknown> =>
  storage.write((unit) => unit.insert(unit.collection('db', 'c')!, encodeDocument({ _id: id })));

describe('the data file', () => {
  it.each<[string, () => void]>([
    ['is something else', () => writeFileSync(file, Buffer.alloc(100_000, 'not a database '))],
    ['has no beginning', () => writeFileSync(file, readFileSync(file).fill(0, 0, 8192))],
    ['lost one of its first two pages', () => writeFileSync(file, readFileSync(file).fill(0, 4096, 8192))],
    ['is cut to a few bytes', () => truncateSync(file, 100)],
    ['is cut to its first pages', () => truncateSync(file, 8192)],
    ['is cut to its half', () => truncateSync(file, Math.floor(statSync(file).size / 2))],
  ])('is refused, with its name and the remedy, where it %s', async (_what, damage) => {
    const storage = await openStorage({ dataDirectory: folder });
    await withDocuments(storage, 6000);
    await storage.close();
    damage();
    const before = readFileSync(file);
    await expect(openStorage({ dataDirectory: folder })).rejects.toThrow(
      new RegExp(`^the data file ${file} cannot be opened \\(.+\\): restore it from a backup, or move it away to begin anew$`, 'u'),
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('is refused where a newer version wrote it', async () => {
    await (await openStorage({ dataDirectory: folder })).close();
    await prepareDataFile(file, (meta) => {
      meta.putSync(Buffer.from('format'), Buffer.from([200]));
    });
    await expect(openStorage({ dataDirectory: folder })).rejects.toThrow(`the data file ${file} was written by a newer version`);
    // The refusal leaves the folder free.
    await expect(openStorage({ dataDirectory: folder })).rejects.toThrow('newer version');
  });

  it('is copied while writes go on, as it was at one moment, and opens as a data folder of its own', async () => {
    const storage = await openStorage({ dataDirectory: folder });
    await withDocuments(storage, 2000);
    const copy = mkdtempSync(join(tmpdir(), 'freehold-copy-'));
    const copied = storage.backup(join(copy, 'freehold.mdb'));
    await Promise.all(Array.from({ length: 200 }, (_document, id) => insertOne(storage, id)));
    await copied;
    const opened = await openStorage({ dataDirectory: copy });
    expect(documentCount(opened)).toBeGreaterThanOrEqual(2000);
    await withDocuments(opened, 3);
    await opened.close();
    expect(documentCount(storage)).toBe(2200);
    await storage.close();
    rmSync(copy, { recursive: true });
  });

  it('takes up the room of what was dropped before it grows', async () => {
    const storage = await openStorage({ dataDirectory: folder, oplogLimits: { bytes: 64 * 1024, minRetentionHours: 0 } });
    await withDocuments(storage, 4000);
    const size = storage.fileBytes();
    for (let round = 0; round < 8; round += 1) {
      await storage.write((unit) => unit.dropCollection(unit.collection('db', 'c')!));
      while (hasGarbage(storage)) await new Promise(setImmediate);
      await withDocuments(storage, 4000);
    }
    // Pages of the last checkpoint wait for the next one before they are used again.
    expect(storage.fileBytes()).toBeLessThan(size * 2.5);
    expect(documentCount(storage)).toBe(4000);
    await storage.close();
  });
});
