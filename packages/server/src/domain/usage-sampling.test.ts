import { describe, expect, it } from 'vitest';
import { mergeTrend, periodOf, resolutionsDue, sizeInMegabytes } from './usage-sampling.js';

const at = (time: string): Date => new Date(`2026-03-01T${time}Z`);
const sample = (time: string) => ({ at: at(time), bytes: 1, documents: 1 });

describe('the past of a size', () => {
  it.each([
    ['the first round ever', null, '10:20:00', ['five_minutes', 'hour', 'day']],
    ['a round within the hour', '10:15:00', '10:20:00', ['five_minutes']],
    ['the first round of an hour', '10:55:00', '11:00:00', ['five_minutes', 'hour']],
    ['a round after a pause over the hour', '10:10:00', '11:20:00', ['five_minutes', 'hour']],
    ['the first round again', '10:20:00', '10:20:00', []],
  ] as const)('keeps %s at its resolutions', (_, previous, now, expected) => {
    expect(resolutionsDue(previous === null ? null : at(previous), at(now))).toEqual(expected);
  });

  it('keeps the first round of a day for the longest time', () => {
    expect(resolutionsDue(new Date('2026-02-28T23:55:00Z'), at('00:00:00'))).toEqual(['five_minutes', 'hour', 'day']);
  });

  it('cuts time into whole periods', () => {
    expect(periodOf(at('10:24:59.999'), 'five_minutes')).toEqual(at('10:20:00'));
    expect(periodOf(at('10:24:59'), 'hour')).toEqual(at('10:00:00'));
  });

  it('is told by the finest samples there are for each time', () => {
    const merged = mergeTrend({
      five_minutes: [sample('11:40:00'), sample('11:45:00')], hour: [sample('09:00:00'), sample('10:00:00'), sample('12:00:00')], day: [sample('00:00:00'), sample('09:30:00')],
    });
    expect(merged.map(({ at: time }) => time.toISOString().slice(11, 16))).toEqual(['00:00', '09:00', '10:00', '11:40', '11:45']);
    expect(mergeTrend({ five_minutes: [], hour: [], day: [sample('00:00:00')] })).toHaveLength(1);
  });

  it('is in megabytes of 1,048,576 bytes', () => {
    expect([0, 1024, 1_048_576, 10_000_000].map(sizeInMegabytes)).toEqual([0, 0.001, 1, 9.537]);
  });
});
