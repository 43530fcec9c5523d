import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoRateLimitStore } from '../adapters/mongodb/rate-limits-store.js';
import { createRateLimiter } from '../services/rate-limiter.js';
import { buildLimits } from '../startup/limits.js';
import { startHttpPlatform, testPassword, type HttpPlatform } from '../testing/http-platform.fixture.js';

let platform: HttpPlatform;
let operator: string;

beforeAll(async () => {
  platform = await startHttpPlatform();
  operator = await platform.newOperator();
});
afterAll(() => platform.stop());

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Sends a call as the operator, or as whoever the token is of. */
async function call(method: Method, url: string, payload?: object, token = operator) {
  const response = await platform.send({ method, url, token, ...(payload === undefined ? {} : { payload }) });
  return { status: response.statusCode, body: response.body === '' ? undefined : response.json(), code: (response.body === '' ? undefined : response.json().error?.code) as string | undefined };
}

const change = (userId: string, payload: object) => call('PATCH', `/api/admin/users/${userId}`, payload);

describe('plans', () => {
  it('are made, listed, changed and deleted; the built-in one is always there', async () => {
    expect((await call('GET', '/api/admin/plans/default')).body).toEqual({ name: 'default', description: expect.any(String), limits: {}, rate_limits: {}, updated_at: null });
    const made = await call('POST', '/api/admin/plans', { name: 'large', limits: { max_databases: 7, total_quota_mb: 'unlimited' }, rate_limits: { database_creation: { limit: 50 } } });
    expect(made).toMatchObject({ status: 201, body: { name: 'large', limits: { max_databases: 7, total_quota_mb: 'unlimited' }, rate_limits: { database_creation: { limit: 50 } } } });
    expect((await call('GET', '/api/admin/plans')).body).toMatchObject({ items: [{ name: 'default' }, { name: 'large' }], total: 2 });
    const changed = await call('PATCH', '/api/admin/plans/large', { limits: { max_databases: null, max_apps: 3 }, rate_limits: { database_creation: null, requests: 'off' } });
    expect(changed.body).toMatchObject({ limits: { total_quota_mb: 'unlimited', max_apps: 3 }, rate_limits: { requests: 'off' } });
    expect((await call('DELETE', '/api/admin/plans/large')).status).toBe(204);
    expect((await call('GET', '/api/admin/plans/large')).code).toBe('PLAN_NOT_FOUND');
  });

  it.each([
    ['a name that is taken', 'POST', '/api/admin/plans', { name: 'taken' }, 409, 'PLAN_NAME_TAKEN'],
    ['the name of the built-in one', 'POST', '/api/admin/plans', { name: 'default' }, 409, 'PLAN_NAME_TAKEN'],
    ['a name of another form', 'POST', '/api/admin/plans', { name: 'Très grand' }, 400, 'VALIDATION_FAILED'],
    ['a limit that there is not', 'POST', '/api/admin/plans', { name: 'a', limits: { max_everything: 1 } }, 400, 'VALIDATION_FAILED'],
    ['a limit below nothing', 'POST', '/api/admin/plans', { name: 'a', limits: { max_apps: -1 } }, 400, 'VALIDATION_FAILED'],
    ['a rate limit that there is not', 'POST', '/api/admin/plans', { name: 'a', rate_limits: { everything: 'off' } }, 400, 'VALIDATION_FAILED'],
    ['a change of none', 'PATCH', '/api/admin/plans/absent', { limits: {} }, 404, 'PLAN_NOT_FOUND'],
    ['a change of nothing', 'PATCH', '/api/admin/plans/taken', {}, 400, 'VALIDATION_FAILED'],
    ['the end of none', 'DELETE', '/api/admin/plans/absent', undefined, 404, 'PLAN_NOT_FOUND'],
    ['the end of the built-in one', 'DELETE', '/api/admin/plans/default', undefined, 409, 'PLAN_IN_USE'],
  ] as const)('refuse %s', async (_what, method, url, payload, status, code) => {
    await call('POST', '/api/admin/plans', { name: 'taken' });
    expect(await call(method, url, payload)).toMatchObject({ status, code });
  });

  it('stay while users are on them', async () => {
    const { id } = await platform.newUser();
    await call('POST', '/api/admin/plans', { name: 'kept' });
    expect((await change(id, { plan: 'kept' })).body).toMatchObject({ plan: 'kept' });
    expect(await call('DELETE', '/api/admin/plans/kept')).toMatchObject({ status: 409, code: 'PLAN_IN_USE', body: { error: { details: { user_count: 1 } } } });
    await change(id, { plan: 'default' });
    expect((await call('DELETE', '/api/admin/plans/kept')).status).toBe(204);
    expect(await change(id, { plan: 'kept' })).toMatchObject({ status: 404, code: 'PLAN_NOT_FOUND' });
  });

  it('are never both deleted and in use, whoever is faster', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { id } = await platform.newUser();
      const plan = `raced${round}`;
      await call('POST', '/api/admin/plans', { name: plan });
      const [assigned, deleted] = await Promise.all([change(id, { plan }), call('DELETE', `/api/admin/plans/${plan}`)]);
      expect([[200, 409], [404, 204]]).toContainEqual([assigned.status, deleted.status]);
    }
  });

  it('and everything about users are for operators alone', async () => {
    const { token, id } = await platform.newUser();
    for (const url of ['/api/admin/plans', '/api/admin/users', `/api/admin/users/${id}`, `/api/admin/users/${id}/limits`, '/api/admin/databases']) {
      expect(await call('GET', url, undefined, token)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    }
    expect((await call('PATCH', `/api/admin/users/${id}`, { plan: 'default' }, token)).status).toBe(403);
  });
});

