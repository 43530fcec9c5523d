import { ApiError, bulkRequestSchema, type BulkRequest, type BulkResult } from '@freehold/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoRateLimitStore } from '../adapters/mongodb/rate-limits-store.js';
import { systemClock } from '../adapters/system/clock.js';
import { TransientFailure } from '../ports/failures.js';
import type { PlatformEvent } from '../ports/events.js';
import { startControlPlane, type ControlPlane, type Replica, type ReplicaOptions } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { createBulkService } from './bulk.js';
import type { Actor, BulkService, DatabaseService } from './contracts.js';
import { limitDatabaseService } from './rate-limited-databases.js';
import { createRateLimiter, type RateLimiter } from './rate-limiter.js';

let plane: ControlPlane;
let replica: Replica;
let bulk: BulkService;

interface BulkOptions {
  readonly replica?: ReplicaOptions;
  readonly databases?: (built: DatabaseService) => DatabaseService;
  readonly limiter?: RateLimiter;
}

function bulkOf({ replica: options = {}, databases = (built) => built, limiter }: BulkOptions = {}): { readonly service: BulkService; readonly replica: Replica; readonly events: readonly PlatformEvent[] } {
  const built = plane.replica(options);
  const events: PlatformEvent[] = [];
  const { control } = plane.connection;
  return { service: createBulkService({ databases: databases(built.databases), control, journal: built.journal, events: { emit: (event) => void events.push(event) }, limiter }), replica: built, events };
}

beforeAll(async () => {
  plane = await startControlPlane({ userLimit: 100_000 });
  ({ service: bulk, replica } = bulkOf());
});
afterAll(() => plane.stop());

/** An owner with so many databases, the first of which is the default. */
async function ownerOf(count: number): Promise<{ readonly actor: Actor; readonly ids: string[] }> {
  const actor = await plane.newActor();
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await replica.databases.create(actor, { name: `database ${index}`, environment: 'development' })).database.id);
  return { actor, ids };
}

function request(action: BulkRequest['action'], databaseIds: readonly string[], params?: object): BulkRequest {
  return bulkRequestSchema.parse({ action, database_ids: databaseIds, ...(params === undefined ? {} : { params }) });
}

function outcomes(results: readonly BulkResult[]): string[] {
  return results.map(({ error }) => error?.code ?? 'ok');
}

async function operationsOn(databaseId: string, kind: string): Promise<number> {
  return plane.connection.db.collection('operations').countDocuments({ database_id: databaseId, kind });
}

async function bindApp({ userId }: Actor, databaseId: string, name: string): Promise<string> {
  const [now, _id] = [new Date(), `${name} of ${databaseId}`];
  await plane.connection.control.apps.insert({
    _id, user_id: userId, name: _id, database_id: databaseId, deployer: 'process', spec: null, status: 'running', status_message: null, created_at: now, updated_at: now, last_deployed_at: null,
  });
  return _id;
}

