import { describe, expect, it } from 'vitest';
import { describeStatsCacheContract } from '../../ports/stats-cache.contract.fixture.js';
import { MemoryStatsCache } from './stats-cache.js';

function settableClock() {
  let milliseconds = 0;
  return { now: () => new Date(milliseconds), advance: (by: number) => void (milliseconds += by) };
}

describeStatsCacheContract('memory', async () => {
  const clock = settableClock();
  return { cache: new MemoryStatsCache(clock), pass: async (milliseconds) => clock.advance(milliseconds), stop: () => Promise.resolve() };
});

describe('a cache in memory', () => {
  it('forgets the oldest where there are too many', async () => {
    const cache = new MemoryStatsCache(settableClock());
    const size = { bytes: 0, documents: 0, collections: 0, dataBytes: 0, storageBytes: 0, indexBytes: 0 };
    for (let index = 0; index <= 2_000; index += 1) await cache.put(String(index), { takenAt: new Date(0), size, collections: [], connections: 0 }, 1000);
    expect(await cache.get('0')).toBeUndefined();
    expect(await cache.get('1')).toBeDefined();
    expect(await cache.get('2000')).toBeDefined();
  });
});
