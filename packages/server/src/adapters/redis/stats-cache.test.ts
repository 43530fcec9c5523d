import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeStatsCacheContract } from '../../ports/stats-cache.contract.fixture.js';
import { isRedisMissing, startTestRedis, type TestRedis } from '../../testing/redis-server.fixture.js';
import { MemoryStatsCache } from '../memory/stats-cache.js';
import { systemClock } from '../system/clock.js';
import { openRedis, type RedisConnection } from './connection.js';
import { InsuredStatsCache, RedisStatsCache } from './stats-cache.js';

async function connect(url: string): Promise<RedisConnection> {
  let connection: RedisConnection | undefined;
  await new Promise<void>((resolve) => {
    connection = openRedis(url, { onConnected: resolve, onLost: () => undefined });
  });
  return connection!;
}

async function startCache() {
  const redis = await startTestRedis();
  const connection = await connect(redis.url);
  const stop = async (): Promise<void> => {
    connection.close();
    await redis.stop();
  };
  return { redis, connection, stop };
}

describe.skipIf(isRedisMissing)('with a Redis', () => {
  describeStatsCacheContract('Redis', async () => {
    const { connection, stop } = await startCache();
    // Redis tells the time itself.
    return { cache: new RedisStatsCache(connection.client), pass: (milliseconds) => wait(milliseconds), stop };
  });

  describe('a cache in Redis', () => {
    let redis: TestRedis;
    let connection: RedisConnection;
    let stop: () => Promise<void>;
    beforeAll(async () => {
      ({ redis, connection, stop } = await startCache());
    });
    afterAll(() => stop());

    const size = { bytes: 1, documents: 0, collections: 0, dataBytes: 0, storageBytes: 0, indexBytes: 0 };
    const stats = { takenAt: new Date(0), size, collections: [], connections: 0 };

    it('takes what another version left there for nothing', async () => {
      await connection.client.set('freehold:stats:odd', JSON.stringify({ size: 'large' }));
      expect(await new RedisStatsCache(connection.client).get('odd')).toBeUndefined();
    });

    it('goes on in memory when Redis dies', async () => {
      const cache = new InsuredStatsCache(new RedisStatsCache(connection.client), new MemoryStatsCache(systemClock));
      await cache.put('d', stats, 60_000);
      expect(await cache.get('d')).toEqual(stats);
      await redis.kill();
      expect(await cache.get('d')).toBeUndefined();
      await cache.put('d', stats, 60_000);
      expect(await cache.get('d')).toEqual(stats);
      expect(await cache.claim('d', 1000)).toBe(true);
      await cache.release('d');
    });
  });
});
