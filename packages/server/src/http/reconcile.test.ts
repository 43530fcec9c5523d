import { ApiError, type ReconcileRun } from '@freehold/api';
import { createClient } from '@freehold/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workOnReconcileRun } from '../reconciler/run-worker.js';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';
import { reconcilerOf } from '../testing/reconcile.fixture.js';

let platform: HttpPlatform;
let operator: string;
beforeAll(async () => {
  platform = await startHttpPlatform();
  operator = await platform.newOperator();
});
afterAll(() => platform.stop());

/** What the job of a replica does. */
async function workOnAll(): Promise<void> {
  const dependencies = await reconcilerOf(platform.plane, platform.plane.replica());
  for (const run of await dependencies.runs.running()) await workOnReconcileRun(dependencies, run, new AbortController().signal);
}

const start = (payload: object, idempotencyKey?: string) => platform.send({ method: 'POST', url: '/api/admin/reconcile', token: operator, payload, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
const show = (id: string, query = '') => platform.send({ method: 'GET', url: `/api/admin/reconcile/${id}${query}`, token: operator });

describe('POST /api/admin/reconcile', () => {
  it('begins a run whose report has counts and, in pages, what was found', async () => {
    const { client } = await platform.newUser();
    const made = [await client.databases.create({ name: 'one' }), await client.databases.create({ name: 'two' })];
    for (const { mongo_username } of made) await platform.plane.cluster.setRoles(mongo_username, []);
    const begun = await start({ dry_run: true });
    expect(begun.statusCode).toBe(202);
    const { id } = begun.json<ReconcileRun>();
    expect(begun.json()).toMatchObject({ state: 'running', dry_run: true, found: {}, scope: { cluster_id: null, user_id: null } });
    await workOnAll();
    const report = (await show(id, '?limit=1&offset=1&kind=wrong_roles')).json<object>();
    expect(report).toMatchObject({ state: 'done', found: { wrong_roles: 2 }, mended: {}, findings: { total: 2, limit: 1, offset: 1, items: [{ kind: 'wrong_roles', is_mended: false, details: { roles: [] } }] } });
    expect((await show(id, '?is_mended=true')).json()).toMatchObject({ findings: { total: 0 } });
    expect((await platform.send({ method: 'GET', url: '/api/admin/reconcile', token: operator })).json()).toMatchObject({ total: 1, items: [{ id }] });
    const { json: mending } = await start({});
    await workOnAll();
    expect((await show(mending<ReconcileRun>().id)).json()).toMatchObject({ mended: { wrong_roles: 2 } });
  });

  it('streams how far a run is, until its end', async () => {
    const { id } = (await start({ dry_run: true })).json<ReconcileRun>();
    const url = await platform.server.listen({ port: 0, host: '127.0.0.1' });
    const states: string[] = [];
    for await (const run of createClient({ baseUrl: url, token: operator }).reconcile.events({ id })) {
      if (states.length === 0) await workOnAll();
      states.push(run.state);
    }
    expect([states[0], states.at(-1)]).toEqual(['running', 'done']);
  });

  it('begins one run for one idempotency key, and leaves a trace of who did', async () => {
    const [first, second] = [await start({ dry_run: true }, 'the-same'), await start({ dry_run: true }, 'the-same')];
    expect(first.json<ReconcileRun>().id).toBe(second.json<ReconcileRun>().id);
    const trace = await platform.plane.connection.control.audit.list({ action: 'reconcile.started', limit: 10 });
    expect(trace.filter(({ subject }) => subject.id === first.json<ReconcileRun>().id)).toMatchObject([{ details: { dry_run: true } }]);
    await workOnAll();
  });

  it.each([
    [{ scope: { cluster_id: 'nowhere' } }, 'CLUSTER_NOT_FOUND'], [{ scope: { user_id: '0'.repeat(24) } }, 'USER_NOT_FOUND'], [{ dryrun: true }, 'VALIDATION_FAILED'],
  ])('refuses %j with %s', async (payload, code) => {
    expect((await start(payload)).json()).toMatchObject({ error: { code } });
  });

  it('is for operators alone', async () => {
    const { token, client } = await platform.newUser();
    expect((await platform.send({ method: 'POST', url: '/api/admin/reconcile', token, payload: {} })).statusCode).toBe(403);
    await expect(client.reconcile.get({ id: 'absent' })).rejects.toBeInstanceOf(ApiError);
    expect((await show('absent')).json()).toMatchObject({ error: { code: 'RECONCILE_RUN_NOT_FOUND' } });
  });
});
