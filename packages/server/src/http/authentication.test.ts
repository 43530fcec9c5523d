import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { noUserLimits } from '../domain/limits.js';
import type { Authenticator, Principal } from '../services/accounts-authentication.js';
import { createAuthenticator } from '../services/accounts-authentication.js';
import { sessionSecret, tokenSecret } from '../services/accounts-credentials.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { authenticationPlugin, bearerOf } from './plugins/authentication.js';
import { asApiError } from './plugins/errors.js';

const nobody: Authenticator = { authenticate: () => Promise.resolve(undefined), forget: () => undefined, forgetUser: () => undefined };

describe('a route that says nothing about access', () => {
  it('is closed', async () => {
    const server = fastify();
    await server.register(authenticationPlugin, { authenticator: nobody });
    server.setErrorHandler((error, _request, reply) => reply.code(asApiError(error, 0).status).send());
    server.get('/forgotten', async () => 'secret');
    server.get('/open', { config: { isPublic: true } }, async () => 'open');
    expect((await server.inject('/forgotten')).statusCode).toBe(401);
    expect((await server.inject('/open')).body).toBe('open');
    await server.close();
  });
});

describe('the bearer of a request', () => {
  it.each([
    ['Bearer abc', 'abc'], ['bearer   abc  ', 'abc'], ['Bearer', undefined], ['Basic abc', undefined], ['Bearer a b', undefined], ['', undefined], [undefined, undefined],
    [`Bearer ${'x'.repeat(600)}`, undefined],
  ])('of "%s" is %s', (authorization, expected) => {
    expect(bearerOf({ headers: authorization === undefined ? {} : { authorization } })).toBe(expected);
  });
});

/** An authenticator over one session and one token, that counts how often it looks them up. */
function counted(rememberCount: number) {
  let lookups = 0;
  let now = 0;
  const account = { id: 'u', email: '', name: '', role: 'user', passwordHash: '', createdAt: new Date(0), defaultDatabaseId: null, totalQuotaMb: null, limits: noUserLimits, rateLimits: {}, rateLimitResets: 0, isDisabled: false } as const;
  const authenticator = createAuthenticator({
    accounts: { find: () => Promise.resolve(account) },
    sessions: {
      findBySecretHash: (hash) => {
        lookups += 1;
        return Promise.resolve({ id: hash, userId: 'u', createdAt: new Date(0), expiresAt: new Date(2_592_000_000) });
      },
      extend: () => Promise.resolve(),
    },
    tokens: {
      findBySecretHash: () => {
        lookups += 1;
        return Promise.resolve(undefined);
      },
      markUsed: () => Promise.resolve(),
    },
    clock: { now: () => new Date(now), sleep: () => Promise.resolve() },
    rememberForMs: 5_000,
    rememberCount,
  });
  return { authenticator, lookups: () => lookups, at: (milliseconds: number) => (now = milliseconds) };
}

describe('a verified credential', () => {
  const session = (): string => sessionSecret(systemIdentifiers.token()).reveal();

  it('is remembered for seconds, and looked up once however many ask at a time', async () => {
    const { authenticator, lookups, at } = counted(10);
    const secret = session();
    await Promise.all([authenticator.authenticate(secret), authenticator.authenticate(secret)]);
    at(4_999);
    await authenticator.authenticate(secret);
    expect(lookups()).toBe(1);
    at(5_001);
    await authenticator.authenticate(secret);
    expect(lookups()).toBe(2);
  });

  it('is forgotten when it ends', async () => {
    const { authenticator, lookups } = counted(10);
    const secret = session();
    const principal = (await authenticator.authenticate(secret)) as Principal;
    authenticator.forget(principal.credential.id);
    await authenticator.authenticate(session());
    await authenticator.authenticate(secret);
    expect(lookups()).toBe(3);
  });

  it('takes one of a bounded number of places, and a wrong one takes none', async () => {
    const { authenticator, lookups } = counted(2);
    const [first, second, third] = [session(), session(), session()];
    for (const secret of [first, second]) await authenticator.authenticate(secret);
    for (let wrong = 0; wrong < 5; wrong += 1) await authenticator.authenticate(tokenSecret(systemIdentifiers.token()).reveal());
    const before = lookups();
    await authenticator.authenticate(second);
    expect(lookups()).toBe(before);
    await authenticator.authenticate(third);
    await authenticator.authenticate(first);
    expect(lookups()).toBe(before + 2);
  });
});
