// Sizes in Redis, shared by all replicas. What is there is parsed like anything else from outside: it may be of another version.
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { DatabaseStats, StatsCache } from '../../ports/stats-cache.js';

const prefix = 'freehold:stats:';
const claimPrefix = 'freehold:stats_claim:';

const parts = { documents: z.number(), dataBytes: z.number(), storageBytes: z.number(), indexBytes: z.number() };
const statsSchema = z.object({
  takenAt: z.iso.datetime().transform((time) => new Date(time)),
  size: z.object({ ...parts, bytes: z.number(), collections: z.number() }),
  collections: z.array(z.object({ ...parts, name: z.string(), indexes: z.number() })),
  connections: z.number().nullable(),
});

export class RedisStatsCache implements StatsCache {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async get(databaseId: string): Promise<DatabaseStats | undefined> {
    const text = await this.#redis.get(`${prefix}${databaseId}`);
    if (text === null) return undefined;
    const parsed = statsSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  }

  async put(databaseId: string, stats: DatabaseStats, keepMilliseconds: number): Promise<void> {
    await this.#redis.set(`${prefix}${databaseId}`, JSON.stringify(stats), 'PX', keepMilliseconds);
  }

  async claim(databaseId: string, forMilliseconds: number): Promise<boolean> {
    return (await this.#redis.set(`${claimPrefix}${databaseId}`, '1', 'PX', forMilliseconds, 'NX')) === 'OK';
  }

  /** A claim that ran out and is somebody else's by now is released too: that costs one measurement more. */
  async release(databaseId: string): Promise<void> {
    await this.#redis.del(`${claimPrefix}${databaseId}`);
  }
}

/** Asks Redis, and while it is away the memory of this process: a dead Redis costs freshness alone. */
export class InsuredStatsCache implements StatsCache {
  readonly #first: StatsCache;
  readonly #insurance: StatsCache;

  constructor(first: StatsCache, insurance: StatsCache) {
    this.#first = first;
    this.#insurance = insurance;
  }

  get(databaseId: string): Promise<DatabaseStats | undefined> {
    return this.#either((cache) => cache.get(databaseId));
  }

  put(databaseId: string, stats: DatabaseStats, keepMilliseconds: number): Promise<void> {
    return this.#either((cache) => cache.put(databaseId, stats, keepMilliseconds));
  }

  claim(databaseId: string, forMilliseconds: number): Promise<boolean> {
    return this.#either((cache) => cache.claim(databaseId, forMilliseconds));
  }

  release(databaseId: string): Promise<void> {
    return this.#either((cache) => cache.release(databaseId));
  }

  async #either<Result>(ask: (cache: StatsCache) => Promise<Result>): Promise<Result> {
    try {
      return await ask(this.#first);
    } catch {
      // That Redis is away is reported once, by its connection.
      return ask(this.#insurance);
    }
  }
}
