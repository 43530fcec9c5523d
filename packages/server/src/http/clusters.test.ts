import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';
import { startTestCluster, type TestCluster } from '../testing/start-test-cluster.js';

const isExternal = (process.env['FREEHOLD_TEST_MONGODB_URI'] ?? '') !== '';
const path = '/api/admin/clusters';
let platform: HttpPlatform;
let second: TestCluster;
let token: string;

beforeAll(async () => {
  [platform, second] = await Promise.all([startHttpPlatform(), startTestCluster()]);
  token = await platform.newOperator();
});
afterAll(async () => {
  await platform.stop();
  await second.stop();
});

const post = (payload: object, idempotencyKey = `key-${Math.random()}`) => platform.send({ method: 'POST', url: path, token, idempotencyKey, payload });

describe('the clusters of the API', () => {
  it('are for operators alone', async () => {
    const user = await platform.newUser();
    for (const [method, url] of [['GET', path], ['POST', path], ['GET', `${path}/primary`], ['PATCH', `${path}/primary`], ['POST', `${path}/primary/probe`], ['DELETE', `${path}/primary`]] as const) {
      const call = { method, url, ...(method === 'PATCH' || method === 'POST' ? { payload: {} } : {}) };
      expect((await platform.send(call)).statusCode).toBe(401);
      const refused = await platform.send({ ...call, token: user.token });
      expect([refused.statusCode, refused.json().error.code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  it('begin with the one that holds the control database', async () => {
    const { items } = (await platform.send({ method: 'GET', url: path, token })).json();
    expect(items).toMatchObject([{ id: 'primary', state: 'active', holds_control_database: true, capacity: { users: { max: 1000 }, bytes: { max: null } } }]);
    expect(items[0].hosts[0]).toMatch(/:\d+$/u);
    expect((await platform.send({ method: 'GET', url: `${path}?state=draining`, token })).json()).toMatchObject({ items: [], total: 0 });
    const removal = await platform.send({ method: 'DELETE', url: `${path}/primary`, token });
    expect([removal.statusCode, removal.json().error.code]).toEqual([409, 'CLUSTER_HOLDS_CONTROL_DATABASE']);
    const probed = await platform.send({ method: 'POST', url: `${path}/primary/probe`, token });
    expect(probed.json()).toMatchObject({ state: 'active', kind: 'replica_set', last_probe: { succeeded: true } });
  });

  it.each(['get', 'probe', 'patch', 'delete'])('answer 404 where there is none of the id: %s', async (call) => {
    const calls = { get: ['GET', ''], probe: ['POST', '/probe'], patch: ['PATCH', ''], delete: ['DELETE', ''] } as const;
    const [method, suffix] = calls[call as keyof typeof calls];
    const answer = await platform.send({ method, url: `${path}/nowhere${suffix}`, token, ...(method === 'PATCH' ? { payload: { name: 'x' } } : {}) });
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'CLUSTER_NOT_FOUND']);
  });

  const uri = 'mongodb://admin:s3cr3t-word@db.example.com/';
  it.each([
    [{ name: 'x' }, 'body.uri'],
    [{ name: 'x', uri: 'postgres://admin:s3cr3t-word@db/' }, 'body.uri'],
    [{ name: 'x', uri: { $gt: '' } }, 'body.uri'],
    [{ name: '', uri }, 'body.name'],
    [{ name: 'x', uri, id: 'Not An Id' }, 'body.id'],
    [{ name: 'x', uri, public_host: 'a b' }, 'body.public_host'],
    [{ name: 'x', uri, max_users: -1 }, 'body.max_users'],
    [{ name: 'x', uri, max_bytes: 1.5 }, 'body.max_bytes'],
    [{ name: 'x', uri, colour: 'red' }, 'body.colour'],
  ])('refuse %j', async (payload, field) => {
    const refused = await post(payload);
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error.details.issues.map((issue: { path: string }) => issue.path)).toContain(field);
    expect(refused.body).not.toContain('s3cr3t-word');
  });

  it.skipIf(isExternal)('are registered once however often the request comes, and leave the URI in no answer and no log', async () => {
    const payload = { name: 'Second', uri: second.uri };
    const [first, again] = [await post(payload, 'register-once'), await post(payload, 'register-once')];
    expect([first.statusCode, again.statusCode]).toEqual([201, 201]);
    expect(again.json()).toEqual(first.json());
    const taken = await post(payload);
    expect([taken.statusCode, taken.json().error]).toMatchObject([409, { code: 'CLUSTER_ALREADY_REGISTERED', details: { cluster_id: 'second' } }]);
    const refused = await post({ name: 'Away', uri: second.uri.replace(/:\d+\//u, ':1/') + '&serverSelectionTimeoutMS=50' });
    expect([refused.statusCode, refused.json().error]).toMatchObject([422, { code: 'CLUSTER_UNSUITABLE', details: { reason: 'unreachable', step: 'connect' } }]);
    const changed = await platform.send({ method: 'PATCH', url: `${path}/second`, token, payload: { state: 'draining', max_users: 5, max_connections: 10 } });
    expect(changed.json()).toMatchObject({ state: 'draining', capacity: { users: { max: 5 }, connections: { max: 10 } } });
    expect((await platform.send({ method: 'DELETE', url: `${path}/second`, token })).statusCode).toBe(204);
    const { password } = new URL(second.uri);
    for (const text of [first.body, taken.body, refused.body, changed.body, ...platform.logLines]) expect(text).not.toContain(password);
  });
});
