// When a database will have filled its quota, if it goes on as it did (R5.3). The growth is a Theil–Sen estimate: the median of the slopes
// between all pairs of points, which a third of outliers, such as a bulk import or a clean-up, does not move (H. Theil 1950, P. K. Sen 1968).
import type { UsageSample } from './usage-sampling.js';

export type ForecastConfidence = 'low' | 'medium' | 'high';
export type NoForecast = 'not_enough_data' | 'no_quota' | 'not_growing';

export interface Forecast {
  /** Null: there is not enough data. Below zero: it shrinks. */
  readonly growthBytesPerDay: number | null;
  /** Null: see `reason`. */
  readonly fullAt: Date | null;
  readonly daysLeft: number | null;
  readonly confidence: ForecastConfidence | null;
  readonly reason: NoForecast | null;
}

const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** How far back the estimate looks. */
export const forecastWindowMs = 14 * dayMs;
const fewestPoints = 12;
const shortestSpanMs = 12 * hourMs;
const largestPointCount = 120;
/** What is further away than this is as good as never. */
const furthestDays = 3650;
/** A trend of less than three days is never certain. */
const certainSpanMs = 3 * dayMs;
/** A warning is due where fewer days are left than this, and the trend is more than a guess. */
const forecastWarningDays = 7;

interface Point {
  readonly atMs: number;
  readonly bytes: number;
}

/** One point an hour, the last one of each, evenly thinned to a bounded number that keeps the newest. */
function pointsOf(samples: readonly UsageSample[], now: Date): readonly Point[] {
  const byHour = new Map<number, Point>();
  for (const { at, bytes } of samples) {
    const atMs = at.getTime();
    if (atMs > now.getTime() - forecastWindowMs) byHour.set(Math.floor(atMs / hourMs), { atMs, bytes });
  }
  const points = [...byHour.values()].sort((a, b) => a.atMs - b.atMs);
  const step = Math.max(1, Math.ceil(points.length / largestPointCount));
  return points.filter((_, index) => (points.length - 1 - index) % step === 0);
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The slope, in bytes a millisecond, and Kendall's tau: how far the pairs agree on its sign, from 0 (not at all) to 1. */
function trendOf(points: readonly Point[]): { readonly slope: number; readonly agreement: number } {
  const slopes: number[] = [];
  points.forEach((later, index) => {
    for (const earlier of points.slice(0, index)) slopes.push((later.bytes - earlier.bytes) / (later.atMs - earlier.atMs));
  });
  const balance = slopes.reduce((sum, slope) => sum + Math.sign(slope), 0);
  return { slope: median(slopes.sort((a, b) => a - b)), agreement: Math.abs(balance) / slopes.length };
}

function confidenceOf(agreement: number, spanMs: number): ForecastConfidence {
  if (agreement >= 0.8 && spanMs >= certainSpanMs) return 'high';
  return agreement >= 0.5 ? 'medium' : 'low';
}

/** What samples of the last two weeks, oldest first, come to. `quotaBytes` null: there is no quota. */
export function forecast(samples: readonly UsageSample[], quotaBytes: number | null, now: Date): Forecast {
  const points = pointsOf(samples, now);
  const [oldest, newest] = [points[0], points.at(-1)];
  if (oldest === undefined || newest === undefined || points.length < fewestPoints || newest.atMs - oldest.atMs < shortestSpanMs) {
    return { growthBytesPerDay: null, fullAt: null, daysLeft: null, confidence: null, reason: 'not_enough_data' };
  }
  const { slope, agreement } = trendOf(points);
  const known = { growthBytesPerDay: Math.round(slope * dayMs), confidence: confidenceOf(agreement, newest.atMs - oldest.atMs) };
  if (quotaBytes === null) return { ...known, fullAt: null, daysLeft: null, reason: 'no_quota' };
  if (newest.bytes >= quotaBytes) return { ...known, fullAt: now, daysLeft: 0, reason: null };
  // From the newest size, whenever it was taken: what grew since is part of the forecast.
  const daysLeft = slope <= 0 ? Infinity : (newest.atMs + (quotaBytes - newest.bytes) / slope - now.getTime()) / dayMs;
  if (daysLeft > furthestDays) return { ...known, fullAt: null, daysLeft: null, reason: 'not_growing' };
  const left = Math.max(0, daysLeft);
  return { ...known, fullAt: new Date(now.getTime() + left * dayMs), daysLeft: Math.round(left * 10) / 10, reason: null };
}

/** Whether the owner is to be warned. */
export function isWorthAWarning({ daysLeft, confidence }: Forecast): boolean {
  return daysLeft !== null && daysLeft < forecastWarningDays && confidence !== 'low';
}
