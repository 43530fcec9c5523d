// The oplog read in order, from anywhere, by any number of readers; and what its limits take away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeDocument } from '../bson/values.js';
import type { LmdbStorage } from './lmdb-storage.js';
import { openStorage, type StorageOptions } from './open-storage.js';
import { timeOfKey } from './oplog-entry.js';

let folder: string;
let storage: LmdbStorage;
let now_ms: number;

async function open(options: Partial<StorageOptions> = {}): Promise<void> {
  storage = await openStorage({ dataDirectory: folder, clock: { now_ms: () => now_ms }, ...options });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-changes-'));
  now_ms = 1_700_000_000_000;
});

afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

const nothing = Buffer.alloc(0);

async function insert(first: number, count: number, bytes = 10): Promise<void> {
  await storage.write((unit) => {
    const collection = unit.collection('db', 'c') ?? unit.createCollection('db', 'c', encodeDocument({}));
    for (let id = first; id < first + count; id += 1) unit.insert(collection, encodeDocument({ _id: id, pad: 'x'.repeat(bytes) }));
  });
}

/** Keys of all entries behind a key, read in pieces as a stream does. */
function keysBehind(start: Buffer): string[] {
  const end = storage.changes.end();
  const keys: string[] = [];
  for (let key = start; ; ) {
    const entries = storage.changes.after(key, end);
    if (entries.length === 0) return keys;
    keys.push(...entries.map((entry) => entry.key.toString('hex')));
    key = entries[entries.length - 1]!.key;
  }
}

describe('the log of changes', () => {
  it('gives every reader the same entries in order, whether it reads from the beginning or follows', async () => {
    await open();
    let nextId = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.boolean()), { minLength: 1, maxLength: 6 }), async (steps) => {
        let position = storage.changes.end();
        const followed = keysBehind(nothing);
        for (const [count, follows] of steps) {
          await insert(nextId, count);
          nextId += count;
          if (!follows) continue;
          followed.push(...keysBehind(position));
          position = storage.changes.end();
        }
        followed.push(...keysBehind(position));
        expect(followed).toEqual([...followed].sort());
        expect(new Set(followed).size).toBe(followed.length);
        expect(followed).toEqual(keysBehind(nothing));
      }),
      { numRuns: 10 },
    );
  });

  it('never gives a time twice nor an earlier one, though the clock goes back and the storage is opened anew', async () => {
    await open();
    await insert(1, 3);
    const before = storage.logicalClock.now();
    await storage.close();
    now_ms -= 3_600_000;
    await open();
    expect(storage.logicalClock.now()).toBe(before);
    await insert(4, 3);
    expect(storage.logicalClock.now()).toBeGreaterThan(before);
    const keys = keysBehind(nothing);
    expect(keys).toEqual([...new Set(keys)].sort());
  });

  it('loses its oldest entries when it is too large, says so, and never loses the newest one', async () => {
    await open({ oplogLimits: { bytes: 20_000, minRetentionHours: 0 } });
    await insert(1, 1);
    const first = storage.logicalClock.now();
    expect(storage.changes.trimmedTime()).toBeUndefined();
    await insert(2, 50, 2_000);
    expect(storage.changes.trimmedTime()).toBeGreaterThanOrEqual(first);
    expect(timeOfKey(Buffer.from(keysBehind(nothing)[0]!, 'hex'))).toBeGreaterThan(storage.changes.trimmedTime()!);
    await insert(100, 1, 500_000);
    expect(keysBehind(nothing)).toHaveLength(1);
  });

  it('keeps entries that are younger than they must become, and drops them when they are not', async () => {
    await open({ oplogLimits: { bytes: 20_000, minRetentionHours: 2 } });
    await insert(1, 50, 2_000);
    expect(keysBehind(nothing)).toHaveLength(51);
    now_ms += 2 * 3_600_000 + 1_000;
    await insert(100, 1);
    expect(keysBehind(nothing).length).toBeLessThan(12);
  });
});
