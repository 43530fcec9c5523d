import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeDocument } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { inconsistencies } from './consistency.fixture.js';
import { openStorage } from './open-storage.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-backup-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('a copy that is made while writes go on is one whole state, and opens as a data folder', async () => {
  const storage = await openStorage({ dataDirectory: join(folder, 'data') });
  await storage.write((unit) => {
    const collection = unit.createCollection('db', 'c', emptyDocument);
    unit.createIndex(collection, { name: 'a_1', key: encodeDocument({ a: 1 }), unique: false, sparse: false, hidden: false, options: emptyDocument });
  });
  let written = 0;
  let isCopied = false;
  /** Pairs of documents: a whole state has both or neither. */
  const writePairs = async (): Promise<void> => {
    while (!isCopied) {
      await storage.write((unit) => {
        for (const half of [0, 1]) unit.insert(unit.collection('db', 'c')!, encodeDocument({ _id: written * 2 + half, a: written % 10, text: 'x'.repeat(1000) }));
      });
      written += 1;
    }
  };
  const writing = writePairs();
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  const before = written;
  mkdirSync(join(folder, 'copy'));
  await storage.backup(join(folder, 'copy', 'freehold.mdb'));
  isCopied = true;
  await writing;
  await storage.close();

  const copy = await openStorage({ dataDirectory: join(folder, 'copy') });
  const unit = copy.openSnapshot();
  const collection = unit.collection('db', 'c')!;
  expect(inconsistencies(unit, collection)).toEqual([]);
  const { documents } = unit.counts(collection);
  expect(documents % 2).toBe(0);
  expect(documents).toBeGreaterThanOrEqual(before * 2);
  expect(documents).toBeLessThanOrEqual(written * 2);
  unit.close();
  await copy.write((writer) => writer.insert(writer.collection('db', 'c')!, encodeDocument({ _id: 'after' })));
  await copy.close();
});
