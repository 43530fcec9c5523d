import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeChanges } from './change-buffer.js';
import { WatchedFiles } from './failing-files.fixture.js';
import { readLog } from './segment-files.js';
import { WriteLog } from './write-log.js';

const identity = Buffer.alloc(16, 7);
let folder: string;
let files: WatchedFiles;
let log: WriteLog;
const failures: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-log-'));
  files = new WatchedFiles();
  failures.length = 0;
  log = new WriteLog({ folder, files, identity, nextFrame: 1, nextSegment: 1, onFailure: (error) => failures.push(error.message) });
});

afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

const key = (n: number): Buffer => Buffer.from(`key ${n}`);

function put(n: number, bytes = 10): Promise<void> {
  log.put('records', key(n), Buffer.alloc(bytes, n));
  log.reserve();
  return log.sync();
}

/** The keys that the log holds from a frame on. */
const keysFrom = (frame: number): string[] => readLog(folder, identity, frame).frames.flatMap((changes) => [...decodeChanges(changes)].map((change) => change.key.toString()));
const logBytes = (): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

describe('the log', () => {
  it('gives back what was written, in order, whatever its size', async () => {
    const sizes = [0, 1, 4000, 4064, 4065, 5000, 70_000, 3_000_000, 10];
    for (const [n, size] of sizes.entries()) await put(n, size);
    expect(keysFrom(1)).toEqual(sizes.map((_size, n) => `key ${n}`));
    const values = readLog(folder, identity, 1).frames.flatMap((changes) => [...decodeChanges(changes)].map(({ value }) => value?.length));
    expect(values).toEqual(sizes);
  });

  it('puts what comes while a frame is on its way into the next one', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => put(n)));
    expect(log.nextFrame).toBe(3);
    expect(keysFrom(1)).toHaveLength(50);
    expect(keysFrom(2)).toHaveLength(49);
  });

  it('knows removals from empty values, and forgets what is taken back', async () => {
    log.put('records', key(1), Buffer.alloc(0));
    log.remove('indexes', key(2));
    const mark = log.mark();
    log.put('records', key(3), Buffer.from('x'));
    log.rewind(mark);
    await log.sync();
    const [frame] = readLog(folder, identity, 1).frames;
    expect([...decodeChanges(frame!)].map(({ table, value }) => [table, value])).toEqual([['records', Buffer.alloc(0)], ['indexes', undefined]]);
  });

  it('uses its files again when nobody needs what is in them, and reads nothing of their earlier use', async () => {
    for (let n = 0; n < 60; n += 1) {
      await put(n, 500_000);
      log.cut(log.nextFrame);
    }
    expect(logBytes()).toBeLessThan(25 * 1024 * 1024);
    const last = log.nextFrame - 1;
    expect(keysFrom(last)).toEqual(['key 59']);
  });

  it('refuses to go on where frames are missing between others', async () => {
    for (let n = 0; n < 12; n += 1) await put(n, 900_000);
    const [, second] = readdirSync(folder).sort((a, b) => Number(/\d+/u.exec(a)![0]) - Number(/\d+/u.exec(b)![0]));
    rmSync(join(folder, second!));
    expect(() => keysFrom(1)).toThrow(/frames \d+ to \d+ of the log are missing/u);
  });

  it('rejects all who wait when the disk fails, says so once, and takes nothing more', async () => {
    await put(1);
    files.failing = { files: /\.log$/u, error: new Error('i/o error') };
    const waiting = [put(2), put(3)].map((promise) => promise.catch((error: unknown) => String(error)));
    expect(await Promise.all(waiting)).toEqual(['Error: i/o error', 'Error: i/o error']);
    files.failing = undefined;
    await expect(log.sync()).rejects.toThrow('i/o error');
    expect(failures).toEqual(['i/o error']);
  });

  it('says before a change is made that it has no room for it', () => {
    files.failing = { files: /\.log$/u, error: Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }) };
    log.put('records', key(1), Buffer.alloc(10));
    expect(() => log.reserve()).toThrow('no space left on device');
  });
});
