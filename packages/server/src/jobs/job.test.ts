import { describe, expect, it } from 'vitest';
import type { Clock } from '../ports/clock.js';
import type { PlatformEvent } from '../ports/events.js';
import { startJobs } from './job.js';

/** A clock whose sleepers wake when the test says so. */
function steppedClock(): Clock & { wake(): void; readonly sleepers: readonly number[] } {
  const sleepers: number[] = [];
  let wakes: (() => void)[] = [];
  return {
    now: () => new Date(0),
    sleep: (milliseconds, signal) => new Promise((resolve) => {
      sleepers.push(milliseconds);
      wakes.push(resolve);
      if (signal?.aborted === true) resolve();
      signal?.addEventListener('abort', () => resolve());
    }),
    wake: () => {
      const waking = wakes;
      wakes = [];
      for (const wake of waking) wake();
    },
    sleepers,
  };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => { setImmediate(resolve); });
}

describe('jobs', () => {
  it('run at once, again after their time, and not after they are stopped', async () => {
    const clock = steppedClock();
    let runs = 0;
    const jobs = startJobs([{ name: 'count', everyMilliseconds: 5, run: async () => { runs += 1; } }], clock, { emit: () => undefined });
    await settled();
    expect(runs).toBe(1);
    clock.wake();
    await settled();
    expect(runs).toBe(2);
    await jobs.stop();
    clock.wake();
    await settled();
    expect(runs).toBe(2);
    expect(new Set(clock.sleepers)).toEqual(new Set([5]));
  });

  it('go on after a failure, which is told', async () => {
    const clock = steppedClock();
    const events: PlatformEvent[] = [];
    let runs = 0;
    const failing = { name: 'failing', everyMilliseconds: 5, run: async () => {
      runs += 1;
      throw Object.assign(new Error('no'), { code: 'NO' });
    } };
    const jobs = startJobs([failing], clock, { emit: (event) => void events.push(event) });
    await settled();
    clock.wake();
    await settled();
    expect(runs).toBe(2);
    expect(events[0]).toEqual({ name: 'job.failed', job: 'failing', errorCode: 'NO' });
    await jobs.stop();
  });

  it('are waited for when they are stopped', async () => {
    let end: () => void = () => undefined;
    let hasEnded = false;
    const slow = { name: 'slow', everyMilliseconds: 5, run: async (signal: AbortSignal) => {
      await new Promise<void>((resolve) => { end = resolve; });
      hasEnded = signal.aborted;
    } };
    const jobs = startJobs([slow], steppedClock(), { emit: () => undefined });
    await settled();
    const stopping = jobs.stop();
    end();
    await stopping;
    expect(hasEnded).toBe(true);
  });
});
