import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoRateLimitStore } from '../adapters/mongodb/rate-limits-store.js';
import { openRedis, type RedisConnection } from '../adapters/redis/connection.js';
import { InsuredRateLimitStore } from '../adapters/redis/insured-rate-limits-store.js';
import { RedisRateLimitStore } from '../adapters/redis/rate-limits-store.js';
import type { RateLimitOverrides } from '../domain/rate-limits.js';
import type { PlatformEvent } from '../ports/events.js';
import type { RateLimitStore } from '../ports/rate-limits.js';
import { createRateLimiter, type RateLimiter } from '../services/rate-limiter.js';
import { startHttpPlatform, testPassword, type HttpPlatform } from '../testing/http-platform.fixture.js';
import { isRedisMissing, startTestRedis, type TestRedis } from '../testing/redis-server.fixture.js';

const hourMs = 60 * 60 * 1000;
let platform: HttpPlatform;
let inControlDatabase: MongoRateLimitStore;
let server: FastifyInstance;
let replica: FastifyInstance;
const events: PlatformEvent[] = [];

function limiter(store: RateLimitStore = inControlDatabase, overrides: RateLimitOverrides = {}): RateLimiter {
  return createRateLimiter({ store, platform: overrides, clock: platform.clock, events: { emit: (event) => void events.push(event) } });
}

beforeAll(async () => {
  platform = await startHttpPlatform();
  inControlDatabase = new MongoRateLimitStore(platform.plane.connection.db);
  await inControlDatabase.prepare();
  server = await platform.replica({ rateLimiter: limiter() });
  replica = await platform.replica({ rateLimiter: limiter() });
});

afterAll(() => platform.stop());

type Request = Omit<InjectOptions, 'path'> & { readonly token?: string; readonly key?: string };

function send(to: FastifyInstance, { token, key, ...options }: Request): Promise<LightMyRequestResponse> {
  return to.inject({
    ...options, headers: { ...options.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(key === undefined ? {} : { 'idempotency-key': key }) },
  });
}

function standing({ headers }: LightMyRequestResponse): readonly unknown[] {
  return ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after'].map((name) => headers[name]);
}

const none = [undefined, undefined, undefined, undefined];
const create = (to: FastifyInstance, token: string, name: string, key?: string) => send(to, { method: 'POST', url: '/api/databases', token, payload: { name }, ...(key === undefined ? {} : { key }) });
const show = (to: FastifyInstance, token: string, id: string) => send(to, { method: 'GET', url: `/api/databases/${id}`, token });

async function remove(to: FastifyInstance, token: string, id: string): Promise<LightMyRequestResponse> {
  const asked = await send(to, { method: 'DELETE', url: `/api/databases/${id}`, token });
  expect([asked.statusCode, standing(asked)]).toEqual([202, none]);
  return send(to, { method: 'DELETE', url: `/api/databases/${id}?confirm_token=${asked.json<{ confirm_token: string }>().confirm_token}`, token });
}

describe('creating databases', () => {
  it('is limited to five an hour, over all replicas, and says where one stands', async () => {
    const { token, id } = await platform.newUser();
    const standings = [];
    for (const [index, to] of [server, replica, server, replica, server].entries()) standings.push(standing(await create(to, token, `db ${index}`)).slice(0, 2));
    expect(standings).toEqual([['5', '4'], ['5', '3'], ['5', '2'], ['5', '1'], ['5', '0']]);

    const refused = await create(replica, token, 'one more');
    const { error } = refused.json<{ error: { code: string; details: Record<string, unknown> } }>();
    const waitSeconds = Number(refused.headers['retry-after']);
    expect([refused.statusCode, error.code]).toEqual([429, 'RATE_LIMITED']);
    expect(error.details).toEqual({ limit: 5, window_seconds: 3600, retry_after_seconds: waitSeconds, rule: 'database_creation' });
    expect(standing(refused)).toEqual(['5', '0', String(waitSeconds), String(waitSeconds)]);
    expect(waitSeconds).toBeGreaterThan(3500);
    expect(events).toContainEqual({ name: 'rate_limit.exceeded', rule: 'database_creation', userId: id });

    platform.clock.advance(hourMs);
    expect((await create(server, token, 'an hour later')).statusCode).toBe(201);
  });

  it('holds for requests at the same time', async () => {
    const { token } = await platform.newUser();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => create(index % 2 === 0 ? server : replica, token, `db ${index}`)));
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([...Array<number>(5).fill(201), ...Array<number>(5).fill(429)]);
  });

  it('does not count what is malformed, refused or answered before', async () => {
    const { token } = await platform.newUser();
    const first = await create(server, token, 'shop', 'key-1');
    expect((await create(server, token, '')).statusCode).toBe(400);
    const taken = await create(server, token, 'SHOP');
    expect([taken.statusCode, ...standing(taken).slice(0, 2)]).toEqual([409, '5', '4']);
    const repeated = await create(replica, token, 'shop', 'key-1');
    expect([repeated.statusCode, repeated.body]).toEqual([201, first.body]);
    expect(standing(await create(server, token, 'next'))[1]).toBe('3');
  });

  it('can be repeated with the same idempotency key once there is room again', async () => {
    const { token } = await platform.newUser();
    for (let index = 0; index < 5; index += 1) await create(server, token, `db ${index}`);
    expect((await create(server, token, 'later', 'key-2')).statusCode).toBe(429);
    platform.clock.advance(hourMs);
    expect((await create(server, token, 'later', 'key-2')).statusCode).toBe(201);
  });

  it('has the limit that is stored with the user, where there is one', async () => {
    const { token, id } = await platform.newUser();
    await platform.plane.connection.db.collection('users').updateOne({ _id: new ObjectId(id) }, { $set: { rate_limits: { database_creation: { limit: 1 } } } });
    expect(standing(await create(server, token, 'one')).slice(0, 2)).toEqual(['1', '0']);
    expect((await create(server, token, 'two')).statusCode).toBe(429);
  });
});

