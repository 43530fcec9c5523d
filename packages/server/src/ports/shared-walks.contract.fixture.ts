// What every store of shared walks does, whatever keeps it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SharedWalks, WalkRound } from './shared-walks.js';

export interface SharedWalksUnderTest {
  readonly walks: SharedWalks;
  stop(): Promise<void>;
}

function at(minutes: number): Date {
  return new Date(Date.UTC(2100, 0, 1, 0, minutes));
}

/** Declares the tests for one implementation. */
export function describeSharedWalksContract(name: string, start: () => Promise<SharedWalksUnderTest>): void {
  describe(`${name}, as a store of shared walks`, () => {
    let test: SharedWalksUnderTest;
    let walks: SharedWalks;
    beforeAll(async () => {
      test = await start();
      ({ walks } = test);
    });
    afterAll(() => test.stop());

    it('lets one of several replicas take each step of a round', async () => {
      expect(await walks.round('sizes')).toBeUndefined();
      const first: WalkRound = { startedAt: at(0), previousStartedAt: null, afterUserId: null, isDone: false };
      const begun = await Promise.all(Array.from({ length: 5 }, () => walks.advance('sizes', undefined, first)));
      expect(begun.filter(Boolean)).toHaveLength(1);
      const page = { ...first, afterUserId: 'u1' };
      const taken = await Promise.all(Array.from({ length: 5 }, () => walks.advance('sizes', first, page)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await walks.round('sizes')).toEqual(page);
      const done = { ...page, isDone: true };
      expect(await walks.advance('sizes', page, done)).toBe(true);
      expect(await walks.advance('sizes', done, { startedAt: at(5), previousStartedAt: at(0), afterUserId: null, isDone: false })).toBe(true);
      expect(await walks.advance('sizes', done, done)).toBe(false);
    });

    it('keeps walks apart', async () => {
      const round: WalkRound = { startedAt: at(0), previousStartedAt: null, afterUserId: null, isDone: false };
      expect(await walks.round('quotas')).toBeUndefined();
      expect(await walks.advance('quotas', undefined, round)).toBe(true);
      expect(await walks.round('quotas')).toEqual(round);
    });
  });
}
