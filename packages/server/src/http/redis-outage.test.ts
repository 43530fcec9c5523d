// Redis is killed and started again under a steady load of requests: none fails for that, and the limits hold, from the control database meanwhile.
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoRateLimitStore } from '../adapters/mongodb/rate-limits-store.js';
import { openRedis, type RedisConnection } from '../adapters/redis/connection.js';
import { InsuredRateLimitStore } from '../adapters/redis/insured-rate-limits-store.js';
import { RedisRateLimitStore } from '../adapters/redis/rate-limits-store.js';
import { createRateLimiter } from '../services/rate-limiter.js';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';
import { isRedisMissing, startTestRedis, type TestRedis } from '../testing/redis-server.fixture.js';

const limit = 3;
const outages = 2;

describe.skipIf(isRedisMissing)('a Redis that is killed and started again, twice, under load', () => {
  let platform: HttpPlatform;
  let redis: TestRedis;
  let connections: readonly RedisConnection[] = [];
  let replicas: readonly FastifyInstance[] = [];
  let changes = 0;

  beforeAll(async () => {
    [platform, redis] = await Promise.all([startHttpPlatform(), startTestRedis()]);
    const inControlDatabase = new MongoRateLimitStore(platform.plane.connection.db);
    await inControlDatabase.prepare();
    connections = [0, 1].map(() => openRedis(redis.url, { onConnected: () => undefined, onLost: () => undefined }));
    replicas = await Promise.all(connections.map(async ({ client }) => {
      const store = new InsuredRateLimitStore(new RedisRateLimitStore(client), inControlDatabase, () => (changes += 1));
      return platform.replica({ rateLimiter: createRateLimiter({ store, platform: { database_creation: { limit } }, clock: platform.clock, events: { emit: () => undefined } }) });
    }));
  });

  afterAll(async () => {
    connections.forEach((connection) => connection.close());
    await Promise.all([platform.stop(), redis.stop()]);
  });

  it('fails no request, and lets nobody have more than a window for each store that counted', async () => {
    const users = await Promise.all(Array.from({ length: 3 }, () => platform.newUser()));
    const statuses = new Map<number, number>();
    const created = new Map<string, number>();
    let isOver = false;
    let answered = 0;
    const work = async (index: number): Promise<void> => {
      for (let turn = 0; !isOver; turn += 1) {
        const { token, id } = users[index % users.length]!;
        const server = replicas[(index + turn) % replicas.length]!;
        const headers = { authorization: `Bearer ${token}` };
        const made = await server.inject({ method: 'POST', url: '/api/databases', headers, payload: { name: `db ${index} ${turn}` } });
        // What fails gives its use back, to whichever store counted it.
        const malformed = await server.inject({ method: 'POST', url: '/api/databases', headers, payload: { name: 'admin' } });
        const list = await server.inject({ method: 'GET', url: '/api/databases', headers });
        for (const { statusCode } of [made, malformed, list]) statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
        if (made.statusCode === 201) created.set(id, (created.get(id) ?? 0) + 1);
        answered += 1;
      }
    };
    const working = Promise.all(Array.from({ length: 6 }, (_, index) => work(index)));
    const answeredMore = async (): Promise<void> => {
      const goal = answered + 30;
      while (answered < goal) await Promise.race([working, new Promise((resolve) => { setImmediate(resolve); })]);
    };
    for (let outage = 1; outage <= outages; outage += 1) {
      await answeredMore();
      await redis.kill();
      await answeredMore();
      const back = Promise.all(connections.map(({ client }) => new Promise<void>((resolve) => { client.once('ready', () => resolve()); })));
      await redis.restart();
      await back;
    }
    await answeredMore();
    isOver = true;
    await working;
    expect([...statuses.keys()].filter((status) => ![200, 201, 400, 429].includes(status))).toEqual([]);
    expect(changes).toBeGreaterThanOrEqual(2);
    // One window in Redis from its start and from each start after, and one in the control database.
    for (const { id } of users) {
      expect(created.get(id)).toBeGreaterThanOrEqual(limit);
      expect(created.get(id)).toBeLessThanOrEqual(limit * (2 + outages));
    }
  });
});
