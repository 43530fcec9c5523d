import { describe, expect, it } from 'vitest';
import { dayMs, forecast, isWorthAWarning } from './forecast.js';
import type { UsageSample } from './usage-sampling.js';

const hourMs = 3_600_000;
const now = new Date('2026-06-15T12:00:00Z');
const megabyte = 1024 * 1024;

/** One sample an hour, the last one now: the size of each by how many hours ago it is. */
function hourly(count: number, bytesAt: (hoursAgo: number) => number): UsageSample[] {
  return Array.from({ length: count }, (_, index) => count - 1 - index)
    .map((hoursAgo) => ({ at: new Date(now.getTime() - hoursAgo * hourMs), bytes: bytesAt(hoursAgo), documents: 0 }));
}

/** Grows by so many bytes a day to its size now. */
const growing = (bytesPerDay: number, size: number) => (hoursAgo: number): number => size - (hoursAgo / 24) * bytesPerDay;

/** A fixed sequence between -1 and 1. */
function noise(index: number): number {
  return Math.sin(index * 12.9898) * Math.cos(index * 78.233);
}

describe('a forecast', () => {
  it('of a steady growth says when the quota is full', () => {
    const found = forecast(hourly(200, growing(10 * megabyte, 880 * megabyte)), 1000 * megabyte, now);
    expect(found).toEqual({ growthBytesPerDay: 10 * megabyte, fullAt: new Date(now.getTime() + 12 * dayMs), daysLeft: 12, confidence: 'high', reason: null });
  });

  it.each([
    ['an import and a clean-up', (hoursAgo: number) => (hoursAgo > 100 && hoursAgo < 140 ? 400 * megabyte : 0)],
    ['noise', (hoursAgo: number) => noise(hoursAgo) * 5 * megabyte],
    ['single readings that are nothing', (hoursAgo: number) => (hoursAgo % 9 === 4 ? -600 * megabyte : 0)],
  ])('is not led astray by %s', (_what, disturbance) => {
    const steady = growing(10 * megabyte, 880 * megabyte);
    const { growthBytesPerDay, daysLeft } = forecast(hourly(300, (hoursAgo) => Math.max(0, steady(hoursAgo) + disturbance(hoursAgo))), 1000 * megabyte, now);
    expect(growthBytesPerDay! / (10 * megabyte)).toBeGreaterThan(0.8);
    expect(growthBytesPerDay! / (10 * megabyte)).toBeLessThan(1.25);
    expect(daysLeft).toBeGreaterThan(9);
    expect(daysLeft).toBeLessThan(15);
  });

  it('goes by the last two weeks alone', () => {
    const turned = hourly(24 * 60, (hoursAgo) => (hoursAgo > 24 * 14 ? 500 * megabyte - hoursAgo : growing(20 * megabyte, 900 * megabyte)(hoursAgo)));
    expect(forecast(turned, 1000 * megabyte, now)).toMatchObject({ growthBytesPerDay: 20 * megabyte, daysLeft: 5 });
  });

  it.each([
    ['no samples', [], 100, 'not_enough_data'],
    ['too few', hourly(11, growing(megabyte, 50 * megabyte)), 100, 'not_enough_data'],
    ['too short a time', hourly(200, growing(megabyte, 50 * megabyte)).map(({ bytes }, index) => ({ at: new Date(now.getTime() - (200 - index) * 60_000), bytes, documents: 0 })), 100, 'not_enough_data'],
    ['no quota', hourly(48, growing(megabyte, 50 * megabyte)), null, 'no_quota'],
    ['a size that stays', hourly(48, () => 50 * megabyte), 100, 'not_growing'],
    ['a size that falls', hourly(48, growing(-megabyte, 50 * megabyte)), 100, 'not_growing'],
    ['growth that is next to nothing', hourly(48, growing(10, 50 * megabyte)), 100, 'not_growing'],
  ] as const)('is none for %s, and says why', (_what, samples, quotaMb, reason) => {
    expect(forecast(samples, quotaMb === null ? null : quotaMb * megabyte, now)).toMatchObject({ fullAt: null, daysLeft: null, reason });
  });

  it('of what is full already is now', () => {
    expect(forecast(hourly(48, growing(megabyte, 101 * megabyte)), 100 * megabyte, now)).toMatchObject({ fullAt: now, daysLeft: 0, reason: null });
  });

  it('is as certain as its samples agree', () => {
    const sizes = (spread: number, count: number) => forecast(hourly(count, (hoursAgo) => growing(megabyte, 500 * megabyte)(hoursAgo) + noise(hoursAgo) * spread), 1000 * megabyte, now).confidence;
    expect([sizes(0, 100), sizes(0, 24), sizes(100 * megabyte, 100)]).toEqual(['high', 'medium', 'low']);
  });

  it('is worth a warning when it is near and more than a guess', () => {
    const near = forecast(hourly(100, growing(10 * megabyte, 940 * megabyte)), 1000 * megabyte, now);
    expect([isWorthAWarning(near), isWorthAWarning({ ...near, confidence: 'low' }), isWorthAWarning({ ...near, daysLeft: 7 }), isWorthAWarning({ ...near, daysLeft: null })]).toEqual([true, false, false, false]);
  });
});
