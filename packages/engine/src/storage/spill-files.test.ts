import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpillFiles } from './spill-files.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-spill-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('temporary files', () => {
  it('give back what was written, records larger than any buffer too, and again', () => {
    const file = new SpillFiles(folder).create();
    const written = [0, 1, 5, 70_000, 300_000, 3, 1_000_000].map((length, index) => Buffer.alloc(length, index + 1));
    for (const record of written) file.append(record);
    const read = (): Buffer[] => [...{ [Symbol.iterator]: () => file.records() }];
    expect(read().map((record, index) => record.equals(written[index]!))).toEqual(written.map(() => true));
    expect(read()).toHaveLength(written.length);
    file.remove();
  });

  it('are counted while they are there', () => {
    const files = new SpillFiles(folder);
    const file = files.create();
    file.append(Buffer.alloc(1_000_000));
    expect(files.totals).toMatchObject({ open: 1, bytes: 1_000_004 });
    file.remove();
    file.remove();
    expect(files.totals).toEqual({ open: 0, bytes: 0, spilledFiles: 1, spilledBytes: 1_000_004 });
  });

  it.skipIf(process.platform === 'win32')('have no name that a process which is killed could leave behind', () => {
    new SpillFiles(folder).create().append(Buffer.alloc(1_000_000));
    expect(readdirSync(join(folder, 'temporary'))).toEqual([]);
  });

  it('of an earlier run are removed', () => {
    mkdirSync(join(folder, 'temporary'));
    writeFileSync(join(folder, 'temporary', 'spill-1'), 'left behind');
    const files = new SpillFiles(folder);
    expect(existsSync(join(folder, 'temporary'))).toBe(false);
    expect(files.totals.open).toBe(0);
  });
});
