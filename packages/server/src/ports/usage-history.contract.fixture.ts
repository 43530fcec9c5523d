// What every history of sizes does, whatever keeps it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageHistory } from './usage-history.js';

export interface UsageHistoryUnderTest {
  readonly history: UsageHistory;
  stop(): Promise<void>;
}

function at(minutes: number): Date {
  return new Date(Date.UTC(2100, 0, 1, 0, minutes));
}

/** Declares the tests for one implementation. */
export function describeUsageHistoryContract(name: string, start: () => Promise<UsageHistoryUnderTest>): void {
  describe(`${name}, as a history of sizes`, () => {
    let test: UsageHistoryUnderTest;
    let history: UsageHistory;
    beforeAll(async () => {
      test = await start();
      ({ history } = test);
    });
    afterAll(() => test.stop());

    it('keeps samples of each resolution by themselves, oldest first, since a time', async () => {
      const sample = (minutes: number) => ({ databaseId: 'd1', at: at(minutes), bytes: minutes * 10, documents: minutes });
      await history.record([sample(10)], ['five_minutes', 'hour']);
      await history.record([sample(5)], ['five_minutes']);
      await history.record([sample(0)], ['five_minutes', 'day']);
      const kept = await history.samplesOf('d1', at(5));
      expect(kept).toEqual({ five_minutes: [{ at: at(5), bytes: 50, documents: 5 }, { at: at(10), bytes: 100, documents: 10 }], hour: [{ at: at(10), bytes: 100, documents: 10 }], day: [] });
      expect((await history.samplesOf('d1', at(0))).day).toHaveLength(1);
    });

    it('keeps databases apart, those too whose ids begin alike', async () => {
      await history.record([{ databaseId: 'a', at: at(0), bytes: 1, documents: 1 }, { databaseId: 'ab', at: at(0), bytes: 2, documents: 2 }], ['five_minutes']);
      expect((await history.samplesOf('a', at(0))).five_minutes.map(({ bytes }) => bytes)).toEqual([1]);
      expect((await history.samplesOf('ab', at(0))).five_minutes.map(({ bytes }) => bytes)).toEqual([2]);
    });

    it('takes the same samples again without a change', async () => {
      const sample = { databaseId: 'again', at: at(0), bytes: 1, documents: 1 };
      await history.record([sample], ['hour']);
      await history.record([sample], ['hour']);
      await history.record([], ['hour']);
      expect((await history.samplesOf('again', at(0))).hour).toHaveLength(1);
    });

    it('forgets a database, and no other', async () => {
      const sample = (databaseId: string) => ({ databaseId, at: at(0), bytes: 1, documents: 1 });
      await history.record([sample('gone'), sample('gone2')], ['five_minutes', 'hour', 'day']);
      await history.forget('gone');
      expect(await history.samplesOf('gone', at(0))).toEqual({ five_minutes: [], hour: [], day: [] });
      expect((await history.samplesOf('gone2', at(0))).day).toHaveLength(1);
    });
  });
}