describe('one action on many databases', () => {
  it('sets quotas, and tells strangers’ ids, absent ones and databases in the wrong state from the others', async () => {
    const [{ actor, ids }, other] = [await ownerOf(3), await ownerOf(1)];
    await bulk.run(actor, request('delete', [ids[2]!], { confirm: true }));
    const { results } = await bulk.run(actor, request('set_quota', [ids[1]!, other.ids[0]!, 'ffffffff', ids[2]!, ids[0]!], { quota_mb: 50 }));
    expect(results.map(({ database_id }) => database_id)).toEqual([ids[1], other.ids[0], 'ffffffff', ids[2], ids[0]]);
    expect(outcomes(results)).toEqual(['ok', 'DATABASE_NOT_FOUND', 'DATABASE_NOT_FOUND', 'DATABASE_NOT_ACTIVE', 'ok']);
    const { code, message } = results[1]!.error!;
    expect(results[2]!.error).toMatchObject({ code, message });
    expect((await replica.databases.get(actor, ids[0]!)).quota_mb).toBe(50);
  });

  it('sets quotas in few transactions, each as far as the total allows, audited one by one, and nothing twice', async () => {
    const { actor, ids } = await ownerOf(4);
    const { db, control } = plane.connection;
    await db.collection('users').updateOne({ email: `${actor.userId}@example.com` }, { $set: { total_quota_mb: 100 } });
    const transactions: number[] = [];
    const built = bulkOf({ databases: (databases) => ({ ...databases, setQuotas: async (who, databaseIds, quotaMb) => {
      transactions.push(databaseIds.length);
      return databases.setQuotas(who, databaseIds, quotaMb);
    } }) });
    const { results } = await built.service.run(actor, request('set_quota', ids, { quota_mb: 40 }));
    expect(transactions).toEqual([4]);
    expect(outcomes(results)).toEqual(['ok', 'ok', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED']);
    expect(results[2]!.error!.details).toMatchObject({ database_id: ids[2], limit_mb: 100, used_mb: 120 });
    const quotas = async () => Promise.all(ids.map(async (id) => (await replica.databases.get(actor, id)).quota_mb));
    expect(await quotas()).toEqual([40, 40, null, null]);
    const audited = () => control.audit.list({ userId: actor.userId, action: 'database.updated', limit: 100 });
    expect((await audited()).map(({ subject, details }) => [subject.id, details['before'], details['after']])).toEqual([[ids[1], { quota_mb: null }, { quota_mb: 40 }], [ids[0], { quota_mb: null }, { quota_mb: 40 }]]);
    expect(outcomes((await built.service.run(actor, request('set_quota', ids, { quota_mb: 40 }))).results)).toEqual(['ok', 'ok', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED']);
    expect(await audited()).toHaveLength(2);
  });

  it('deletes all of an owner’s databases, the default one last, and restores them', async () => {
    const { actor, ids } = await ownerOf(4);
    expect(outcomes((await bulk.run(actor, request('delete', ids, { confirm: true }))).results)).toEqual(['ok', 'ok', 'ok', 'ok']);
    for (const id of ids) expect((await replica.databases.get(actor, id)).status).toBe('deleting');
    expect(outcomes((await bulk.run(actor, request('restore', ids))).results)).toEqual(['ok', 'ok', 'ok', 'ok']);
    for (const id of ids) expect((await replica.databases.get(actor, id)).status).toBe('active');
  });

  it('deletes by the rules of each database', async () => {
    const { actor, ids } = await ownerOf(3);
    const appId = await bindApp(actor, ids[1]!, 'storefront');
    expect(outcomes((await bulk.run(actor, request('delete', [ids[0]!, ids[1]!], { confirm: true }))).results)).toEqual(['DEFAULT_DATABASE_REQUIRED', 'DATABASE_IN_USE']);
    expect(outcomes((await bulk.run(actor, request('delete', [ids[1]!], { confirm: true, on_apps: 'move', target_database_id: ids[2] }))).results)).toEqual(['ok']);
    expect((await plane.connection.control.apps.find(actor.userId, appId))?.database_id).toBe(ids[2]);
  });

  it('deletes what is there now, where somebody changes it in the midst, and gives up where that goes on', async () => {
    const { actor, ids } = await ownerOf(3);
    let changes = 1;
    const { service } = bulkOf({ databases: (built) => ({ ...built, requestDeletion: async (by, id) => {
      const asked = await built.requestDeletion(by, id);
      changes -= 1;
      if (changes >= 0) await bindApp(by, id, `app ${changes}`);
      return asked;
    } }) });
    expect(outcomes((await service.run(actor, request('delete', [ids[1]!], { confirm: true, on_apps: 'detach' }))).results)).toEqual(['ok']);
    changes = 100;
    expect(outcomes((await service.run(actor, request('delete', [ids[2]!], { confirm: true, on_apps: 'detach' }))).results)).toEqual(['OPERATION_IN_PROGRESS']);
  });

  it('rotates credentials', async () => {
    const { actor, ids } = await ownerOf(2);
    const before = await Promise.all(ids.map((id) => replica.databases.connection(actor, id)));
    expect(outcomes((await bulk.run(actor, request('rotate_credentials', ids))).results)).toEqual(['ok', 'ok']);
    const after = await Promise.all(ids.map((id) => replica.databases.connection(actor, id)));
    expect(after.map(({ password }, index) => password !== before[index]!.password)).toEqual([true, true]);
  });

  it('does nothing twice on a repeat with the same key, and everything with another', async () => {
    const { actor, ids } = await ownerOf(2);
    const keyed = { ...actor, idempotencyId: 'key one' };
    const first = await bulk.run(keyed, request('rotate_credentials', [ids[0]!]));
    // The first call came as far as one of the databases.
    const { results } = await bulk.run(keyed, request('rotate_credentials', ids));
    expect([...outcomes(first.results), ...outcomes(results)]).toEqual(['ok', 'ok', 'ok']);
    expect(await Promise.all(ids.map((id) => operationsOn(id, 'database.rotate_credentials')))).toEqual([1, 1]);
    await bulk.run({ ...actor, idempotencyId: 'key two' }, request('rotate_credentials', ids));
    expect(await Promise.all(ids.map((id) => operationsOn(id, 'database.rotate_credentials')))).toEqual([2, 2]);
  });

  it('reports a deletion that an earlier call of the same key has done as done', async () => {
    const { actor, ids } = await ownerOf(1);
    const keyed = { ...actor, idempotencyId: 'deletion' };
    for (let call = 0; call < 2; call += 1) expect(outcomes((await bulk.run(keyed, request('delete', ids, { confirm: true }))).results)).toEqual(['ok']);
    expect(outcomes((await bulk.run(actor, request('delete', ids, { confirm: true }))).results)).toEqual(['DATABASE_NOT_ACTIVE']);
  });

  it('tells what failed for a cluster’s sake, and does the rest', async () => {
    const { actor, ids } = await ownerOf(3);
    let calls = 0;
    const clusters = withFaults(plane.clusters, (method) => {
      if (method !== 'createDatabaseUser') return;
      calls += 1;
      if (calls === 1) throw Object.assign(new Error('refused'), { name: 'PermanentFailure' });
    });
    const { service, events } = bulkOf({ replica: { clusters } });
    const { results } = await service.run(actor, request('rotate_credentials', ids));
    expect(outcomes(results).sort()).toEqual(['INTERNAL_ERROR', 'ok', 'ok']);
    expect(events).toEqual([expect.objectContaining({ name: 'bulk.item_failed', action: 'rotate_credentials', errorCode: 'INTERNAL_ERROR' })]);
  });

  it.each([
    { name: 'the control database went away', thrown: Object.assign(new Error('gone'), { name: 'MongoNetworkError' }), code: 'SERVICE_UNAVAILABLE' },
    { name: 'another process may be at work on it', thrown: new ApiError('IDEMPOTENCY_IN_PROGRESS'), code: 'IDEMPOTENCY_IN_PROGRESS' },
  ])('has no answer where nothing is known of one of them, because $name, and finds what was done when it is repeated', async ({ thrown, code }) => {
    const { actor, ids } = await ownerOf(2);
    const keyed = { ...actor, idempotencyId: `unclear ${code}` };
    let isAway = true;
    const { service } = bulkOf({ databases: (built) => ({ ...built, rotateCredentials: async (by, id, rotation) => {
      const answer = await built.rotateCredentials(by, id, rotation);
      if (isAway && id === ids[1]) throw thrown;
      return answer;
    } }) });
    await expect(service.run(keyed, request('rotate_credentials', ids))).rejects.toMatchObject({ code });
    isAway = false;
    expect(outcomes((await service.run(keyed, request('rotate_credentials', ids))).results)).toEqual(['ok', 'ok']);
    expect(await Promise.all(ids.map((id) => operationsOn(id, 'database.rotate_credentials')))).toEqual([1, 1]);
  });

  it('works on four databases at a time at most', async () => {
    let running = 0;
    let most = 0;
    const databases = (built: DatabaseService): DatabaseService => ({ ...built, restore: async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => { setImmediate(resolve); });
      running -= 1;
      throw new TransientFailure('HostUnreachable', 'away');
    } });
    const { results } = await bulkOf({ databases }).service.run(await plane.newActor(), request('restore', Array.from({ length: 100 }, (_, index) => `d${index}`)));
    expect(new Set(outcomes(results))).toEqual(new Set(['CLUSTER_UNAVAILABLE']));
    expect(most).toBe(4);
  });

  it('counts each change by its rate limit, a repeat aside, and misses as if each had been asked for alone', async () => {
    const { actor, ids } = await ownerOf(3);
    const store = new MongoRateLimitStore(plane.connection.db);
    await store.prepare();
    const platform = { database_deletion: { limit: 1 }, missed_lookups: { limit: 2 } };
    const limiter = createRateLimiter({ store, platform, clock: systemClock, events: { emit: () => undefined } });
    const { service } = bulkOf({ databases: (built) => limitDatabaseService(built, limiter), limiter });
    const keyed = { ...actor, idempotencyId: 'limited' };
    const deletion = request('delete', ids.slice(1), { confirm: true });
    expect(outcomes((await service.run(keyed, deletion)).results).sort()).toEqual(['RATE_LIMITED', 'ok']);
    expect(outcomes((await service.run(keyed, deletion)).results).sort()).toEqual(['RATE_LIMITED', 'ok']);
    const guesses = Array.from({ length: 20 }, (_, index) => `guess${index}`);
    const { results } = await service.run(actor, request('set_quota', [...guesses, ids[0]!], { quota_mb: 1 }));
    expect(outcomes(results).filter((code) => code === 'DATABASE_NOT_FOUND')).toHaveLength(2);
    expect(outcomes(results).at(-1)).toBe('RATE_LIMITED');
  });

  it('makes no backups', async () => {
    await expect(bulk.run(await plane.newActor(), request('backup', ['a']))).rejects.toMatchObject({ code: 'BACKUPS_UNAVAILABLE', status: 501 });
  });
});
