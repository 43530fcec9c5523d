import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePlain, int32Value } from '../bson/values.js';
import { inconsistencies } from './consistency.fixture.js';
import { openStorage } from './open-storage.js';
import type { ReadUnit } from './units.js';

const writer = fileURLToPath(new URL('crash-writer.fixture.ts', import.meta.url));
const kills = 16;
/** Each kill starts a process, which takes its time on a machine that has other things to do. */
const timeLimit_ms = 240_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-crash-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Starts the writer, kills it after that many acknowledgements, and returns what it acknowledged. */
async function writeUntilKilled(acknowledgements: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split('\n').length > acknowledgements) child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => {
    child.on('close', (_code, name) => resolve(name));
  });
  expect(errors).toBe('');
  expect(signal).toBe('SIGKILL');
  // The last line may be cut: it was never said.
  return output.split('\n').slice(0, -1);
}

function find(unit: ReadUnit, id: number): Record<string, unknown> | undefined {
  const collection = unit.collection('db', 'c')!;
  const recordId = unit.recordIdOf(collection, int32Value(id));
  return recordId === undefined ? undefined : decodePlain(unit.record(collection, recordId)!);
}

async function checkFolder(inserted: ReadonlySet<number>, counted: number): Promise<void> {
  const storage = await openStorage({ dataDirectory: folder });
  const unit = storage.openSnapshot();
  try {
    expect(inconsistencies(unit, unit.collection('db', 'c')!)).toEqual([]);
    expect([...inserted].filter((id) => find(unit, id) === undefined)).toEqual([]);
    expect(Number(find(unit, -1)?.['value'])).toBeGreaterThanOrEqual(counted);
    const balances = Array.from({ length: 10 }, (_account, id) => Number(find(unit, id)?.['balance']));
    expect(balances.reduce((sum, balance) => sum + balance)).toBe(1000);
  } finally {
    unit.close();
    await storage.close();
  }
}

describe('a process that is killed while it writes', () => {
  it('leaves every acknowledged write, whole transactions, indexes that fit and exact counts', async () => {
    const inserted = new Set<number>();
    let counted = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      // One after the other: each goes on with the folder that the one before left.
      const lines = await writeUntilKilled(1 + ((kill * 37) % 400));
      for (const line of lines) {
        const [what, value] = line.split(' ');
        if (what === 'inserted') inserted.add(Number(value));
        if (what === 'counted') counted = Number(value);
      }
      await checkFolder(inserted, counted);
    }
    expect(inserted.size).toBeGreaterThan(kills);
  }, timeLimit_ms);
});
