// Rate limits in Redis: one hash a key, changed by a script, so in one step. Time is the caller's, as in the control database;
// Redis' own only removes what is over.
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { CountedLimit, RateLimitCount, RateLimitStore, RateLimitUse } from '../../ports/rate-limits.js';

const prefix = 'freehold:rate_limit:';

const takeScript = `
local kept = redis.call('HMGET', KEYS[1], 'used', 'resets_at')
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local used, resets_at = tonumber(kept[1]), tonumber(kept[2])
if not resets_at or resets_at <= now then
  used = 0
  resets_at = now + window
end
resets_at = math.min(resets_at, now + window)
local is_allowed = used < limit and 1 or 0
used = used + is_allowed
redis.call('HSET', KEYS[1], 'used', used, 'resets_at', string.format('%d', resets_at))
redis.call('PEXPIRE', KEYS[1], resets_at - now)
return {is_allowed, used, resets_at}
`;

const giveBackScript = `
local kept = redis.call('HMGET', KEYS[1], 'used', 'resets_at')
if kept[2] == ARGV[1] and tonumber(kept[1]) > 0 then
  redis.call('HINCRBY', KEYS[1], 'used', -1)
end
return 1
`;

const keptSchema = z.object({ used: z.coerce.number().int().optional(), resets_at: z.coerce.number().int().optional() });
const answerSchema = z.tuple([z.union([z.literal(0), z.literal(1)]), z.number().int(), z.number().int()]);

export class RedisRateLimitStore implements RateLimitStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async take(key: string, { limit, windowMs }: CountedLimit, now: Date): Promise<RateLimitUse> {
    const answer = await this.#redis.eval(takeScript, 1, `${prefix}${key}`, now.getTime(), windowMs, limit);
    const [isAllowed, used, resetsAtMs] = answerSchema.parse(answer);
    return {
      isAllowed: isAllowed === 1, used, resetsAt: new Date(resetsAtMs),
      giveBack: async () => {
        await this.#redis.eval(giveBackScript, 1, `${prefix}${key}`, resetsAtMs);
      },
    };
  }

  async look(keys: readonly string[], now: Date): Promise<readonly (RateLimitCount | undefined)[]> {
    return Promise.all(keys.map(async (key) => {
      const kept = keptSchema.parse(await this.#redis.hgetall(`${prefix}${key}`));
      return kept.resets_at === undefined || kept.resets_at <= now.getTime() ? undefined : { used: kept.used ?? 0, resetsAt: new Date(kept.resets_at) };
    }));
  }
}