describe('what a user holds and may hold', () => {
  it('is one answer, with the source of each limit', async () => {
    const { token, id } = await platform.newUser();
    await call('POST', '/api/admin/plans', { name: 'medium', limits: { max_databases: 5, total_quota_mb: 500, default_quota_mb: 100 } });
    await change(id, { plan: 'medium', overrides: { max_tokens: 2, max_apps: 'unlimited' } });
    await call('POST', '/api/databases', { name: 'shop' }, token);
    await call('POST', '/api/databases', { name: 'blog', quota_mb: 50 }, token);
    await call('POST', '/api/tokens', { name: 'ci' }, token);
    const { body } = await call('GET', '/api/limits', undefined, token);
    expect(body).toMatchObject({
      plan: 'medium',
      limits: {
        max_databases: { limit: 5, used: 2, source: 'plan' }, max_tokens: { limit: 2, used: 1, source: 'override' }, max_apps: { limit: null, used: 0, source: 'override' },
        max_webhooks: { limit: 20, used: 0, source: 'default' }, total_quota_mb: { limit: 500, used: 150, source: 'plan' }, default_quota_mb: { limit: 100, used: null, source: 'plan' },
      },
      quota: { total_mb: 500, used_mb: 0, promised_mb: 150, free_mb: 350 },
    });
    expect((await call('GET', `/api/admin/users/${id}/limits`)).body).toEqual(body);
    expect((await call('GET', '/api/me', undefined, token)).body).toMatchObject({ total_quota_mb: 500 });
  });

  it('counts under concurrency: of a hundred at once as many succeed as the limit says', async () => {
    const { token, id } = await platform.newUser();
    await change(id, { overrides: { max_databases: 3, max_tokens: 4 } });
    const made = await Promise.all(Array.from({ length: 100 }, (_, index) => (index % 10 === 0
      ? call('POST', '/api/databases', { name: `many ${index}` }, token)
      : call('POST', '/api/tokens', { name: `many ${index}` }, token))));
    const refused = made.filter(({ status }) => status !== 201);
    expect(refused.filter(({ status, code }) => status !== 409 || code !== 'LIMIT_REACHED')).toEqual([]);
    expect(refused.map(({ body }) => body.error.details)).toContainEqual({ limit: 'max_databases', allowed: 3, used: 3 });
    expect((await call('GET', '/api/limits', undefined, token)).body.limits).toMatchObject({ max_databases: { used: 3 }, max_tokens: { used: 4 } });
  });

  it('gives each database the quota of the plan, and none a larger one than may be asked for', async () => {
    const { token, id } = await platform.newUser();
    await change(id, { overrides: { max_quota_mb: 200 } });
    const { body: database } = await call('POST', '/api/databases', { name: 'shop' }, token);
    expect(database.quota_mb).toBe(200);
    expect(await call('POST', '/api/databases', { name: 'large', quota_mb: 201 }, token)).toMatchObject({ status: 507, body: { error: { details: { quota: 'largest_quota', limit_mb: 200, asked_mb: 201 } } } });
    expect(await call('PATCH', `/api/databases/${database.id}`, { quota_mb: 300 }, token)).toMatchObject({ status: 507, code: 'QUOTA_EXCEEDED' });
    expect((await call('PATCH', `/api/databases/${database.id}`, { quota_mb: null }, token)).body.quota_mb).toBe(200);
    expect((await call('PATCH', `/api/admin/databases/${database.id}`, { quota_mb: 300, connection_budget: 20 })).body).toMatchObject({ quota_mb: 300, connection_budget: 20, user_id: id });
    expect((await call('PATCH', `/api/databases/${database.id}`, { quota_mb: 250 }, token)).body.quota_mb).toBe(250);
  });

  it('is changed for everybody on a plan with the plan', async () => {
    const { token, id } = await platform.newUser();
    await call('POST', '/api/admin/plans', { name: 'shrinking', limits: { max_databases: 2 } });
    await change(id, { plan: 'shrinking' });
    await call('POST', '/api/databases', { name: 'one' }, token);
    await call('PATCH', '/api/admin/plans/shrinking', { limits: { max_databases: 1 } });
    expect(await call('POST', '/api/databases', { name: 'two' }, token)).toMatchObject({ status: 409, body: { error: { details: { limit: 'max_databases', allowed: 1, used: 1 } } } });
    expect((await call('GET', '/api/databases', undefined, token)).body.total).toBe(1);
  });
});

