import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeDocument, int32Value } from '../../bson/values.js';
import { emptyDocument } from '../../bson/writer.js';
import { inconsistencies } from '../consistency.fixture.js';
import { prepareDataFile } from '../lmdb-environment.js';
import type { LmdbStorage } from '../lmdb-storage.js';
import { dataFile, openStorage } from '../open-storage.js';
import { WatchedFiles } from './failing-files.fixture.js';
import { currentFormat } from '../format.js';
import { frameAlignment, segmentHeadBytes } from './frame.js';

let folder: string;
let live: string;
let copy: string;
let files: WatchedFiles;
let storage: LmdbStorage;
const events: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-durability-'));
  live = join(folder, 'live');
  copy = join(folder, 'copy');
  files = new WatchedFiles();
  events.length = 0;
  storage = await openStorage({ dataDirectory: live, files, onEvent: (event) => events.push(event) });
  await storage.write((unit) => unit.createCollection('db', 'c', emptyDocument));
});

afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true });
});

const insert = (_id: number, into = storage): Promise<unknown> => into.write((unit) => unit.insert(unit.collection('db', 'c')!, encodeDocument({ _id })));

function ids(of: LmdbStorage): number {
  const unit = of.openSnapshot();
  const collection = unit.collection('db', 'c')!;
  expect(inconsistencies(unit, collection)).toEqual([]);
  return [...unit.scanRecords(collection)].length;
}

/** The folder as it is, as a process that was killed now would leave it. */
function killed(): void {
  cpSync(live, copy, { recursive: true, filter: (path) => !path.endsWith('.lock') });
}

function onlyLog(of: string): string {
  return join(of, readdirSync(of).find((name) => name.endsWith('.log'))!);
}

describe('a folder whose process was killed', () => {
  beforeEach(async () => {
    for (let id = 0; id < 5; id += 1) await insert(id);
    killed();
  });

  it('has every acknowledged write, in the log alone', async () => {
    const opened = await openStorage({ dataDirectory: copy, onEvent: (event) => events.push(event) });
    expect(ids(opened)).toBe(5);
    expect(events).toContain('storage.recovered');
    await opened.close();
  });

  it('lets go of a last frame that is not whole, which nobody was told of', async () => {
    const log = readFileSync(onlyLog(copy));
    // Frame 1 made the collection, 2 to 6 the documents.
    log.fill(0, segmentHeadBytes + 5 * frameAlignment + 100, segmentHeadBytes + 6 * frameAlignment);
    writeFileSync(onlyLog(copy), log);
    const opened = await openStorage({ dataDirectory: copy });
    expect(ids(opened)).toBe(4);
    await insert(9, opened);
    await opened.close();
    const again = await openStorage({ dataDirectory: copy });
    expect(ids(again)).toBe(5);
    await again.close();
  });

  it.each<[string, () => void, RegExp]>([
    ['a frame in its middle is damaged', () => {
      const log = readFileSync(onlyLog(copy));
      log[segmentHeadBytes + 2 * frameAlignment + 60]! ^= 1;
      writeFileSync(onlyLog(copy), log);
    }, /frame 3 of the log .* is damaged, and frame 4 follows it/u],
    ['the record of checkpoints is missing', () => rmSync(join(copy, 'freehold.checkpoint')), /missing or belong to another file/u],
    ['another data file was put in its place', () => rmSync(join(copy, dataFile)), /belong to another data file/u],
  ])('is refused where %s, and left as it is', async (_what, damage, message) => {
    damage();
    const before = readFileSync(onlyLog(copy));
    await expect(openStorage({ dataDirectory: copy })).rejects.toThrow(message);
    expect(readFileSync(onlyLog(copy)).equals(before)).toBe(true);
  });

  it('is killed again at once, and opened again, as often as one likes', async () => {
    for (let time = 0; time < 3; time += 1) {
      const next = join(folder, `again-${time}`);
      // Each goes on from the copy of the one before.
      const opened = await openStorage({ dataDirectory: copy });
      await insert(100 + time, opened);
      cpSync(copy, next, { recursive: true, filter: (path) => !path.endsWith('.lock') });
      await opened.close();
      copy = next;
    }
    const opened = await openStorage({ dataDirectory: copy });
    expect(ids(opened)).toBe(8);
    await opened.close();
  });
});

describe('a folder that was closed', () => {
  it('is the data file alone', async () => {
    await insert(1);
    await storage.close();
    expect(readdirSync(live).sort()).toEqual([dataFile, `${dataFile}-lock`]);
    storage = await openStorage({ dataDirectory: live });
    expect(ids(storage)).toBe(1);
  });

  it('of the first format is opened and brought up to this one', async () => {
    const old = join(folder, 'old');
    await (await openStorage({ dataDirectory: old })).close();
    await prepareDataFile(join(old, dataFile), (meta) => {
      meta.putSync(Buffer.from('format'), Buffer.from([1]));
    });
    const opened = await openStorage({ dataDirectory: old });
    expect(opened.committed.get('meta', Buffer.from('format'))).toEqual(Buffer.from([currentFormat]));
    await opened.close();
  });
});

describe('a data file that is copied while writes are held back', () => {
  it('has everything by itself', async () => {
    for (let id = 0; id < 20; id += 1) await insert(id);
    storage.commits.pause();
    killed();
    storage.commits.resume();
    const whole = await openStorage({ dataDirectory: copy });
    expect(ids(whole)).toBe(20);
    await whole.close();
  });
});

describe('a write on its way to the disk', () => {
  it('is seen by reads, and by nobody who asks for what lasts before it is there', async () => {
    let release = (): void => undefined;
    files.held = new Promise((resolve) => {
      release = resolve;
    });
    const order: string[] = [];
    const written = insert(1).then(() => order.push('answered'));
    while (ids(storage) === 0) await new Promise(setImmediate);
    const refused = insert(1).catch(() => order.push('refused'));
    const lasting = storage.durable().then(() => order.push('lasts'));
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(order).toEqual([]);
    release();
    await Promise.all([written, refused, lasting]);
    expect(order.sort()).toEqual(['answered', 'lasts', 'refused']);
  });
});

describe('a disk that fails', () => {
  it.each([['log', /\.log$/u], ['data file', /\.mdb$/u]])('under the %s: no write is acknowledged any more, and reads go on', async (what, failing) => {
    await insert(1);
    files.failing = { files: failing, error: Object.assign(new Error('i/o error'), { code: 'EIO' }) };
    if (what === 'data file') expect(() => storage.commits.pause()).toThrow('i/o error');
    storage.commits.resume();
    await expect(insert(2)).rejects.toMatchObject({ code: 1, message: expect.stringContaining('nothing is written any more') });
    files.failing = undefined;
    // A disk that failed once is not believed again.
    await expect(insert(3)).rejects.toMatchObject({ code: 1 });
    expect(events).toContain('storage.failed');
    const unit = storage.openSnapshot();
    expect(unit.recordIdOf(unit.collection('db', 'c')!, int32Value(1))).toBeDefined();
    await storage.close();
    storage = await openStorage({ dataDirectory: live });
    expect(ids(storage)).toBeGreaterThanOrEqual(1);
    await insert(4);
  });

  it('leaves the log in place when the folder is closed, for the next start', async () => {
    await insert(1);
    files.failing = { files: /\.mdb$/u, error: new Error('i/o error') };
    await storage.close();
    expect(existsSync(join(live, 'freehold.checkpoint'))).toBe(true);
    files.failing = undefined;
    storage = await openStorage({ dataDirectory: live });
    expect(ids(storage)).toBe(1);
  });
});
