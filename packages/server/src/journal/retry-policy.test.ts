import { describe, expect, it } from 'vitest';
import { crashingAt, parseCrashPoint } from './crash-point.js';
import { defaultRetryPolicy, delayAfter, restAfter } from './retry-policy.js';

describe('retries', () => {
  it('wait twice as long each time, up to a bound', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => delayAfter(defaultRetryPolicy, attempt))).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000]);
  });

  it('rest longer with every run that failed, up to a bound', () => {
    expect([4, 8, 12, 16, 4000].map((attempts) => restAfter(defaultRetryPolicy, attempts))).toEqual([1000, 2000, 4000, 8000, 60_000]);
  });

  it('rest at least the first time after a failure that is not worth repeating', () => {
    expect(restAfter(defaultRetryPolicy, 1)).toBe(1000);
  });
});

describe('a crash point', () => {
  it('is reached at its step and moment alone', () => {
    const reached: string[] = [];
    const observe = crashingAt(parseCrashPoint('database.create:prove:after'), () => reached.push('dead'));
    const observation = { operationId: 'o', kind: 'database.create', step: 'prove', direction: 'apply' } as const;
    observe({ ...observation, moment: 'before' });
    observe({ ...observation, step: 'create_user', moment: 'after' });
    expect(reached).toEqual([]);
    observe({ ...observation, moment: 'after' });
    expect(reached).toEqual(['dead']);
  });

  it.each(['', 'database.create', 'database.create:prove', 'database.create:prove:during', 'a:b:before:c'])('is not %j', (text) => {
    expect(() => parseCrashPoint(text)).toThrow('has the form');
  });
});