describe('a user that an operator looks at', () => {
  it('is found by id, by the beginning of the address, on a plan, and page by page', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => platform.newUser()));
    await call('POST', '/api/admin/plans', { name: 'listed' });
    for (const { id } of users) await change(id, { plan: 'listed' });
    expect((await call('GET', `/api/admin/users?search=${users[0]!.email.slice(0, -4).toUpperCase()}`)).body.items.map(({ id }: { id: string }) => id)).toEqual([users[0]!.id]);
    expect((await call('GET', `/api/admin/users?search=${users[1]!.id}`)).body.items.map(({ email }: { email: string }) => email)).toEqual([users[1]!.email]);
    for (const query of ['plan=listed', 'search=user', 'role=user', 'disabled=false']) {
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body }: { body: any } = await call('GET', `/api/admin/users?limit=2&${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
        seen.push(...body.items.map(({ id }: { id: string }) => id));
        cursor = body.next_cursor;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(users.map(({ id }) => id)));
      if (query === 'plan=listed') expect(seen).toHaveLength(5);
    }
    expect(await call('GET', `/api/admin/users/${'0'.repeat(24)}`)).toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
  });

  it('has databases among those of all users, by owner, status and cluster, page by page', async () => {
    const [ada, bob] = [await platform.newUser(), await platform.newUser()];
    const ids: string[] = [];
    for (const [{ token }, name] of [[ada, 'one'], [ada, 'two'], [ada, 'three'], [bob, 'four']] as const) ids.push((await call('POST', '/api/databases', { name }, token)).body.id);
    const list = async (query: string): Promise<any> => (await call('GET', `/api/admin/databases?${query}`)).body;
    expect((await list(`user_id=${ada.id}`)).items.map(({ name }: { name: string }) => name)).toEqual(['one', 'two', 'three']);
    expect((await list(`database_id=${ids[3]}`)).items).toMatchObject([{ user_id: bob.id, name: 'four', quota_level: 'normal', connection_budget: null }]);
    expect((await list('status=failed')).items).toEqual([]);
    expect((await list('cluster_id=elsewhere')).items).toEqual([]);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await list(`limit=2&status=active&cluster_id=primary&quota_level=normal${cursor}`);
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.next_cursor === null ? '' : `&cursor=${encodeURIComponent(page.next_cursor)}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(ids));
    expect(await list(`user_id=${ada.id}&limit=2`)).toMatchObject({ items: [{ name: 'one' }, { name: 'two' }], next_cursor: `${ada.id}/${ids[1]}` });
  });

  it('keeps limits that are not named, gives back what null names, and leaves a trace', async () => {
    const { id } = await platform.newUser();
    await change(id, { overrides: { max_apps: 1, total_quota_mb: 10 }, rate_limits: { database_creation: { limit: 9 } } });
    await change(id, { overrides: { max_apps: null, max_tokens: 2 } });
    expect((await call('GET', `/api/admin/users/${id}`)).body).toMatchObject({ overrides: { max_tokens: 2, total_quota_mb: 10 }, rate_limits: { database_creation: { limit: 9 } } });
    expect((await change(id, { overrides: null, rate_limits: null })).body).toMatchObject({ overrides: {}, rate_limits: {} });
    const trace = await platform.plane.connection.control.audit.ofSubject(id, id, 10);
    expect(trace.map(({ action }) => action).filter((action) => action.startsWith('user.'))).toEqual(['user.updated', 'user.updated', 'user.updated']);
    expect(trace[0]?.details).toMatchObject({ before: { overrides: { max_tokens: 2, total_quota_mb: 10 } }, after: { overrides: {} } });
  });
});

