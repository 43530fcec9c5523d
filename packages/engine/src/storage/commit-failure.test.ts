import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePlain, encodeDocument } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { systemClock } from '../dispatch/clock.js';
import { commitFailure } from './commit-failure.js';
import { inconsistencies } from './consistency.fixture.js';
import { LmdbEnvironment, prepareDataFile, StorageFault } from './lmdb-environment.js';
import { LmdbStorage } from './lmdb-storage.js';
import { Durability } from './log/durability.js';

const gibibyte = 2 ** 30;

describe('what a client is told of a failed commit', () => {
  it.each<[string, string, number, number]>([
    ['a full disk, in LMDB\'s words', 'No space left on device: Attempting to write page at position 8380416, size 4096', gibibyte, 14_031],
    ['a full map', 'MDB_MAP_FULL: Environment mapsize limit reached', gibibyte, 14_031],
    ['a quota', 'Disk quota exceeded', gibibyte, 14_031],
    ['a short write on a disk that is nearly full', 'Input/output error', 4096, 14_031],
    ['a disk that fails', 'Input/output error', gibibyte, 1],
    ['anything else', 'MDB_BAD_TXN: Transaction must abort', gibibyte, 1],
  ])('%s', (_case, reason, free_bytes, code) => {
    expect(commitFailure(reason, free_bytes).code).toBe(code);
  });
});

describe('storage whose commit fails', () => {
  let folder: string;
  let storage: LmdbStorage;
  let environment: LmdbEnvironment;
  const events: string[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'freehold-commit-'));
    const file = join(folder, 'data.mdb');
    await prepareDataFile(file, () => undefined);
    environment = LmdbEnvironment.open(file);
    const durability = new Durability({ environment, folder, dataFile: file, recovery: undefined, onFailure: (reason) => events.push(reason) });
    storage = new LmdbStorage({
      environment, durability, guard: { release: () => undefined }, clock: systemClock, onEvent: (event) => events.push(event),
      oplogLimits: { bytes: gibibyte, minRetentionHours: 0 }, dataDirectory: folder,
    });
    await storage.write((unit) => unit.createCollection('db', 'c', emptyDocument));
  });

  afterEach(async () => {
    await storage.close();
    rmSync(folder, { recursive: true });
  });

  const insert = (_id: number): Promise<unknown> => storage.write((unit) => unit.insert(unit.collection('db', 'c')!, encodeDocument({ _id })));
  const ids = (): unknown[] => {
    const unit = storage.openSnapshot();
    const collection = unit.collection('db', 'c')!;
    expect(inconsistencies(unit, collection)).toEqual([]);
    const found = [...unit.scanRecords(collection)].map(({ document }) => decodePlain(document)['_id'] as unknown);
    unit.close();
    return found;
  };

  /** The next batch writes some of its rows and then meets LMDB's refusal. */
  function failNextBatch(rowsWritten: number): void {
    const put = environment.put.bind(environment);
    let rows = 0;
    environment.put = (table, key, value) => {
      rows += 1;
      if (rows <= rowsWritten) {
        put(table, key, value);
        return;
      }
      environment.put = put;
      throw new StorageFault(new Error('No space left on device'));
    };
  }

  it('answers so to every write of the batch, keeps nothing of it and does not do it later', async () => {
    await insert(1);
    failNextBatch(6);
    const outcomes = await Promise.allSettled([insert(2), insert(1), insert(3), storage.write((unit) => unit.createCollection('db', 'd', emptyDocument))]);
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: number }).code : 'kept'))).toEqual([14_031, 14_031, 14_031, 14_031]);
    expect(events).toContain('storage.commit_failed');
    expect(ids()).toEqual([1]);
    await insert(4);
    expect(ids()).toEqual([1, 4]);
  });

  it('gives no number of a collection twice afterwards, so that nothing of two can be mixed', async () => {
    failNextBatch(2);
    await Promise.allSettled([storage.write((unit) => unit.createCollection('db', 'lost', emptyDocument))]);
    const created = await Promise.all(['a', 'b'].map((name) => storage.write((unit) => unit.createCollection('db', name, emptyDocument))));
    const unit = storage.openSnapshot();
    const numbers = unit.collections('db').flatMap(({ id, indexes }) => [id, ...indexes.map((index) => index.id)]);
    unit.close();
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(created.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe.runIf(process.platform === 'linux')('a data file that may grow no further', () => {
  const writer = fileURLToPath(new URL('full-disk.fixture.ts', import.meta.url));

  it('refuses what does not fit, goes on reading, and takes writes again when there is room', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freehold-full-'));
    try {
      // The limit on a file's size, in KiB, stands in for the disk's: it needs no rights.
      const script = 'trap "" XFSZ; ulimit -f 8192; exec "$0" --import tsx "$1" "$2"';
      const { stdout } = await promisify(execFile)('bash', ['-c', script, process.execPath, writer, folder]);
      const report = JSON.parse(stdout) as Record<string, unknown>;
      expect(report).toMatchObject({ refused: 5, afterRemoving: 'kept', inconsistencies: [] });
      expect(report['found']).toBe(report['acknowledged']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
