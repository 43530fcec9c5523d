// What every store of rate limits must do, whatever it is made of.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RateLimitStore } from './rate-limits.js';

const windowMs = 60 * 60 * 1000;
const fivePerHour = { limit: 5, windowMs };

/** Declares the suite; stores of two replicas over the same data are asked for when its tests run. */
export function itKeepsRateLimits(replicas: () => readonly [RateLimitStore, RateLimitStore]): void {
  const start = new Date();
  const later = (milliseconds: number): Date => new Date(start.getTime() + milliseconds);
  const takeAll = (store: RateLimitStore, key: string, count: number, now = start) =>
    Promise.all(Array.from({ length: count }, () => store.take(key, fivePerHour, now)));

  describe('a store of rate limits', () => {
    it('allows as many uses as the limit says, and counts them', async () => {
      const [store] = replicas();
      const key = randomUUID();
      const uses = [];
      for (let attempt = 1; attempt <= 7; attempt += 1) uses.push(await store.take(key, fivePerHour, start));
      expect(uses.map(({ isAllowed, used }) => [isAllowed, used])).toEqual([[true, 1], [true, 2], [true, 3], [true, 4], [true, 5], [false, 5], [false, 5]]);
    });

    it('counts for all replicas together, under concurrency too', async () => {
      const [one, other] = replicas();
      const key = randomUUID();
      const uses = (await Promise.all([takeAll(one, key, 20), takeAll(other, key, 20)])).flat();
      expect(uses.filter(({ isAllowed }) => isAllowed).map(({ used }) => used).toSorted()).toEqual([1, 2, 3, 4, 5]);
    });

    it('says when the window ends, which is its length after the first use', async () => {
      const [one, other] = replicas();
      const key = randomUUID();
      expect((await one.take(key, fivePerHour, start)).resetsAt).toEqual(later(windowMs));
      expect((await other.take(key, fivePerHour, later(1000))).resetsAt).toEqual(later(windowMs));
    });

    it('begins anew when the window has ended', async () => {
      const [one, other] = replicas();
      const key = randomUUID();
      await takeAll(one, key, 5);
      expect((await one.take(key, fivePerHour, later(windowMs - 1))).isAllowed).toBe(false);
      const next = await other.take(key, fivePerHour, later(windowMs));
      expect([next.isAllowed, next.used, next.resetsAt]).toEqual([true, 1, later(2 * windowMs)]);
    });

    it('has nobody wait for longer than a window where the clock has gone back, and forgets no use for that', async () => {
      const [one, other] = replicas();
      const key = randomUUID();
      await takeAll(one, key, 5, later(windowMs * 24));
      const refused = await other.take(key, fivePerHour, start);
      expect([refused.isAllowed, refused.used, refused.resetsAt]).toEqual([false, 5, later(windowMs)]);
      expect((await one.take(key, fivePerHour, later(windowMs - 1))).isAllowed).toBe(false);
      expect((await other.take(key, fivePerHour, later(windowMs))).isAllowed).toBe(true);
    });

    it('allows one window more, and no more, where the clock goes forward and back again', async () => {
      const [one, other] = replicas();
      const key = randomUUID();
      const uses = [...(await takeAll(one, key, 10)), ...(await takeAll(other, key, 10, later(2 * windowMs))), ...(await takeAll(one, key, 10))];
      expect(uses.filter(({ isAllowed }) => isAllowed)).toHaveLength(10);
    });

    it('takes a use back', async () => {
      const [one, other] = replicas();
      const key = randomUUID();
      const uses = await takeAll(one, key, 5);
      await uses[0]!.giveBack();
      const again = await other.take(key, fivePerHour, start);
      expect([again.isAllowed, again.used]).toEqual([true, 5]);
    });

    it('takes nothing back from another window than that of the use', async () => {
      const [store] = replicas();
      const key = randomUUID();
      const use = await store.take(key, fivePerHour, start);
      await store.take(key, fivePerHour, later(windowMs));
      await use.giveBack();
      expect((await store.take(key, fivePerHour, later(windowMs))).used).toBe(2);
    });

    it('refuses what was allowed when the limit becomes smaller', async () => {
      const [store] = replicas();
      const key = randomUUID();
      await takeAll(store, key, 4);
      expect(await store.take(key, { limit: 2, windowMs }, start)).toMatchObject({ isAllowed: false, used: 4 });
    });

    it('can be looked at without a use', async () => {
      const [one, other] = replicas();
      const [key, unused] = [randomUUID(), randomUUID()];
      await takeAll(one, key, 3);
      expect(await other.look([unused, key], later(1000))).toEqual([undefined, { used: 3, resetsAt: later(windowMs) }]);
      expect(await other.look([key], later(windowMs))).toEqual([undefined]);
    });

    it('keeps keys apart', async () => {
      const [store] = replicas();
      const [key, another] = [randomUUID(), randomUUID()];
      await takeAll(store, key, 5);
      expect((await store.take(another, fivePerHour, start)).isAllowed).toBe(true);
    });
  });
}
