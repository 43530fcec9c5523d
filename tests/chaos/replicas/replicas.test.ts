import { expect, it } from 'vitest';
import { runChaos } from './chaos.js';

const seed = 20;

it(`control planes that are killed at random, and their engine, lose nothing that was acknowledged and do nothing twice (seed ${seed})`, async () => {
  const report = await runChaos({ seconds: 8, seed });
  expect(report.violations).toEqual([]);
  expect(report.kills).toBeGreaterThan(0);
  expect(report.done['create'] ?? 0).toBeGreaterThan(0);
}, 240_000);
