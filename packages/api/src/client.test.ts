import { describe, expect, it } from 'vitest';
import { createClient, type ClientOptions } from './client.js';
import { ApiError } from './errors.js';

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const database = {
  id: 'ab12cd34', name: 'shop', status: 'active', environment: 'development', description: null, is_default: true, mongo_database: 'm',
  mongo_username: 'u', cluster_id: 'c', quota_mb: null, quota_level: 'normal', write_block: null, current_size_mb: 0, app_count: 0, created_at: '2026-01-01T00:00:00.000Z',
  last_rotated_at: null, deleted_at: null, purge_at: null,
};

const answer = (status: number, body?: unknown, headers: Record<string, string> = {}) => () =>
  Promise.resolve(new Response(body === undefined ? null : JSON.stringify(body), { status, headers }));
const networkFailure = () => Promise.reject(new TypeError('fetch failed'));

/** A client whose server answers with these, one after the other. */
function clientOf(answers: (() => Promise<Response>)[], options: Partial<ClientOptions> = {}) {
  const sent: Sent[] = [];
  const waitsMs: number[] = [];
  const client = createClient({
    baseUrl: 'http://server/',
    token: 'secret',
    fetch: (url, init) => {
      sent.push({
        url: url as string, method: init!.method!, headers: init!.headers as Record<string, string>,
        body: init!.body === undefined ? undefined : (JSON.parse(init!.body as string) as unknown),
      });
      return answers[sent.length - 1]!();
    },
    sleep: (milliseconds) => {
      waitsMs.push(milliseconds);
      return Promise.resolve();
    },
    ...options,
  });
  return { client, sent, waitsMs };
}

describe('the client', () => {
  it('puts each field where the route wants it', async () => {
    const { client, sent } = clientOf([answer(200, database), answer(200, { items: [], total: 0, limit: 5, offset: 0 }), answer(200, database)]);
    await client.databases.update({ id: 'ab12cd34', name: 'new name' });
    await client.databases.list({ limit: 5, is_default: true });
    await client.databases.delete({ id: 'a/b', confirm_token: 't&t' });
    expect(sent.map(({ method, url, body }) => ({ method, url, body }))).toEqual([
      { method: 'PATCH', url: 'http://server/api/databases/ab12cd34', body: { name: 'new name' } },
      { method: 'GET', url: 'http://server/api/databases?limit=5&is_default=true', body: undefined },
      { method: 'DELETE', url: 'http://server/api/databases/a%2Fb?confirm_token=t%26t', body: undefined },
    ]);
    expect(sent[0]!.headers).toMatchObject({ authorization: 'Bearer secret' });
  });

  it('sends the same idempotency key with each repeat, and another with each call', async () => {
    const { client, sent } = clientOf([networkFailure, answer(200, database), answer(200, database)]);
    await client.databases.restore({ id: 'ab12cd34' });
    await client.databases.restore({ id: 'ab12cd34' });
    const keys = sent.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/u);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('waits as long as the server says', async () => {
    const unavailable = answer(503, new ApiError('CLUSTER_UNAVAILABLE').toBody(), { 'retry-after': '2' });
    const { client, waitsMs } = clientOf([unavailable, answer(200, database)]);
    await expect(client.databases.get({ id: 'ab12cd34' })).resolves.toEqual(database);
    expect(waitsMs).toEqual([2000]);
  });

  it.each([
    ['a refusal', answer(409, new ApiError('DATABASE_NAME_TAKEN').toBody()), 'DATABASE_NAME_TAKEN', 409],
    ['a wait longer than it is ready for', answer(503, new ApiError('SERVICE_UNAVAILABLE').toBody(), { 'retry-after': '60' }), 'SERVICE_UNAVAILABLE', 503],
    ['no room', answer(503, new ApiError('CLUSTER_CAPACITY_EXHAUSTED').toBody()), 'CLUSTER_CAPACITY_EXHAUSTED', 503],
    ['an answer of something else', answer(404, { detail: 'nginx' }), 'INTERNAL_ERROR', 500],
    ['a success that is not one of this API', answer(200, { hello: 'world' }), 'INTERNAL_ERROR', 500],
    ['a code it does not know', answer(418, { error: { code: 'TEAPOT', message: 'short and stout', details: {} } }), 'VALIDATION_FAILED', 400],
  ])('throws at once on %s', async (_, response, code, status) => {
    const { client, sent } = clientOf([response]);
    await expect(client.databases.get({ id: 'ab12cd34' })).rejects.toMatchObject({ name: 'ApiError', code, status });
    expect(sent).toHaveLength(1);
  });

  it('gives up after the last attempt', async () => {
    const { client, sent } = clientOf([networkFailure, networkFailure, networkFailure]);
    await expect(client.databases.get({ id: 'ab12cd34' })).rejects.toThrow('fetch failed');
    expect(sent).toHaveLength(3);
  });

  it('answers nothing where there is nothing to answer', async () => {
    const { client } = clientOf([answer(204)]);
    await expect(client.tokens.revoke({ id: 't' })).resolves.toBeUndefined();
  });
});