describe('a disabled account', () => {
  it('is refused with every credential and its password, and comes back as it was', async () => {
    const { token, id, email } = await platform.newUser();
    const { body: apiToken } = await call('POST', '/api/tokens', { name: 'ci' }, token);
    expect((await change(id, { disabled: true })).body).toMatchObject({ disabled: true, disabled_at: expect.any(String), databases_suspended: false });
    for (const secret of [token, apiToken.token]) expect(await call('GET', '/api/databases', undefined, secret)).toMatchObject({ status: 403, code: 'ACCOUNT_DISABLED' });
    for (const password of [testPassword, 'another one']) expect(await call('POST', '/api/auth/sign-in/email', { email, password }, '')).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
    expect((await call('GET', '/api/admin/users?disabled=true')).body.items.map((user: { id: string }) => user.id)).toEqual([id]);
    await change(id, { disabled: false });
    expect((await call('GET', '/api/databases', undefined, token)).status).toBe(200);
  });

  it('is never the operator’s own', async () => {
    const { body: me } = await call('GET', '/api/me');
    expect(await change(me.id, { disabled: true })).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });
});

describe('rate limits of one user', () => {
  it('come from the user, else the plan, are shown with what is left, and are given back', async () => {
    const { db } = platform.plane.connection;
    const rateLimiter = createRateLimiter({ store: new MongoRateLimitStore(db), platform: {}, clock: platform.clock, events: { emit: () => undefined } });
    const { authenticator } = platform.dependencies;
    const limited = await platform.replica({ rateLimiter, authenticator, ...buildLimits({ connection: platform.plane.connection, authenticator, rateLimiter, platform: {} }) });
    const { token, id } = await platform.newUser();
    const send = async (method: Method, url: string, payload?: object, bearer = token) => {
      const response = await limited.inject({ method, url, headers: { authorization: `Bearer ${bearer}` }, ...(payload === undefined ? {} : { payload }) });
      return { status: response.statusCode, body: response.body === '' ? undefined : response.json() };
    };
    await call('POST', '/api/admin/plans', { name: 'slow', rate_limits: { database_creation: { limit: 2, window_seconds: 60 }, credential_rotation: { limit: 1 } } });
    await change(id, { plan: 'slow' });
    const { body: first } = await send('POST', '/api/databases', { name: 'one' });
    await send('POST', '/api/databases', { name: 'two' });
    expect((await send('POST', '/api/databases', { name: 'three' })).status).toBe(429);
    await send('POST', `/api/databases/${first.id}/rotate-credentials`, {});
    const standing = async (name: string) => (await send('GET', '/api/limits')).body.rate_limits.find((rule: { name: string }) => rule.name === name);
    expect(await standing('database_creation')).toMatchObject({ limit: 2, window_seconds: 60, remaining: 0, reset_seconds: expect.any(Number), source: 'plan' });
    expect(await standing('database_deletion')).toMatchObject({ limit: 1, remaining: 1, reset_seconds: null, source: 'default' });
    expect(await standing('credential_rotation')).toMatchObject({ scope: 'database', limit: 1, remaining: null, source: 'plan' });
    expect((await send('GET', `/api/admin/users/${id}/rate-limits`, undefined, operator)).body.databases).toMatchObject([{ database_id: first.id, remaining: 0 }]);
    expect((await send('DELETE', `/api/admin/users/${id}/rate-limits`, undefined, operator)).status).toBe(204);
    expect(await standing('database_creation')).toMatchObject({ remaining: 2 });
    expect((await send('POST', `/api/databases/${first.id}/rotate-credentials`, {})).status).toBe(200);
    await change(id, { rate_limits: { database_creation: { limit: 1 } } });
    platform.clock.advance(6_000);
    expect(await standing('database_creation')).toMatchObject({ limit: 1, window_seconds: 60, source: 'override' });
  });
});
