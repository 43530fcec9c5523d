import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { decodePlain, encodeDocument, int32Value } from '../../bson/values.js';
import { emptyDocument } from '../../bson/writer.js';
import { inconsistencies } from '../consistency.fixture.js';
import { dataFile, openStorage } from '../open-storage.js';
import { WatchedFiles } from './failing-files.fixture.js';

const page_bytes = 4096;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-power-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A small generator with a seed, so that a failure can be seen again. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

/** The folder as a machine may find it after its power was cut: of what was not synced, the disk has some pages and lacks others. */
function afterPowerLoss(from: string, files: WatchedFiles, to: string, random: () => number): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) if (/\.(?:log|checkpoint)$/u.test(name)) copyFileSync(join(from, name), join(to, name));
  const path = join(from, dataFile);
  const written = readFileSync(path);
  const synced = files.synced.get(path)!;
  for (let at = 0; at < written.length; at += page_bytes) {
    if (random() < 0.5) continue;
    written.fill(0, at, at + page_bytes);
    if (at < synced.length) synced.copy(written, at, at, at + page_bytes);
  }
  writeFileSync(join(to, dataFile), written);
}

it.each([1, 2, 3, 4])('power that is cut at any moment takes no acknowledged write with it (seed %i)', async (seed) => {
  const random = numbersFrom(seed);
  const files = new WatchedFiles();
  const live = join(folder, 'live');
  const storage = await openStorage({ dataDirectory: live, files, oplogLimits: { bytes: 128 * 1024, minRetentionHours: 0 } });
  await storage.write((unit) => {
    const collection = unit.createCollection('db', 'c', emptyDocument);
    unit.createIndex(collection, { name: 'n', key: encodeDocument({ n: 1 }), unique: false, sparse: false, hidden: false, options: emptyDocument });
  });
  storage.commits.pause();
  storage.commits.resume();
  const acknowledged = new Map<number, number>();
  const write = (_id: number, n: number): Promise<unknown> =>
    storage.write((unit) => {
      const collection = unit.collection('db', 'c')!;
      const document = encodeDocument({ _id, n, padding: 'p'.repeat(n % 1500) });
      const recordId = unit.recordIdOf(collection, int32Value(_id));
      if (recordId === undefined) unit.insert(collection, document);
      else unit.replace(collection, recordId, unit.record(collection, recordId)!, document);
    }).then(() => acknowledged.set(_id, n));
  // Until the data file has been synced by checkpoints several times, too: on a busy machine they come late.
  for (let round = 0; round < 6 || files.syncs <= 3; round += 1) {
    // Rounds follow one another: each ends with a loss of power.
    for (let batch = 0; batch < 60; batch += 1) {
      await Promise.all(Array.from({ length: 20 }, () => write(Math.floor(random() * 2000), Math.floor(random() * 100_000))));
      // A transaction's view commits pages without a checkpoint behind them.
      if (random() < 0.2) storage.openView().close();
    }
    // These may be kept or not: nobody was told.
    const unacknowledged = [write(5000 + round, 1), write(6000 + round, 2)];
    const dead = join(folder, `dead-${round}`);
    afterPowerLoss(live, files, dead, random);
    const expected = [...acknowledged];
    const found = await openStorage({ dataDirectory: dead });
    const unit = found.openSnapshot();
    const collection = unit.collection('db', 'c')!;
    expect(inconsistencies(unit, collection)).toEqual([]);
    const lost = expected.filter(([_id, n]) => decodePlain(unit.record(collection, unit.recordIdOf(collection, int32Value(_id)) ?? 0) ?? emptyDocument)['n'] !== n);
    expect(lost).toEqual([]);
    await found.write((writer) => writer.insert(writer.collection('db', 'c')!, encodeDocument({ _id: 'after' })));
    await found.close();
    rmSync(dead, { recursive: true });
    await Promise.all(unacknowledged);
  }
  await storage.close();
});
