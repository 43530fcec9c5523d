import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeDocument } from '../bson/values.js';
import type { LmdbStorage } from './lmdb-storage.js';
import { openStorage } from './open-storage.js';
import { keyAtEndOf, type OplogEntry } from './oplog-entry.js';
import { oplogCounter, type OplogLimits } from './oplog.js';

let dataDirectory: string;
let storage: LmdbStorage;
const startedWith: OplogLimits = { bytes: 4 * 1024 * 1024, minRetentionHours: 0 };

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-oplog-'));
  storage = await openStorage({ dataDirectory, oplogLimits: startedWith });
});

afterEach(async () => {
  await storage.close();
  await rm(dataDirectory, { recursive: true, force: true });
});

async function openedAgain(oplogLimits: OplogLimits): Promise<OplogLimits> {
  await storage.close();
  storage = await openStorage({ dataDirectory, oplogLimits });
  return storage.oplog.limits;
}

/** Makes documents in a collection that keeps pre-images, and changes each of them. */
async function changeDocuments(count: number, first = 0): Promise<void> {
  const options = encodeDocument({ changeStreamPreAndPostImages: { enabled: true } });
  for (let n = first; n < first + count; n += 1) {
    await storage.write((unit) => {
      const collection = unit.collection('shop', 'things') ?? unit.createCollection('shop', 'things', options);
      const before = encodeDocument({ _id: n, filler: 'x'.repeat(1000) });
      const recordId = unit.insert(collection, before);
      unit.replace(collection, recordId, before, encodeDocument({ _id: n }));
    });
  }
}

function entries(): OplogEntry[] {
  const found: OplogEntry[] = [];
  for (let key: Buffer = Buffer.alloc(0); ;) {
    const page = storage.changes.after(key, keyAtEndOf(storage.logicalClock.now()));
    if (page.length === 0) return found;
    found.push(...page);
    key = page[page.length - 1]!.key;
  }
}

it('keeps a size that was set over restarts, until it is started with another one', async () => {
  const set = { bytes: 5_000_000, minRetentionHours: 2 };
  await storage.oplog.resize(set);
  expect(storage.oplog.limits).toEqual(set);
  expect(await openedAgain(startedWith)).toEqual(set);
  const other = { bytes: 2_000_000, minRetentionHours: 0 };
  expect(await openedAgain(other)).toEqual(other);
});

it('trims to a size that was set', async () => {
  await changeDocuments(300);
  const before = entries().length;
  await storage.oplog.resize({ bytes: 10_000, minRetentionHours: 0 });
  await changeDocuments(1, 1000);
  expect(entries().length).toBeLessThan(before / 10);
});

it('removes pre-images that are too old, and nothing else', async () => {
  await changeDocuments(700);
  const stored = (): number => {
    const view = storage.openView();
    try {
      return view.counts(oplogCounter).bytes;
    } finally {
      view.close();
    }
  };
  const whole = stored();
  const count = entries().length;
  await storage.oplog.expirePreImages(0);
  expect(stored()).toBe(whole);
  await storage.oplog.expirePreImages(Date.now() + 60_000);
  await openedAgain(startedWith);
  const left = entries();
  expect(left).toHaveLength(count);
  expect(left.filter(({ before }) => before !== undefined)).toEqual([]);
  expect(left.filter(({ op }) => op === 'u')).toHaveLength(700);
  expect(stored()).toBe(left.reduce((sum, { bytes }) => sum + bytes.length, 0));
});
