import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeDocument } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import type { LmdbStorage } from './lmdb-storage.js';
import { openStorage } from './open-storage.js';

let folder: string;
let storage: LmdbStorage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-group-commit-'));
  storage = await openStorage({ dataDirectory: folder });
  await storage.write((unit) => unit.createCollection('db', 'c', emptyDocument));
});

afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true });
});

const insert = (_id: number): Promise<unknown> => storage.write((unit) => unit.insert(unit.collection('db', 'c')!, encodeDocument({ _id })));

function documents(): number {
  const unit = storage.openSnapshot();
  const found = [...unit.scanRecords(unit.collection('db', 'c')!)].length;
  unit.close();
  return found;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

describe('the write queue', () => {
  it('does writes in the order in which they were asked for', async () => {
    const order: number[] = [];
    await Promise.all([3, 1, 2].map((_id) => insert(_id).then(() => order.push(_id))));
    expect(order).toEqual([3, 1, 2]);
  });

  it('writes nothing while it is paused, not even what was dropped before, and all of it afterwards', async () => {
    await storage.write((unit) => unit.dropCollection(unit.createCollection('db', 'gone', emptyDocument)));
    storage.commits.pause();
    const waiting = Promise.all([insert(1), insert(2)]);
    const garbage = (): number => storage.committed.range('garbage', { start: Buffer.alloc(0), end: Buffer.from([0xff]), reverse: false, limit: 10 }).entries.length;
    const before = garbage();
    await turns(20);
    expect([documents(), garbage()]).toEqual([0, before]);
    storage.commits.resume();
    await waiting;
    expect(documents()).toBe(2);
  });

  it('takes nothing more once it is closed, and finishes what it took, paused or not', async () => {
    storage.commits.pause();
    const taken = insert(1);
    const closing = storage.close();
    await expect(insert(2)).rejects.toMatchObject({ code: 91 });
    await Promise.all([taken, closing]);
    storage = await openStorage({ dataDirectory: folder });
    expect(documents()).toBe(1);
  });
});
