// Twenty thousand damaged frames; `npm run fuzz:engine -- --frames 1000000` sends as many as one likes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fuzzEngine } from './fuzz-engine.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'freehold-fuzz-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('damaged frames are answered or end their connection, and harm nobody else', { timeout: 300_000 }, async () => {
  const { frames, answered, closed, failures } = await fuzzEngine({ folder, frames: 20_000, seed: 8 });
  expect(failures).toEqual([]);
  expect(frames).toBeGreaterThanOrEqual(20_000);
  expect(Math.min(answered, closed)).toBeGreaterThan(1000);
});
