// What every cache of sizes does, whatever keeps it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseStats, StatsCache } from './stats-cache.js';

export interface StatsCacheUnderTest {
  readonly cache: StatsCache;
  /** Lets this much time pass for the cache. */
  pass(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

const stats: DatabaseStats = {
  takenAt: new Date('2026-01-02T03:04:05.678Z'),
  size: { bytes: 30, documents: 3, collections: 1, dataBytes: 12, storageBytes: 20, indexBytes: 10 },
  collections: [{ name: 'orders', documents: 3, dataBytes: 12, storageBytes: 20, indexBytes: 10, indexes: 2 }],
  connections: null,
};

/** Declares the tests for one implementation. */
export function describeStatsCacheContract(name: string, start: () => Promise<StatsCacheUnderTest>): void {
  describe(`${name}, as a cache of sizes`, () => {
    let test: StatsCacheUnderTest;
    let cache: StatsCache;
    beforeAll(async () => {
      test = await start();
      ({ cache } = test);
    });
    afterAll(() => test.stop());

    it('gives back what was put, until its time is over', async () => {
      expect(await cache.get('kept')).toBeUndefined();
      await cache.put('kept', stats, 1000);
      expect(await cache.get('kept')).toEqual(stats);
      await cache.put('kept', { ...stats, connections: 7 }, 100);
      expect((await cache.get('kept'))?.connections).toBe(7);
      await test.pass(150);
      expect(await cache.get('kept')).toBeUndefined();
    });

    it('lets one of many claim a database, again after it is released or its time is over', async () => {
      const claims = await Promise.all(Array.from({ length: 20 }, () => cache.claim('one', 60_000)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await cache.claim('other', 100)).toBe(true);
      await cache.release('one');
      expect(await cache.claim('one', 60_000)).toBe(true);
      expect(await cache.claim('other', 100)).toBe(false);
      await test.pass(150);
      expect(await cache.claim('other', 100)).toBe(true);
    });
  });
}
