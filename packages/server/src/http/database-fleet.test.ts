import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';

let platform: HttpPlatform;
beforeAll(async () => {
  platform = await startHttpPlatform();
});
afterAll(() => platform.stop());

const bulk = (token: string, payload: object, idempotencyKey?: string) =>
  platform.send({ method: 'POST', url: '/api/databases/bulk', token, payload, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });

describe('usage over HTTP', () => {
  it('is answered in the form of the schema, to the owner alone', async () => {
    const { client, token } = await platform.newUser();
    const stranger = await platform.newUser();
    const { id } = await client.databases.create({ name: 'shop', quota_mb: 100 });
    const usage = await client.databases.usage({ id, trend_days: 30 });
    expect(usage).toMatchObject({ database_id: id, collections: [], apps: [], quota: { quota_mb: 100, used_percent: 0 } });
    expect((await platform.send({ url: `/api/databases/${id}/usage`, token })).statusCode).toBe(200);
    const refused = await platform.send({ url: `/api/databases/${id}/usage`, token: stranger.token });
    expect([refused.statusCode, refused.json()]).toMatchObject([404, { error: { code: 'DATABASE_NOT_FOUND' } }]);
    expect((await platform.send({ url: `/api/databases/${id}/usage?trend_days=91`, token })).statusCode).toBe(400);
  });

  it('of the default database has its older address', async () => {
    const { client, token } = await platform.newUser();
    const without = await platform.send({ url: '/api/database/stats', token });
    expect([without.statusCode, without.json()]).toMatchObject([409, { error: { code: 'NO_DATABASE_AVAILABLE' } }]);
    const { id, mongo_database } = await client.databases.create({ name: 'shop' });
    expect(await client.databases.stats()).toMatchObject({ database_id: id, database: mongo_database, objects: 0 });
  });
});

describe('one action on many databases over HTTP', () => {
  it('answers 200 with one result each', async () => {
    const { client, token } = await platform.newUser();
    const { id } = await client.databases.create({ name: 'shop' });
    const answer = await bulk(token, { action: 'set_quota', database_ids: [id, 'absent'], params: { quota_mb: 5 } });
    expect([answer.statusCode, answer.json()]).toEqual([200, {
      results: [{ database_id: id, status: 'succeeded' }, { database_id: 'absent', status: 'failed', error: { code: 'DATABASE_NOT_FOUND', message: expect.any(String), details: { database_id: 'absent' } } }],
    }]);
  });

  it('answers a repeat as the first time', async () => {
    const { client, token } = await platform.newUser();
    const { id } = await client.databases.create({ name: 'shop' });
    const [first, second] = [await bulk(token, { action: 'rotate_credentials', database_ids: [id] }, 'rotate'), await bulk(token, { action: 'rotate_credentials', database_ids: [id] }, 'rotate')];
    expect([second.headers['idempotency-replayed'], second.body]).toEqual(['true', first.body]);
    expect(await platform.plane.connection.db.collection('operations').countDocuments({ database_id: id, kind: 'database.rotate_credentials' })).toBe(1);
  });

  it.each([
    ['no ids', { action: 'restore', database_ids: [] }],
    ['101 ids', { action: 'restore', database_ids: Array.from({ length: 101 }, (_, index) => `d${index}`) }],
    ['an id twice', { action: 'restore', database_ids: ['a', 'a'] }],
    ['an unknown action', { action: 'rename', database_ids: ['a'] }],
    ['a deletion without params', { action: 'delete', database_ids: ['a'] }],
    ['a deletion that is not confirmed', { action: 'delete', database_ids: ['a'], params: { confirm: false } }],
    ['a deletion that moves apps nowhere', { action: 'delete', database_ids: ['a'], params: { confirm: true, on_apps: 'move' } }],
    ['a deletion that moves apps to what is deleted', { action: 'delete', database_ids: ['a', 'b'], params: { confirm: true, on_apps: 'move', target_database_id: 'b' } }],
    ['a quota without params', { action: 'set_quota', database_ids: ['a'] }],
    ['params that belong to another action', { action: 'restore', database_ids: ['a'], params: { quota_mb: 1 } }],
  ])('refuses %s', async (_, payload) => {
    const { token } = await platform.newUser();
    const answer = await bulk(token, payload);
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { error: { code: 'VALIDATION_FAILED' } }]);
  });

  it('does not let a token rotate many that may not rotate one', async () => {
    const { client } = await platform.newUser();
    const { id } = await client.databases.create({ name: 'shop' });
    const { token } = await client.tokens.create({ name: 'writer', scopes: ['databases:write'] });
    const refused = await bulk(token, { action: 'rotate_credentials', database_ids: [id] });
    expect([refused.statusCode, refused.json()]).toMatchObject([403, { error: { code: 'FORBIDDEN', details: { required_scope: 'databases:connect' } } }]);
    expect((await bulk(token, { action: 'set_quota', database_ids: [id], params: { quota_mb: 5 } })).statusCode).toBe(200);
  });

  it('says that there are no backups', async () => {
    const { token } = await platform.newUser();
    const refused = await bulk(token, { action: 'backup', database_ids: ['a'] });
    expect([refused.statusCode, refused.json()]).toMatchObject([501, { error: { code: 'BACKUPS_UNAVAILABLE' } }]);
  });
});
