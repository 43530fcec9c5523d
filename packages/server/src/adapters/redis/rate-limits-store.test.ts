import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itKeepsRateLimits } from '../../ports/rate-limits.contract.fixture.js';
import type { RateLimitStore } from '../../ports/rate-limits.js';
import { isRedisMissing, startTestRedis, type TestRedis } from '../../testing/redis-server.fixture.js';
import { openRedis, type RedisConnection } from './connection.js';
import { InsuredRateLimitStore } from './insured-rate-limits-store.js';
import { RedisRateLimitStore } from './rate-limits-store.js';

const limit = { limit: 5, windowMs: 60_000 };

describe.skipIf(isRedisMissing)('with a Redis', () => {
  let redis: TestRedis;
  let connections: readonly [RedisConnection, RedisConnection];
  const changes: string[] = [];

  beforeAll(async () => {
    redis = await startTestRedis();
    const observer = { onConnected: () => void changes.push('connected'), onLost: (errorCode: string) => void changes.push(errorCode) };
    connections = [openRedis(redis.url, observer), openRedis(redis.url, { onConnected: () => undefined, onLost: () => undefined })];
    await Promise.all(connections.map(({ client }) => happens(client, 'ready')));
  });

  afterAll(async () => {
    for (const connection of connections) connection.close();
    await redis.stop();
  });

  itKeepsRateLimits(() => [new RedisRateLimitStore(connections[0].client), new RedisRateLimitStore(connections[1].client)]);

  it('keeps a window no longer than it lasts', async () => {
    const [{ client }] = connections;
    await new RedisRateLimitStore(client).take('kept', limit, new Date());
    const leftMs = await client.pttl('freehold:rate_limit:kept');
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(limit.windowMs);
  });

  it('has another store count while Redis is away, and counts again when it is back', async () => {
    const [{ client }] = connections;
    const stores: boolean[] = [];
    const insurance = countingInMemory();
    const store = new InsuredRateLimitStore(new RedisRateLimitStore(client), insurance, (isInsured) => void stores.push(isInsured));
    const now = new Date();
    await store.take('insured', limit, now);
    expect(insurance.taken).toEqual([]);

    await redis.kill();
    const use = await store.take('insured', limit, now);
    await store.take('insured', limit, now);
    await use.giveBack();
    expect(insurance.taken).toEqual(['insured', 'insured']);
    expect(insurance.givenBack).toEqual(['insured']);

    const back = happens(client, 'ready');
    await redis.restart();
    await back;
    await store.take('insured', limit, now);
    expect(insurance.taken).toHaveLength(2);
    expect(stores).toEqual([true, false]);
    expect(changes).toEqual(['connected', 'CONNECTION_CLOSED', 'connected']);
  });
});

describe('without any Redis at its address', () => {
  it('is insured from the first use on', async () => {
    const lost: string[] = [];
    // Port 1 of this machine: nothing listens there.
    const connection = openRedis('redis://127.0.0.1:1', { onConnected: () => undefined, onLost: (errorCode) => void lost.push(errorCode) });
    const { client } = connection;
    const insurance = countingInMemory();
    const store = new InsuredRateLimitStore(new RedisRateLimitStore(client), insurance, () => undefined);
    await store.take('absent', limit, new Date());
    await happens(client, 'reconnecting');
    expect(insurance.taken).toEqual(['absent']);
    expect(lost).toEqual(['ECONNREFUSED']);
    connection.close();
  });
});

/** Unlike `once` of Node it does not mind errors in between: each attempt to connect may give one. */
function happens(client: RedisConnection['client'], event: 'ready' | 'reconnecting'): Promise<void> {
  return new Promise((resolve) => client.once(event, () => resolve()));
}

/** A store that allows everything and writes down what it was asked. */
function countingInMemory(): RateLimitStore & { readonly taken: string[]; readonly givenBack: string[] } {
  const taken: string[] = [];
  const givenBack: string[] = [];
  return {
    taken, givenBack,
    take: async (key, { windowMs }, now) => {
      taken.push(key);
      return { isAllowed: true, used: taken.length, resetsAt: new Date(now.getTime() + windowMs), giveBack: async () => void givenBack.push(key) };
    },
    look: async (keys) => keys.map(() => undefined),
  };
}
