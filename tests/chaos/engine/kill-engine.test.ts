import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killEngine } from './kill-engine.js';

it('an engine that is killed under load loses no acknowledged write, keeps unique indexes unique and transactions whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-chaos-'));
  try {
    const report = await killEngine({ folder, kills: 4, seed: 1 });
    expect(report.losses).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(4);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);
