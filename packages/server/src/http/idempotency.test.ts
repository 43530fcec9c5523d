import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '@freehold/api';
import { startHttpPlatform, testPassword, type HttpPlatform } from '../testing/http-platform.fixture.js';
import type { HttpDependencies } from './dependencies.js';

let platform: HttpPlatform;

beforeAll(async () => {
  platform = await startHttpPlatform();
});

afterAll(async () => {
  await platform.stop();
});

const create = (token: string, idempotencyKey: string, payload: object) =>
  platform.send({ method: 'POST', url: '/api/tokens', token, idempotencyKey, payload });

function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { give, given };
}

/** A token service whose next call waits until it is told to go on. */
function heldTokens(tokens: HttpDependencies['tokens']) {
  const gate = signal();
  const arrived = signal();
  let calls = 0;
  const service: HttpDependencies['tokens'] = {
    ...tokens,
    create: async (...args) => {
      calls += 1;
      arrived.give();
      await gate.given;
      return tokens.create(...args);
    },
  };
  return { service, open: gate.give, arrived: arrived.given, calls: () => calls };
}

describe('a repeated request', () => {
  it('gets the first answer, secrets included, and has no second effect', async () => {
    const { token, client } = await platform.newUser();
    const first = await create(token, 'key-1', { name: 'ci' });
    const repeated = await create(token, 'key-1', { name: 'ci' });
    expect([repeated.statusCode, repeated.body]).toEqual([first.statusCode, first.body]);
    expect(repeated.headers['content-type']).toBe(first.headers['content-type']);
    expect([first.headers['idempotency-replayed'], repeated.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect((await client.tokens.list()).total).toBe(1);
  });

  it('gets the first answer from another replica, and after a restart', async () => {
    const { token } = await platform.newUser();
    const first = await create(token, 'key-2', { name: 'ci' });
    const replica = await platform.replica();
    const request = { method: 'POST', url: '/api/tokens', headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'key-2' }, payload: { name: 'ci' } } as const;
    expect((await replica.inject(request)).body).toBe(first.body);
  });

  it('is the same whatever the order of its fields and the spaces between them', async () => {
    const { token } = await platform.newUser();
    const raw = (payload: string) =>
      platform.send({ method: 'POST', url: '/api/tokens', token, idempotencyKey: 'key-3', headers: { 'content-type': 'application/json' }, payload });
    const first = await raw('{"name":"ci","expires_in_days":3}');
    expect((await raw('{ "expires_in_days": 3, "name": " ci " }')).body).toBe(first.body);
  });

  it('gets the first refusal too', async () => {
    const { token } = await platform.newUser();
    const first = await platform.send({ method: 'DELETE', url: '/api/tokens/absent', token, idempotencyKey: 'key-4' });
    const repeated = await platform.send({ method: 'DELETE', url: '/api/tokens/absent', token, idempotencyKey: 'key-4' });
    expect([first.statusCode, repeated.statusCode, repeated.body]).toEqual([404, 404, first.body]);
  });

  it('gets an answer without a body as one', async () => {
    const { token, client } = await platform.newUser();
    const { id } = await client.tokens.create({ name: 'ci' });
    const remove = () => platform.send({ method: 'DELETE', url: `/api/tokens/${id}`, token, idempotencyKey: 'key-5' });
    expect([(await remove()).statusCode, (await remove()).statusCode]).toEqual([204, 204]);
  });

  it('tries again where the first one ended without a verdict', async () => {
    const { token } = await platform.newUser();
    let isBroken = true;
    const { tokens } = platform.dependencies;
    const replica = await platform.replica({
      tokens: { ...tokens, create: (...args) => (isBroken ? Promise.reject(new ApiError('SERVICE_UNAVAILABLE')) : tokens.create(...args)) },
    });
    const send = () => replica.inject({ method: 'POST', url: '/api/tokens', headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'key-6' }, payload: { name: 'ci' } });
    const refused = await send();
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
    isBroken = false;
    expect((await send()).statusCode).toBe(201);
  });

  it.each([
    ['a quota refused it, to be told so again', 'QUOTA_EXCEEDED', 507],
    ['another process is still at work on it, to be told how that ended', 'IDEMPOTENCY_IN_PROGRESS', 201],
  ] as const)('where %s', async (name, code, then) => {
    const { token } = await platform.newUser();
    let isRefused = true;
    const { databases } = platform.dependencies;
    const replica = await platform.replica({ databases: { ...databases, create: (...args) => (isRefused ? Promise.reject(new ApiError(code)) : databases.create(...args)) } });
    const send = () => replica.inject({ method: 'POST', url: '/api/databases', headers: { authorization: `Bearer ${token}`, 'idempotency-key': code }, payload: { name: 'ci' } });
    expect((await send()).json().error.code, name).toBe(code);
    isRefused = false;
    expect((await send()).statusCode).toBe(then);
  });
});