describe('rotating credentials', () => {
  it('is limited to three a day for each database', async () => {
    const { token } = await platform.newUser();
    const [one, other] = [(await create(server, token, 'one')).json<{ id: string }>().id, (await create(server, token, 'other')).json<{ id: string }>().id];
    const rotate = (id: string) => send(server, { method: 'POST', url: `/api/databases/${id}/rotate-credentials`, token, payload: { grace_seconds: 60 } });
    const statuses = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await rotate(one)).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(standing(await rotate(other)).slice(0, 2)).toEqual(['3', '2']);
    platform.clock.advance(24 * hourMs);
    expect((await rotate(one)).statusCode).toBe(200);
  });

  it('at once, since it has leaked, has a limit of its own: ten an hour', async () => {
    const { token } = await platform.newUser();
    const { id } = (await create(server, token, 'one')).json<{ id: string }>();
    const rotate = (payload: object) => send(server, { method: 'POST', url: `/api/databases/${id}/rotate-credentials`, token, payload });
    for (let index = 0; index < 3; index += 1) await rotate({});
    expect((await rotate({})).statusCode).toBe(429);
    const standings = [];
    for (let index = 0; index < 10; index += 1) standings.push(standing(await rotate(index % 2 === 0 ? { mode: 'immediate' } : { grace_seconds: 0 })).slice(0, 2));
    expect(standings).toEqual(Array.from({ length: 10 }, (_, index) => ['10', String(9 - index)]));
    const refused = await rotate({ mode: 'immediate' });
    expect([refused.statusCode, refused.json<{ error: { details: { rule: string } } }>().error.details.rule]).toEqual([429, 'immediate_rotation']);
    platform.clock.advance(hourMs);
    expect((await rotate({ mode: 'immediate' })).statusCode).toBe(200);
  });
});

describe('deleting databases', () => {
  it('is limited to one an hour, counted when it is confirmed', async () => {
    const { token } = await platform.newUser();
    await create(server, token, 'first');
    const [one, two] = [(await create(server, token, 'one')).json<{ id: string }>().id, (await create(server, token, 'two')).json<{ id: string }>().id];
    expect((await send(server, { method: 'DELETE', url: `/api/databases/${one}?confirm_token=wrong`, token })).statusCode).toBe(400);
    const removed = await remove(server, token, one);
    expect([removed.statusCode, ...standing(removed).slice(0, 2)]).toEqual([200, '1', '0']);
    expect((await remove(replica, token, two)).statusCode).toBe(429);
    platform.clock.advance(hourMs);
    expect((await remove(replica, token, two)).statusCode).toBe(200);
  });
});

describe('ids that are not there', () => {
  it('may be asked for sixty times a minute; then every id has to wait', async () => {
    const { token, id: userId } = await platform.newUser();
    const { id } = (await create(server, token, 'mine')).json<{ id: string }>();
    const misses = [];
    for (let index = 0; index < 60; index += 1) misses.push(await show(index % 2 === 0 ? server : replica, token, `absent-${index}`));
    expect(new Set(misses.map(({ statusCode }) => statusCode))).toEqual(new Set([404]));
    // This replica has counted no miss since: it learns of it by the next one.
    const learned = await show(server, token, 'absent');
    expect([learned.statusCode, learned.json<{ error: { details: { rule: string } } }>().error.details.rule]).toEqual([429, 'missed_lookups']);
    expect(Number(learned.headers['retry-after'])).toBeGreaterThan(0);
    for (const to of [server, replica]) expect((await show(to, token, id)).statusCode).toBe(429);
    expect((await send(server, { method: 'GET', url: '/api/databases', token })).statusCode).toBe(200);
    expect(events).toContainEqual({ name: 'rate_limit.exceeded', rule: 'missed_lookups', userId });

    platform.clock.advance(60_000);
    expect((await show(server, token, id)).statusCode).toBe(200);
  });

  it("answer alike, whether they are absent or somebody else's, headers included", async () => {
    const [owner, stranger] = [await platform.newUser(), await platform.newUser()];
    const { id } = (await create(server, owner.token, 'theirs')).json<{ id: string }>();
    for (const [method, path, payload] of [['GET', '', undefined], ['POST', '/rotate-credentials', {}], ['DELETE', '', undefined], ['DELETE', '?confirm_token=x', undefined]] as const) {
      const ask = (asked: string) => send(server, { method, url: `/api/databases/${asked}${path}`, token: stranger.token, ...(payload === undefined ? {} : { payload }) });
      const answers = [];
      for (const asked of [id, '0a1b2c3d', id]) {
        const { statusCode, body, headers } = await ask(asked);
        answers.push({ statusCode, body, headers: { ...headers, date: '', 'x-request-id': '' } });
      }
      expect(answers[0]!.statusCode).toBe(404);
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    }
  });
});

