// An operator gives a user their uses of rate limits back: on all replicas, and whether or not the store that counts them answers.
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoRateLimitStore } from '../adapters/mongodb/rate-limits-store.js';
import { openRedis, type RedisConnection } from '../adapters/redis/connection.js';
import { InsuredRateLimitStore } from '../adapters/redis/insured-rate-limits-store.js';
import { RedisRateLimitStore } from '../adapters/redis/rate-limits-store.js';
import type { RateLimitStore } from '../ports/rate-limits.js';
import { createAuthenticator } from '../services/accounts-authentication.js';
import { createRateLimiter } from '../services/rate-limiter.js';
import { buildLimits } from '../startup/limits.js';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';
import { isRedisMissing, startTestRedis } from '../testing/redis-server.fixture.js';

let platform: HttpPlatform;
let operator: string;
let inControlDatabase: MongoRateLimitStore;
beforeAll(async () => {
  platform = await startHttpPlatform();
  operator = await platform.newOperator();
  inControlDatabase = new MongoRateLimitStore(platform.plane.connection.db);
  await inControlDatabase.prepare();
});
afterAll(() => platform.stop());

/** A replica that allows one database and one miss in a window. */
function replica(store: RateLimitStore): Promise<FastifyInstance> {
  const { connection } = platform.plane;
  const authenticator = createAuthenticator({ ...connection.control, clock: platform.clock });
  const rateLimiter = createRateLimiter({ store, platform: { database_creation: { limit: 1 }, missed_lookups: { limit: 1 } }, clock: platform.clock, events: { emit: () => undefined } });
  return platform.replica({ rateLimiter, authenticator, ...buildLimits({ connection, authenticator, rateLimiter, platform: {} }) });
}

async function reset(server: FastifyInstance, userId: string): Promise<number> {
  return (await server.inject({ method: 'DELETE', url: `/api/admin/users/${userId}/rate-limits`, headers: { authorization: `Bearer ${operator}` } })).statusCode;
}

let databaseCount = 0;

/** Two creations and two looks for a database that is not there: the second of each is refused, where nothing was used before. */
async function twice(server: FastifyInstance, token: string): Promise<readonly number[]> {
  const headers = { authorization: `Bearer ${token}` };
  const statuses: number[] = [];
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    databaseCount += 1;
    statuses.push((await server.inject({ method: 'POST', url: '/api/databases', headers, payload: { name: `database ${databaseCount}` } })).statusCode);
  }
  for (let attempt = 1; attempt <= 2; attempt += 1) statuses.push((await server.inject({ method: 'GET', url: '/api/databases/absent12', headers })).statusCode);
  return statuses;
}

const fresh = [201, 429, 404, 429];
const usedUp = [429, 429, 429, 429];

describe('uses that an operator gives back', () => {
  it('are the user’s at once where that was asked, and five seconds later everywhere, misses that a replica remembers included', async () => {
    const { token, id } = await platform.newUser();
    const [one, other] = [await replica(inControlDatabase), await replica(inControlDatabase)];
    expect(await twice(one, token)).toEqual(fresh);
    expect(await twice(other, token)).toEqual(usedUp);
    expect(await reset(one, id)).toBe(204);
    expect(await twice(one, token)).toEqual(fresh);
    platform.clock.advance(6_000);
    // The first replica has used them up again: both count the same.
    expect(await twice(other, token)).toEqual(usedUp);
    expect(await reset(other, id)).toBe(204);
    expect(await twice(other, token)).toEqual(fresh);
    expect((await platform.plane.connection.control.audit.ofSubject(id, id, 10)).filter(({ action }) => action === 'user.rate_limits_reset')).toHaveLength(2);
    expect(await reset(one, 'nobody')).toBe(404);
  });

  it.skipIf(isRedisMissing)('are so while Redis is dead, and what it knew when it is back does not count again', async () => {
    const redis = await startTestRedis();
    const connection = openRedis(redis.url, { onConnected: () => undefined, onLost: () => undefined });
    try {
      if (connection.client.status !== 'ready') await isReady(connection);
      const server = await replica(new InsuredRateLimitStore(new RedisRateLimitStore(connection.client), inControlDatabase, () => undefined));
      const { token, id } = await platform.newUser();
      expect(await twice(server, token)).toEqual(fresh);
      const window = `freehold:rate_limit:database_creation:${id}`;
      const known = await connection.client.hgetall(window);
      expect(known).toMatchObject({ used: '1' });

      await redis.kill();
      expect(await reset(server, id)).toBe(204);
      expect(await twice(server, token)).toEqual(fresh);
      expect(await reset(server, id)).toBe(204);

      const back = isReady(connection);
      await redis.restart();
      await back;
      await connection.client.hset(window, known);
      expect(await twice(server, token)).toEqual(fresh);
    } finally {
      connection.close();
      await redis.stop();
    }
  });
});

function isReady({ client }: RedisConnection): Promise<void> {
  return new Promise((resolve) => client.once('ready', () => resolve()));
}
