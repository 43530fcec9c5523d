// Sizes in the memory of this process.
import type { Clock } from '../../ports/clock.js';
import type { DatabaseStats, StatsCache } from '../../ports/stats-cache.js';

interface Kept {
  readonly stats: DatabaseStats;
  readonly untilMs: number;
}

/** The largest may have 1,000 collections each, at some 100 bytes a collection. */
const largestEntryCount = 2_000;

export class MemoryStatsCache implements StatsCache {
  readonly #clock: Pick<Clock, 'now'>;
  /** In the order in which they were put. */
  readonly #kept = new Map<string, Kept>();
  readonly #claims = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  get(databaseId: string): Promise<DatabaseStats | undefined> {
    const kept = this.#kept.get(databaseId);
    if (kept === undefined) return Promise.resolve(undefined);
    if (kept.untilMs > this.#clock.now().getTime()) return Promise.resolve(kept.stats);
    this.#kept.delete(databaseId);
    return Promise.resolve(undefined);
  }

  put(databaseId: string, stats: DatabaseStats, keepMilliseconds: number): Promise<void> {
    this.#kept.delete(databaseId);
    this.#kept.set(databaseId, { stats, untilMs: this.#clock.now().getTime() + keepMilliseconds });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > largestEntryCount && oldest !== undefined) this.#kept.delete(oldest);
    return Promise.resolve();
  }

  claim(databaseId: string, forMilliseconds: number): Promise<boolean> {
    const now = this.#clock.now().getTime();
    if ((this.#claims.get(databaseId) ?? 0) > now) return Promise.resolve(false);
    this.#claims.set(databaseId, now + forMilliseconds);
    return Promise.resolve(true);
  }

  release(databaseId: string): Promise<void> {
    this.#claims.delete(databaseId);
    return Promise.resolve();
  }
}
