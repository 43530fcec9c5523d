import { describe, expect, it } from 'vitest';
import { hasFailedForGood, nextDeliveryAttempt } from './delivery-retry.js';

const start = new Date('2026-01-01T00:00:00Z');
const hour = 3_600_000;
const after = (milliseconds: number) => new Date(start.getTime() + milliseconds);

describe('the pause after a failed delivery', () => {
  it.each([[1, 5], [2, 20], [3, 80], [4, 320], [7, 20_480], [8, 43_200], [50, 43_200]])('after %i attempts is about %i seconds', (attempts, seconds) => {
    const pause = (random: number) => (nextDeliveryAttempt(attempts, start, start, random)!.getTime() - start.getTime()) / 1000;
    expect(pause(0)).toBeCloseTo(seconds * 0.8, 3);
    expect(pause(0.5)).toBeCloseTo(seconds, 3);
    expect(pause(0.999_999)).toBeLessThan(seconds * 1.2);
  });

  it('is the last one after three days', () => {
    let now = start;
    let attempts = 0;
    for (let next: Date | null = start; next !== null; next = nextDeliveryAttempt(attempts, start, now, 0.5)) {
      now = next;
      attempts += 1;
    }
    expect(attempts).toBe(13);
    expect(now.getTime() - start.getTime()).toBeGreaterThan(60 * hour);
  });
});

describe('a webhook', () => {
  it.each([
    ['that never failed', null, 0, false],
    ['that fails since a while', after(-hour), 50, false],
    ['that fails since long, but was seldom tried', after(-80 * hour), 9, false],
    ['that fails since long and often', after(-72 * hour), 10, true],
  ] as const)('%s is switched off: %s %s %s', (_, since, failures, expected) => {
    expect(hasFailedForGood(since, failures, start)).toBe(expected);
  });
});
