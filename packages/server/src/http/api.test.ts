import { errorCatalogue, routeList } from '@freehold/api';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotReady } from '../ports/readiness.js';
import { startHttpPlatform, testPassword, type HttpPlatform } from '../testing/http-platform.fixture.js';

let platform: HttpPlatform;

beforeAll(async () => {
  platform = await startHttpPlatform();
});

afterAll(async () => {
  await platform.stop();
});

const json = { 'content-type': 'application/json' };

describe('an error', () => {
  it.each([
    ['a body that is not JSON', { method: 'POST', url: '/api/auth/sign-in/email', headers: json, payload: '{"email":' }, 400, 'MALFORMED_JSON'],
    ['a body that poisons prototypes', { method: 'POST', url: '/api/auth/sign-in/email', headers: json, payload: '{"__proto__":{"role":"operator"}}' }, 400, 'MALFORMED_JSON'],
    ['no body', { method: 'POST', url: '/api/auth/sign-in/email' }, 400, 'VALIDATION_FAILED'],
    ['an empty body', { method: 'POST', url: '/api/auth/sign-in/email', headers: json, payload: '' }, 400, 'VALIDATION_FAILED'],
    ['an unknown field', { method: 'POST', url: '/api/auth/sign-in/email', payload: { email: 'a@example.org', password: 'x', extra: 1 } }, 400, 'VALIDATION_FAILED'],
    ['an operator where a string belongs', { method: 'POST', url: '/api/auth/sign-in/email', payload: { email: { $gt: '' }, password: { $gt: '' } } }, 400, 'VALIDATION_FAILED'],
    ['a body that is too large', { method: 'POST', url: '/api/auth/sign-in/email', payload: { email: 'a@example.org', password: 'x'.repeat(20_000) } }, 413, 'PAYLOAD_TOO_LARGE'],
    ['a form', { method: 'POST', url: '/api/auth/sign-in/email', headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'email=a' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['text', { method: 'POST', url: '/api/auth/sign-in/email', headers: { 'content-type': 'text/plain' }, payload: '{}' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['an unknown address', { method: 'GET', url: '/api/nothing' }, 404, 'NOT_FOUND'],
    ['an unknown address asked for as a page', { method: 'GET', url: '/nothing', headers: { accept: 'text/html' } }, 404, 'NOT_FOUND'],
    ['an address that cannot be decoded', { method: 'GET', url: '/api/databases/%E0%A4%A' }, 404, 'NOT_FOUND'],
    ['a wrong method', { method: 'PUT', url: '/api/databases/ab12cd34' }, 405, 'METHOD_NOT_ALLOWED'],
    ['no credential', { method: 'GET', url: '/api/databases' }, 401, 'UNAUTHENTICATED'],
    ['another scheme', { method: 'GET', url: '/api/databases', headers: { authorization: 'Basic YTpi' } }, 401, 'UNAUTHENTICATED'],
    ['a made-up credential', { method: 'GET', url: '/api/databases', headers: { authorization: `Bearer fhs_${'x'.repeat(43)}` } }, 401, 'UNAUTHENTICATED'],
    ['a bad idempotency key', { method: 'POST', url: '/api/auth/sign-in/email', headers: { 'idempotency-key': 'a b' }, payload: { email: 'a@example.org', password: 'x' } }, 400, 'VALIDATION_FAILED'],
  ] as const)('answers %s in the one form', async (_, request, status, code) => {
    const response = await platform.send(request);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers['x-request-id']).toBeDefined();
    expect(response.json()).toEqual({ error: { code, message: expect.any(String), details: expect.any(Object) } });
  });

  it('names the fields that are wrong', async () => {
    const { token } = await platform.newUser();
    const response = await platform.send({ method: 'POST', url: '/api/databases', token, payload: { name: 'a.b', role: 'root' } });
    expect(response.json().error.details.issues.map(({ path }: { path: string }) => path).toSorted()).toEqual(['body.name', 'body.role']);
  });

  it('says which methods an address takes', async () => {
    const response = await platform.send({ method: 'PUT', url: '/api/databases?x=1' });
    expect(response.headers.allow).toBe('POST, GET');
    expect(response.json().error.details).toEqual({ allowed: ['POST', 'GET'] });
  });

  it('of our own making shows nothing but its code, and is in the log', async () => {
    const broken = await platform.replica({
      operations: { get: () => Promise.reject(new Error('the password of mongodb://root:hunter2hunter2@db/ is fh_0123456789abcdef0123')), follow: () => Promise.reject(new Error('unused')) },
    });
    const { token } = await platform.newUser();
    const response = await broken.inject({ method: 'GET', url: '/api/operations/x', headers: { authorization: `Bearer ${token}`, 'x-request-id': 'find-me' } });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({ error: { code: 'INTERNAL_ERROR', message: errorCatalogue.INTERNAL_ERROR.message, details: {} } });
    const line = platform.logLines.find((each) => each.includes('"http.failed"'))!;
    expect(JSON.parse(line)).toMatchObject({ level: 'error', request_id: 'find-me', route: '/api/operations/:id', error: { type: 'Error', stack: expect.stringContaining('api.test.ts') } });
    expect(line).not.toContain('hunter2');
    expect(line).not.toContain('fh_0123456789');
  });
});

describe('every route', () => {
  it.each(routeList.filter((route) => route.auth !== 'public').map((route) => [route.name, route] as const))('%s asks for a credential', async (_, route) => {
    const url = route.path.replace(/\{\w+\}/gu, 'ab12cd34');
    for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
      const response = await platform.send({ method: route.method, url, headers });
      expect(response.statusCode).toBe(401);
      expect(response.json().error.code).toBe('UNAUTHENTICATED');
    }
  });

  it.each(routeList.filter((route) => route.scope !== null).map((route) => [route.name, route] as const))('%s asks an API token for its scope', async (_, route) => {
    const { token, client } = await platform.newUser();
    const otherScope = route.scope!.startsWith('apps:') ? 'databases:*' : 'apps:*';
    const { token: narrow } = await client.tokens.create({ name: 'narrow', scopes: [otherScope] });
    const url = route.path.replace(/\{\w+\}/gu, 'ab12cd34');
    const response = await platform.send({ method: route.method, url, token: narrow });
    expect(response.statusCode).toBe(403);
    expect(response.json().error.details).toEqual(route.auth === 'operator' ? { required_role: 'operator' } : { required_scope: route.scope });
    expect(token).not.toBe(narrow);
  });
});

describe('an account', () => {
  it('signs up, in and out', async () => {
    const signedUp = await platform.send({ method: 'POST', url: '/api/auth/sign-up/email', payload: { email: 'Ada@Example.org', password: testPassword, name: 'Ada' } });
    expect(signedUp.statusCode).toBe(200);
    expect(signedUp.json()).toEqual({ token: expect.stringMatching(/^fhs_/u), user: { id: expect.any(String), email: 'Ada@Example.org', name: 'Ada' } });

    const signedIn = await platform.send({ method: 'POST', url: '/api/auth/sign-in/email', payload: { email: 'ada@example.ORG', password: testPassword } });
    const { token } = signedIn.json();
    const me = await platform.send({ method: 'GET', url: '/api/me', token });
    expect(me.json()).toEqual({
      id: signedUp.json().user.id, email: 'Ada@Example.org', name: 'Ada', role: 'user', created_at: expect.any(String), default_database_id: null, total_quota_mb: null,
      quota: { total_mb: null, used_mb: 0 },
    });

    expect((await platform.send({ method: 'POST', url: '/api/auth/sign-out', token })).statusCode).toBe(204);
    expect((await platform.send({ method: 'GET', url: '/api/me', token })).statusCode).toBe(401);
    expect((await platform.send({ method: 'GET', url: '/api/me', token: signedUp.json().token })).statusCode).toBe(200);
  });

  it('exists once for an address, in any case', async () => {
    const { email } = await platform.newUser();
    const again = { method: 'POST', url: '/api/auth/sign-up/email', payload: { email: email.toUpperCase(), password: testPassword, name: 'Again' } } as const;
    const response = await platform.send(again);
    expect([response.statusCode, response.json().error.code]).toEqual([409, 'EMAIL_TAKEN']);
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const { email } = await platform.newUser();
    const answers = [];
    for (const address of [email, 'nobody@example.org']) {
      const response = await platform.send({ method: 'POST', url: '/api/auth/sign-in/email', payload: { email: address, password: 'wrong' } });
      const { date, 'x-request-id': requestId, ...headers } = response.headers;
      expect([date, requestId]).not.toContain(undefined);
      answers.push({ status: response.statusCode, body: response.body, headers });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]!.status).toBe(401);
  });

  it('is locked for an address after failures, longer each time, and not for others', async () => {
    const { email } = await platform.newUser();
    const attempt = (password: string, remoteAddress = '192.0.2.7') => platform.send({ method: 'POST', url: '/api/auth/sign-in/email', remoteAddress, payload: { email, password } });
    for (let failure = 1; failure <= 5; failure += 1) expect((await attempt('wrong')).statusCode).toBe(401);
    const locked = await attempt(testPassword);
    expect([locked.statusCode, locked.json().error.code, locked.headers['retry-after']]).toEqual([429, 'ACCOUNT_LOCKED', '30']);
    expect(platform.logLines.join('')).toContain('"remote_address":"192.0.2.7","event":"sign_in.locked"');
    expect((await attempt(testPassword, '192.0.2.8')).statusCode).toBe(200);

    platform.clock.advance(31_000);
    expect((await attempt('wrong')).statusCode).toBe(401);
    expect(Number((await attempt(testPassword)).headers['retry-after'])).toBeGreaterThan(30);
    platform.clock.advance(61_000);
    expect((await attempt(testPassword)).statusCode).toBe(200);
    expect((await attempt('wrong')).statusCode).toBe(401);
    expect((await attempt(testPassword)).statusCode).toBe(200);
  });

  it('counts every guess of a burst', async () => {
    const { email } = await platform.newUser();
    const guess = () => platform.send({ method: 'POST', url: '/api/auth/sign-in/email', remoteAddress: '192.0.2.9', payload: { email, password: 'wrong' } });
    const statuses = (await Promise.all(Array.from({ length: 12 }, guess))).map((response) => response.statusCode);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
  });

  it('stays signed in while it is used, and is signed out 30 days after', async () => {
    const day = 24 * 60 * 60 * 1000;
    const { token } = await platform.newUser();
    for (const days of [20, 20]) {
      platform.clock.advance(days * day);
      expect((await platform.send({ method: 'GET', url: '/api/me', token })).statusCode).toBe(200);
    }
    platform.clock.advance(31 * day);
    expect((await platform.send({ method: 'GET', url: '/api/me', token })).statusCode).toBe(401);
  });

  it('of an operator can be made by operators alone', async () => {
    const payload = { email: 'second@example.org', password: testPassword, name: 'Second', role: 'operator' };
    const { token } = await platform.newUser();
    expect((await platform.send({ method: 'POST', url: '/api/admin/users', token, payload })).statusCode).toBe(403);
    const operator = await platform.newOperator();
    const made = await platform.send({ method: 'POST', url: '/api/admin/users', token: operator, payload });
    expect([made.statusCode, made.json().role]).toEqual([201, 'operator']);
    await expect(platform.dependencies.accounts.ensureOperator({ email: 'third@example.org', password: testPassword })).resolves.toBe(false);
  });
});

describe('an API token', () => {
  it('is shown once, works, and stops when revoked', async () => {
    const { token, client } = await platform.newUser();
    const made = await platform.send({ method: 'POST', url: '/api/tokens', token, payload: { name: 'ci' } });
    expect(made.statusCode).toBe(201);
    const secret = made.json().token as string;
    expect(secret).toMatch(/^fh_/u);
    expect((await platform.send({ method: 'GET', url: '/api/databases', token: secret })).statusCode).toBe(200);

    const list = await client.tokens.list();
    expect(list).toMatchObject({ total: 1, items: [{ name: 'ci', hint: secret.slice(0, 8), expires_at: null, last_used_at: expect.any(String) }] });
    expect(JSON.stringify(list)).not.toContain(secret);

    await client.tokens.revoke({ id: list.items[0]!.id });
    expect((await platform.send({ method: 'GET', url: '/api/databases', token: secret })).statusCode).toBe(401);
    await expect(client.tokens.revoke({ id: list.items[0]!.id })).rejects.toMatchObject({ code: 'TOKEN_NOT_FOUND' });
  });

  it('expires', async () => {
    const { client } = await platform.newUser();
    const { token } = await client.tokens.create({ name: 'short', expires_in_days: 1 });
    expect((await platform.send({ method: 'GET', url: '/api/me', token })).statusCode).toBe(200);
    platform.clock.advance(25 * 60 * 60 * 1000);
    expect((await platform.send({ method: 'GET', url: '/api/me', token })).statusCode).toBe(401);
  });

  it('grants no more than its maker has', async () => {
    const { client } = await platform.newUser();
    await expect(client.tokens.create({ name: 'root', scopes: ['admin'] })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const { token: maker } = await client.tokens.create({ name: 'maker', scopes: ['tokens:write', 'databases:read'] });
    const wider = await platform.send({ method: 'POST', url: '/api/tokens', token: maker, payload: { name: 'wider', scopes: ['databases:write'] } });
    expect(wider.statusCode).toBe(403);
    const unnamed = await platform.send({ method: 'POST', url: '/api/tokens', token: maker, payload: { name: 'unnamed' } });
    expect([unnamed.statusCode, unnamed.json().scopes]).toEqual([201, ['databases:read']]);
    const { token: barren } = await client.tokens.create({ name: 'barren', scopes: ['tokens:write'] });
    expect((await platform.send({ method: 'POST', url: '/api/tokens', token: barren, payload: { name: 'nothing' } })).statusCode).toBe(403);
  });

  it('of somebody else answers as an absent one', async () => {
    const mine = await platform.newUser();
    const { token: stranger } = await platform.newUser();
    const { id } = await mine.client.tokens.create({ name: 'mine' });
    const answers = [];
    for (const asked of [id, '0'.repeat(24), 'nonsense', '%24gt']) {
      const response = await platform.send({ method: 'DELETE', url: `/api/tokens/${asked}`, token: stranger });
      answers.push(`${response.statusCode} ${response.body}`);
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^404 .*TOKEN_NOT_FOUND/u);
  });
});

describe('a database', () => {
  it('lives through the API as it is documented', async () => {
    const { client, token } = await platform.newUser();
    const made = await client.databases.create({ name: 'shop', description: 'The shop', environment: 'staging', quota_mb: 64 });
    expect(made).toMatchObject({ name: 'shop', status: 'active', environment: 'staging', is_default: true, quota_mb: 64, deleted_at: null });

    const tenant = await MongoClient.connect(made.connection_uri);
    await tenant.db().collection('things').insertOne({ hello: 'world' });
    await tenant.close();

    const { connection_uri: uri, ...shown } = made;
    expect(await client.databases.get({ id: made.id })).toEqual(shown);
    expect(await client.databases.list({ search: 'SHOP', is_default: true })).toEqual({ items: [shown], total: 1, limit: 20, offset: 0 });
    expect((await client.databases.connection({ id: made.id })).connection_uri).toBe(uri);
    expect(await client.databases.update({ id: made.id, name: 'new shop' })).toMatchObject({ id: made.id, name: 'new shop' });

    const rotated = await client.databases.rotateCredentials({ id: made.id });
    expect(rotated.connection_uri).not.toBe(uri);
    await (await MongoClient.connect(rotated.connection_uri)).close();

    const asked = await platform.send({ method: 'DELETE', url: `/api/databases/${made.id}`, token });
    expect([asked.statusCode, Object.keys(asked.json()).toSorted()]).toEqual([202, ['apps', 'confirm_token', 'expires_at']]);
    expect((await client.databases.get({ id: made.id })).status).toBe('active');

    const confirm_token = asked.json().confirm_token as string;
    const deleted = await client.databases.delete({ id: made.id, confirm_token });
    expect(deleted).toMatchObject({ status: 'deleting', deleted_at: expect.any(String), purge_at: expect.any(String) });
    expect(platform.logLines.join('')).not.toContain(confirm_token);
    await expect(client.databases.delete({ id: made.id, confirm_token })).rejects.toMatchObject({ status: expect.any(Number) });

    expect(await client.databases.restore({ id: made.id })).toMatchObject({ status: 'active', deleted_at: null });
    await (await MongoClient.connect(rotated.connection_uri)).close();
  });

  it('of somebody else answers exactly as one that does not exist', async () => {
    const mine = await platform.newUser();
    const { id } = await mine.client.databases.create({ name: 'private' });
    const { token } = await platform.newUser();
    const calls = routeList.filter((route) => route.path.startsWith('/api/databases/{id}'));
    for (const route of calls) {
      const answers = [];
      for (const asked of [id, '00000000', 'x'.repeat(65), '%24ne']) {
        const bodies: Readonly<Record<string, object>> = { 'databases.update': { name: 'stolen' }, 'databases.migrate': { target_database_id: '00000001' } };
        const payload = bodies[route.name];
        const response = await platform.send({ method: route.method, url: route.path.replace('{id}', asked), token, ...(payload === undefined ? {} : { payload }) });
        const { date, 'x-request-id': requestId, ...headers } = response.headers;
        expect([date, requestId]).not.toContain(undefined);
        answers.push(JSON.stringify({ status: response.statusCode, body: response.body, headers }));
      }
      expect([...new Set(answers)], route.name).toHaveLength(1);
      expect(answers[0]).toContain('DATABASE_NOT_FOUND');
    }
  });
});

describe('what the platform says of itself', () => {
  it('is alive, and ready while its database answers', async () => {
    expect((await platform.send({ method: 'GET', url: '/healthz' })).json()).toEqual({ status: 'ok' });
    expect((await platform.send({ method: 'GET', url: '/readyz' })).json()).toEqual({ status: 'ready', missing: [], degraded: [] });
    const unready = await platform.replica({ readinessProbes: [{ name: 'control database', check: () => Promise.reject(new Error('mongodb://root:secret@db down')) }] });
    const response = await unready.inject({ method: 'GET', url: '/readyz' });
    expect([response.statusCode, response.json()]).toEqual([503, { status: 'not_ready', missing: [{ name: 'control database', reason: 'does not answer' }], degraded: [] }]);
    const degraded = await platform.replica({ readinessProbes: [{ name: 'redis', isRequired: false, check: () => Promise.reject(new NotReady('is away')) }] });
    const answer = await degraded.inject({ method: 'GET', url: '/readyz' });
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ready', missing: [], degraded: [{ name: 'redis', reason: 'is away' }] }]);
  });

  it('shows metrics to the machine itself, to holders of the metrics token, and to operators', async () => {
    const guarded = await platform.replica({ metricsToken: 'metrics-token-of-the-test' });
    const { token } = await platform.newUser();
    const operator = await platform.newOperator();
    const ask = (remoteAddress: string, headers: Record<string, string> = {}) => guarded.inject({ method: 'GET', url: '/metrics', remoteAddress, headers });
    const local = await ask('127.0.0.1');
    expect([local.statusCode, local.headers['content-type']]).toEqual([200, expect.stringContaining('text/plain')]);
    expect(local.body).toContain('# TYPE freehold_http_request_duration_seconds histogram');
    expect((await ask('127.0.0.1', { 'x-forwarded-for': '198.51.100.1' })).statusCode).toBe(401);
    expect((await ask('198.51.100.1')).statusCode).toBe(401);
    expect((await ask('198.51.100.1', { authorization: `Bearer ${token}` })).statusCode).toBe(403);
    expect((await ask('198.51.100.1', { authorization: `Bearer ${operator}` })).statusCode).toBe(200);
    expect((await ask('198.51.100.1', { authorization: 'Bearer metrics-token-of-the-test' })).statusCode).toBe(200);
  });

  it('describes itself, without help from elsewhere', async () => {
    const document = await platform.send({ method: 'GET', url: '/api/openapi.json' });
    expect(document.json()).toMatchObject({ openapi: '3.1.0', info: { version: '0.0.0-test' } });
    const page = await platform.send({ method: 'GET', url: '/api/docs' });
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.body).not.toMatch(/https?:\/\//u);
    for (const [, address] of page.body.matchAll(/src="([^"]+)"/gu)) {
      const script = await platform.send({ method: 'GET', url: address! });
      expect([script.statusCode, script.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8']);
    }
  });

  it('answers HEAD as GET without a body, and asks the same for it', async () => {
    const { token } = await platform.newUser();
    const allowed = await platform.send({ method: 'HEAD', url: '/api/databases', token });
    expect([allowed.statusCode, allowed.body]).toEqual([200, '']);
    expect((await platform.send({ method: 'HEAD', url: '/api/databases' })).statusCode).toBe(401);
  });

  it('keeps query strings and ids out of the log', async () => {
    const { token } = await platform.newUser();
    await platform.send({ method: 'DELETE', url: '/api/databases/ab12cd34?confirm_token=not-for-the-log', token, headers: { 'x-request-id': 'quiet' } });
    const line = platform.logLines.find((each) => each.includes('"quiet"'))!;
    expect(JSON.parse(line)).toMatchObject({ event: 'http.answered', method: 'DELETE', route: '/api/databases/:id', status: 404, user_id: expect.any(String) });
    expect(line).not.toMatch(/not-for-the-log|ab12cd34/u);
  });

  it('carries the caller’s request id through, or one of its own', async () => {
    const given = await platform.send({ method: 'GET', url: '/healthz', headers: { 'x-request-id': 'trace-1' } });
    expect(given.headers['x-request-id']).toBe('trace-1');
    const unsafe = await platform.send({ method: 'GET', url: '/healthz', headers: { 'x-request-id': 'a b"' } });
    expect(unsafe.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/u);
  });
});