describe('another request with the same key', () => {
  it.each([
    ['another body', { method: 'POST', url: '/api/tokens', payload: { name: 'other' } }],
    ['another address', { method: 'POST', url: '/api/auth/sign-out' }],
  ] as const)('is refused: %s', async (name, request) => {
    const { token } = await platform.newUser();
    const key = `other-${name.replace(' ', '-')}`;
    await create(token, key, { name: 'ci' });
    const response = await platform.send({ ...request, token, idempotencyKey: key });
    expect([response.statusCode, response.json().error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('of another user is another key', async () => {
    const [mine, yours] = [await platform.newUser(), await platform.newUser()];
    const first = await create(mine.token, 'shared', { name: 'ci' });
    const second = await create(yours.token, 'shared', { name: 'ci' });
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.body).not.toBe(first.body);
  });
});

describe('a repeat while the first request runs', () => {
  it('waits for its answer', async () => {
    const { token } = await platform.newUser();
    const held = heldTokens(platform.dependencies.tokens);
    const replica = await platform.replica({ tokens: held.service, limits: { idempotencyWaitMs: 10_000 } });
    const send = () => replica.inject({ method: 'POST', url: '/api/tokens', headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'running-1' }, payload: { name: 'ci' } });
    const first = send();
    await held.arrived;
    const repeats = [send(), send(), send()];
    held.open();
    const answers = await Promise.all([first, ...repeats]);
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(held.calls()).toBe(1);
  });

  it('is told to come again where that takes long', async () => {
    const { token } = await platform.newUser();
    const held = heldTokens(platform.dependencies.tokens);
    const replica = await platform.replica({ tokens: held.service });
    const send = () => replica.inject({ method: 'POST', url: '/api/tokens', headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'running-2' }, payload: { name: 'ci' } });
    const first = send();
    await held.arrived;
    const repeat = await send();
    expect([repeat.statusCode, repeat.json().error.code, repeat.headers['retry-after']]).toEqual([409, 'IDEMPOTENCY_IN_PROGRESS', '1']);
    held.open();
    expect((await first).statusCode).toBe(201);
  });

  it('takes over when the process of the first one is gone', async () => {
    const { token } = await platform.newUser();
    const lost = heldTokens(platform.dependencies.tokens);
    const replica = await platform.replica({ tokens: lost.service });
    const request = { method: 'POST', url: '/api/tokens', headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'lost' }, payload: { name: 'ci' } } as const;
    const first = replica.inject(request);
    await lost.arrived;
    platform.clock.advance(31_000);
    expect((await platform.server.inject(request)).statusCode).toBe(201);
    lost.open();
    await first;
  });
});

describe('what is kept of requests', () => {
  it('holds no secret in clear', async () => {
    const payload = { email: 'kept@example.org', password: testPassword, name: 'Kept' };
    const response = await platform.send({ method: 'POST', url: '/api/auth/sign-up/email', idempotencyKey: 'sign-up', payload });
    const { token } = response.json();
    const repeated = await platform.send({ method: 'POST', url: '/api/auth/sign-up/email', idempotencyKey: 'sign-up', payload });
    expect(repeated.body).toBe(response.body);
    const collections = ['users', 'sessions', 'api_tokens', 'idempotency_keys', 'sign_in_failures'];
    for (const name of collections) {
      const documents = JSON.stringify(await platform.plane.connection.db.collection(name).find().toArray());
      expect(documents).not.toContain(testPassword);
      expect(documents).not.toMatch(/fhs?_[A-Za-z0-9_-]{20}/u);
      expect(documents).not.toContain(token);
    }
    expect(platform.logLines.join('')).not.toMatch(/fhs?_[A-Za-z0-9_-]{20}|correct horse/u);
  });
});
