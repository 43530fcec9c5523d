// The rate limits of a start: counted in Redis where there is one, else and meanwhile in the control database.
import type { Db } from 'mongodb';
import { MongoRateLimitStore } from '../adapters/mongodb/rate-limits-store.js';
import type { RedisConnection } from '../adapters/redis/connection.js';
import { InsuredRateLimitStore } from '../adapters/redis/insured-rate-limits-store.js';
import { RedisRateLimitStore } from '../adapters/redis/rate-limits-store.js';
import { systemClock } from '../adapters/system/clock.js';
import type { Configuration } from '../config/settings.js';
import type { EventSink } from '../ports/events.js';
import type { RateLimitStore } from '../ports/rate-limits.js';
import { createRateLimiter, type RateLimiter } from '../services/rate-limiter.js';

/** Undefined: there is none. A Redis that does not answer does not keep the platform from starting. */
export async function openRedisIfConfigured({ redisUrl }: Pick<Configuration, 'redisUrl'>, events: EventSink): Promise<RedisConnection | undefined> {
  if (redisUrl === undefined) return undefined;
  // The client is loaded only where there is something to connect to.
  const { openRedis } = await import('../adapters/redis/connection.js');
  return openRedis(redisUrl, {
    onConnected: () => events.emit({ name: 'redis.connected' }),
    onLost: (errorCode) => events.emit({ name: 'redis.lost', errorCode }),
  });
}

/** Undefined: they are switched off. */
export async function buildRateLimiter({ rateLimits: setting }: Pick<Configuration, 'rateLimits'>, db: Db, redis: RedisConnection | undefined, events: EventSink): Promise<RateLimiter | undefined> {
  if (setting === 'off') return undefined;
  const inControlDatabase = new MongoRateLimitStore(db);
  await inControlDatabase.prepare();
  const store = redis === undefined ? inControlDatabase : insured(redis, inControlDatabase, events);
  return createRateLimiter({ store, platform: setting ?? {}, clock: systemClock, events });
}

function insured({ client }: RedisConnection, inControlDatabase: RateLimitStore, events: EventSink): RateLimitStore {
  return new InsuredRateLimitStore(new RedisRateLimitStore(client), inControlDatabase, (isInsured) => {
    events.emit({ name: 'rate_limit.store_changed', store: isInsured ? 'control_database' : 'redis' });
  });
}
