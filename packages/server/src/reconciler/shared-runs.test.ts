// One run by several replicas: each page is for one of them, and what a replica leaves behind is taken up by another.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../ports/audit.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { beginReconcile, reconcileOnce, reconcileResult, reconcilerOf, type ReconcileOptions } from '../testing/reconcile.fixture.js';
import { workOnReconcileRun } from './run-worker.js';

const databaseCount = 12;
const { signal } = new AbortController();
let plane: ControlPlane;
let owners: readonly { readonly userId: string; readonly databaseId: string; readonly username: string }[];
beforeAll(async () => {
  plane = await startControlPlane();
  const replica = plane.replica();
  owners = await Promise.all(Array.from({ length: databaseCount }, async () => {
    const actor = await plane.newActor();
    const { database } = await replica.databases.create(actor, { name: 'shop', environment: 'development' });
    return { userId: actor.userId, databaseId: database.id, username: database.mongo_username };
  }));
});
afterAll(() => plane.stop());

const reconciler = (owner: string, options: ReconcileOptions = {}) => reconcilerOf(plane, plane.replica({ owner }), { owner, ...options });

/** Pages of three owners, so that there are several. */
async function smallPages(owner: string, options: ReconcileOptions = {}): Promise<Awaited<ReturnType<typeof reconciler>>> {
  const whole = await reconciler(owner, options);
  const { reads } = whole;
  const nextOwners = (...[after, bounds, clusterId]: Parameters<typeof reads.nextOwners>) => reads.nextOwners(after, { ...bounds, owners: 3 }, clusterId);
  return {
    ...whole, reads: new Proxy(reads, {
      get: (target, name) => (name === 'nextOwners' ? nextOwners : (Reflect.get(target, name) as (...values: unknown[]) => unknown).bind(target)),
    }),
  };
}

async function repairsOf(userId: string, databaseId: string): Promise<readonly AuditRecord[]> {
  return plane.connection.control.audit.ofSubject(userId, databaseId, 100);
}

const openedRepairs = (): Promise<number> => plane.connection.db.collection('operations').countDocuments({ kind: 'database.repair' });

describe('a run that replicas share', () => {
  it('looks at everything once, and repairs nothing twice', async () => {
    for (const { username } of owners) await plane.cluster.dropDatabaseUser(username);
    const before = await openedRepairs();
    const replicas = await Promise.all(['first', 'second', 'third'].map((owner) => smallPages(owner)));
    const run = await beginReconcile(replicas[0]!);
    await Promise.all(replicas.map((each) => workOnReconcileRun(each, run, signal)));
    // Whoever comes last closes the run; the others may have found nothing left to take before that.
    await workOnReconcileRun(replicas[0]!, run, signal);
    expect(await reconcileResult(replicas[0]!, run.id)).toMatchObject({ state: 'done', databases: databaseCount, found: { credential_missing: databaseCount }, mended: { credential_missing: databaseCount } });
    expect(await openedRepairs()).toBe(before + databaseCount);
    const { userId, databaseId } = owners[0]!;
    expect((await repairsOf(userId, databaseId)).filter(({ action }) => action === 'database.repaired')).toEqual([expect.objectContaining({ details: { action: 'create_user' }, operationId: expect.any(String) })]);
    expect((await reconcileOnce(plane, plane.replica())).found).toEqual({});
  });

  it('goes on with another replica where one was killed, and counts what both have done', async () => {
    for (const { username } of owners) await plane.cluster.setRoles(username, []);
    const clock = movableClock();
    const killed = await smallPages('killed', { clock });
    const run = await beginReconcile(killed);
    // It finds its first differences, and is never heard of again: neither does it finish the page nor release it.
    let repairs = 0;
    const record = killed.runs.record.bind(killed.runs);
    const dying = {
      ...killed, runs: new Proxy(killed.runs, {
        get: (target, name) => {
          if (name === 'releasePage') return () => Promise.resolve();
          if (name !== 'record') return (Reflect.get(target, name) as (...values: unknown[]) => unknown).bind(target);
          return async (...values: Parameters<typeof record>) => {
            await record(...values);
            repairs += 1;
            if (repairs === 2) throw new Error('killed');
          };
        },
      }),
    };
    await expect(workOnReconcileRun(dying, run, signal)).rejects.toThrow('killed');

    const other = await smallPages('other', { clock });
    await workOnReconcileRun(other, run, signal);
    expect(await reconcileResult(other, run.id)).toMatchObject({ state: 'running' });
    clock.advance(31_000);
    await workOnReconcileRun(other, run, signal);
    const ended = await reconcileResult(other, run.id);
    expect(ended).toMatchObject({ state: 'done', databases: databaseCount, found: { wrong_roles: databaseCount }, mended: { wrong_roles: databaseCount } });
    expect(ended.findings).toHaveLength(databaseCount);
    expect((await reconcileOnce(plane, plane.replica())).found).toEqual({});
    expect(await repairsOf(owners[0]!.userId, owners[0]!.databaseId)).not.toEqual([]);
  });

  it('is not held up by a page that fails again and again', async () => {
    const whole = await smallPages('first');
    const { reads } = whole;
    const run = await beginReconcile(whole, { isDryRun: true });
    const [{ userId: poisoned }] = owners as [(typeof owners)[number]];
    const failing = {
      ...whole, reads: new Proxy(reads, {
        get: (target, name) => {
          const method = (Reflect.get(target, name) as (...values: unknown[]) => unknown).bind(target);
          return name !== 'owners' ? method : (userIds: readonly string[]) => (userIds.includes(poisoned) ? Promise.reject(new Error('unreadable')) : target.owners(userIds));
        },
      }),
    };
    for (let attempt = 1; attempt <= 3; attempt += 1) await expect(workOnReconcileRun(failing, run, signal)).rejects.toThrow('unreadable');
    await workOnReconcileRun(failing, run, signal);
    expect(await reconcileResult(whole, run.id)).toMatchObject({ state: 'done', databases: databaseCount - 3, undecided: 3, found: {} });
  });

  it('begins where another of the same id has not begun, and not again', async () => {
    const { runs } = await reconciler('first');
    const run = { id: 'hour-1', isDryRun: true, scope: { clusterId: null, userId: null }, stages: [], clusters: [], startedBy: null, createdAt: new Date() };
    expect(await Promise.all([runs.insert(run), runs.insert(run)])).toEqual(expect.arrayContaining([true, false]));
    expect(await runs.endIfDone('hour-1', new Date())).toBe(true);
  });
});