describe('accounts', () => {
  const signUp = (to: FastifyInstance, email: string, remoteAddress: string) =>
    send(to, { method: 'POST', url: '/api/auth/sign-up/email', remoteAddress, payload: { email, password: testPassword, name: 'Somebody' } });

  it('are made in limited number from one address, taken names included', async () => {
    const few = await platform.replica({ rateLimiter: limiter(inControlDatabase, { sign_ups: { limit: 2 } }) });
    const first = await signUp(few, 'limited@example.org', '192.0.2.8');
    expect([first.statusCode, ...standing(first).slice(0, 2)]).toEqual([200, '2', '1']);
    expect((await signUp(few, 'limited@example.org', '192.0.2.8')).statusCode).toBe(409);
    expect((await signUp(few, 'another@example.org', '192.0.2.8')).statusCode).toBe(429);
    expect((await signUp(few, 'another@example.org', '192.0.2.9')).statusCode).toBe(200);
  });

  it('cannot be guessed at across accounts from one address', async () => {
    const few = await platform.replica({ rateLimiter: limiter(inControlDatabase, { failed_sign_ins: { limit: 2 } }) });
    const { email } = await platform.newUser();
    const signIn = (password: string, to = email) => send(few, { method: 'POST', url: '/api/auth/sign-in/email', remoteAddress: '192.0.2.10', payload: { email: to, password } });
    expect((await signIn(testPassword)).statusCode).toBe(200);
    expect((await signIn('wrong', 'nobody1@example.org')).statusCode).toBe(401);
    expect((await signIn('wrong', 'nobody2@example.org')).statusCode).toBe(401);
    expect((await signIn('wrong', 'nobody3@example.org')).statusCode).toBe(429);
  });
});

describe('all calls of one credential', () => {
  it('have a ceiling, and answers below it say nothing of it', async () => {
    const few = await platform.replica({ rateLimiter: limiter(inControlDatabase, { requests: { limit: 3, windowSeconds: 60 } }) });
    const [mine, other] = [await platform.newUser(), await platform.newUser()];
    const list = (token: string) => send(few, { method: 'GET', url: '/api/databases', token });
    for (let index = 0; index < 3; index += 1) expect([(await list(mine.token)).statusCode, standing(await list(other.token))]).toEqual([200, index < 3 ? none : []]);
    const refused = await list(mine.token);
    expect([refused.statusCode, refused.headers['ratelimit-limit']]).toEqual([429, '3']);
    platform.clock.advance(60_000);
    expect((await list(mine.token)).statusCode).toBe(200);
  });
});

describe.skipIf(isRedisMissing)('limits that are counted in Redis', () => {
  let redis: TestRedis;
  let connection: RedisConnection;

  beforeAll(async () => {
    redis = await startTestRedis();
    connection = openRedis(redis.url, { onConnected: () => undefined, onLost: () => undefined });
  });

  afterAll(async () => {
    connection.close();
    await redis.stop();
  });

  it('go on while it is away, and are counted there again when it is back', async () => {
    const insured = () => limiter(new InsuredRateLimitStore(new RedisRateLimitStore(connection.client), inControlDatabase, () => undefined));
    const [one, two] = [await platform.replica({ rateLimiter: insured() }), await platform.replica({ rateLimiter: insured() })];
    const { token, id } = await platform.newUser();
    const kept = () => platform.plane.connection.db.collection<{ _id: string }>('rate_limits').findOne({ _id: `database_creation:${id}` });
    if (connection.client.status !== 'ready') await isReady(connection);

    expect((await Promise.all([create(one, token, 'a'), create(two, token, 'b')])).map(({ statusCode }) => statusCode)).toEqual([201, 201]);
    expect(await kept()).toBeNull();

    await redis.kill();
    const meanwhile = await create(two, token, 'c');
    expect([meanwhile.statusCode, standing(meanwhile)[1]]).toEqual([201, '4']);
    expect(await kept()).toMatchObject({ used: 1 });

    const back = isReady(connection);
    await redis.restart();
    await back;
    expect(standing(await create(one, token, 'd'))[1]).toBe('4');
    expect(standing(await create(two, token, 'e'))[1]).toBe('3');
    expect(await kept()).toMatchObject({ used: 1 });
  });
});

function isReady({ client }: RedisConnection): Promise<void> {
  return new Promise((resolve) => client.once('ready', () => resolve()));
}
