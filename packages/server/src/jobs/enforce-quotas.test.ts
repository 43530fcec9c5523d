import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { overQuotaRoles, tenantRoles } from '../domain/credential-plan.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { PlatformEvent } from '../ports/events.js';
import { PermanentFailure, TransientFailure } from '../ports/failures.js';
import type { Actor } from '../services/contracts.js';
import { startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { reconcileOnce } from '../testing/reconcile.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { enforceQuotas } from './enforce-quotas.js';

const { signal } = new AbortController();

/** Each run of a job comes a round later than the one before. */
const roundMs = 15_000;
let time = new Date('2100-01-01T00:00:00Z');

let plane: ControlPlane;
let replica: Replica;
beforeAll(async () => {
  plane = await startControlPlane();
  replica = plane.replica();
});
afterAll(() => plane.stop());

/** One replica's job, and what it has told about a database. */
function jobOf(by: Replica = replica, clusters: ClusterDirectory = plane.clusters) {
  const events: PlatformEvent[] = [];
  const job = enforceQuotas({
    control: plane.connection.control, clusters, journal: by.journal, operations: by.operations, events: { emit: (event) => void events.push(event) }, walks: new MongoSharedWalks(plane.connection.db), clock: { now: () => time },
  });
  const told = (databaseId: string): string[] => events.flatMap((event) => {
    if (!('databaseId' in event) || event.databaseId !== databaseId) return [];
    return event.name === 'quota.warning' ? [event.warning] : [event.name];
  });
  const run = (): Promise<void> => {
    time = new Date(time.getTime() + roundMs);
    return job.run(signal);
  };
  return { run, told };
}

interface Tenant {
  readonly actor: Actor;
  readonly databaseId: string;
  readonly username: string;
  readonly client: MongoClient;
  /** Inserts so many documents of 100 kB; the code of the error, where it is refused. */
  fill(count: number): Promise<number | undefined>;
}

async function newTenant(quotaMb: number | null, fields: Readonly<Record<string, unknown>> = {}): Promise<Tenant> {
  const actor = await plane.newActor(fields);
  const { database, connectionUri } = await replica.databases.create(actor, { name: 'shop', environment: 'development', ...(quotaMb === null ? {} : { quota_mb: quotaMb }) });
  const client = new MongoClient(connectionUri.reveal(), { maxPoolSize: 1 });
  const fill = async (count: number): Promise<number | undefined> => {
    try {
      await client.db().collection('filled').insertMany(Array.from({ length: count }, (_, index) => ({ index, text: 'x'.repeat(100_000) })));
      return undefined;
    } catch (error) {
      return (error as { readonly code: number }).code;
    }
  };
  return { actor, databaseId: database.id, username: database.mongo_username, client, fill };
}

const rolesOf = async (username: string) => (await plane.cluster.findDatabaseUser(username))?.roles;
const levelOf = async ({ actor, databaseId }: Tenant) => (await plane.connection.control.databases.find(actor.userId, databaseId))?.entry.quota_level;

describe('a database over its quota', () => {
  it('refuses what makes it grow, lets its owner make room, and takes writes again when it fits, all on one connection', async () => {
    const tenant = await newTenant(1);
    const { run, told } = jobOf();
    expect(await tenant.fill(15)).toBeUndefined();
    await run();
    const filled = tenant.client.db().collection('filled');
    expect(await tenant.fill(1)).toBe(13);
    await expect(filled.updateMany({}, { $set: { more: 1 } })).rejects.toMatchObject({ code: 13 });
    await expect(filled.createIndex({ index: 1 })).rejects.toMatchObject({ code: 13 });
    await expect(tenant.client.db().createCollection('another')).rejects.toMatchObject({ code: 13 });
    expect(await filled.countDocuments()).toBe(15);
    expect((await filled.deleteMany({ index: { $lt: 14 } })).deletedCount).toBe(14);
    await tenant.client.db().command({ compact: 'filled', force: true });
    await run();
    expect(await tenant.fill(1)).toBeUndefined();
    expect(told(tenant.databaseId)).toEqual(['above_80_percent', 'above_95_percent', 'quota.exceeded', 'quota.enforced', 'quota.enforced']);
    const left = await tenant.client.db('admin').command({ connectionStatus: 1 });
    expect(left['authInfo'].authenticatedUserRoles).toHaveLength(2);
    await tenant.client.close();
  });

  it('is no drift, and the reconciler takes back roles that somebody gave', async () => {
    const tenant = await newTenant(1);
    await tenant.fill(15);
    await jobOf().run();
    expect((await reconcileOnce(plane, replica, { scope: { userId: tenant.actor.userId } })).found).toEqual({});
    await plane.cluster.setRoles(tenant.username, tenantRoles(tenant.username));
    expect((await reconcileOnce(plane, replica)).mended).toMatchObject({ wrong_roles: 1 });
    await plane.cluster.dropDatabaseUser(tenant.username);
    expect((await reconcileOnce(plane, replica)).mended).toEqual({ credential_missing: 1 });
    expect(await rolesOf(tenant.username)).toEqual(overQuotaRoles(tenant.username));
    await tenant.client.close();
  });

  it('keeps its place through a rotation, whose credentials both change when it fits again', async () => {
    const tenant = await newTenant(1);
    await tenant.fill(15);
    await jobOf().run();
    await replica.databases.rotateCredentials(tenant.actor, tenant.databaseId, { grace_seconds: 3600 });
    const names = [tenant.username, `${tenant.username}_b`];
    for (const name of names) expect(await rolesOf(name)).toEqual(overQuotaRoles(tenant.username));
    await replica.databases.update(tenant.actor, tenant.databaseId, { quota_mb: 100 });
    await jobOf().run();
    for (const name of names) expect(await rolesOf(name)).toEqual(expect.arrayContaining([...tenantRoles(tenant.username)]));
    await tenant.client.close();
  });

  it('comes back from its deletion as it went, unless its owner may no longer hold so much', async () => {
    const tenant = await newTenant(1);
    const { actor, databaseId } = tenant;
    await tenant.fill(15);
    await jobOf().run();
    const { confirm_token } = await replica.databases.requestDeletion(actor, databaseId);
    await replica.databases.delete(actor, databaseId, { confirm_token });
    const users = plane.connection.db.collection('users');
    const owner = { email: `${actor.userId}@example.com` };
    await users.updateOne(owner, { $set: { total_quota_mb: 0.5 } });
    await expect(replica.databases.restore(actor, databaseId)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', details: { quota: 'promised_size', limit_mb: 0.5, used_mb: (await plane.connection.control.databases.find(actor.userId, databaseId))!.entry.current_size_mb } });
    await users.updateOne(owner, { $set: { total_quota_mb: null } });
    await replica.databases.restore(actor, databaseId);
    expect(await rolesOf(tenant.username)).toEqual(overQuotaRoles(tenant.username));
    await tenant.client.close();
  });

  it('may write again when its quota is taken away', async () => {
    const tenant = await newTenant(1);
    await tenant.fill(15);
    await jobOf().run();
    expect(await tenant.fill(1)).toBe(13);
    await replica.databases.update(tenant.actor, tenant.databaseId, { quota_mb: null });
    await jobOf().run();
    expect(await tenant.fill(1)).toBeUndefined();
    await tenant.client.close();
  });

  it('by the total of its owner is one that nothing was promised to', async () => {
    const tenant = await newTenant(null, { total_quota_mb: 1 });
    await tenant.fill(15);
    await jobOf().run();
    expect(await tenant.fill(1)).toBe(13);
    await tenant.client.close();
  });
});

describe('the job', () => {
  it('of two replicas at once warns once and changes roles once', async () => {
    const tenant = await newTenant(2);
    const [first, second] = [jobOf(), jobOf(plane.replica({ owner: 'second' }))];
    const both = async (): Promise<string[]> => {
      await Promise.all([first.run(), second.run()]);
      return [...first.told(tenant.databaseId), ...second.told(tenant.databaseId)];
    };
    await tenant.fill(18);
    expect(await both()).toEqual(['above_80_percent']);
    expect(await both()).toEqual(['above_80_percent']);
    await tenant.fill(8);
    expect((await both()).sort()).toEqual(['above_80_percent', 'above_95_percent', 'quota.enforced', 'quota.exceeded']);
    await tenant.client.close();
  });

  it('takes back what a cluster refuses, and tries again', async () => {
    const tenant = await newTenant(1);
    await tenant.fill(15);
    const refusing = withFaults(plane.clusters, (method) => {
      if (method === 'ensureOverQuotaRole') throw new PermanentFailure('Unauthorized', 'refused');
    });
    await expect(jobOf(plane.replica({ clusters: refusing })).run()).rejects.toThrow('could not be looked after');
    expect(await levelOf(tenant)).toBe('normal');
    await jobOf().run();
    expect(await levelOf(tenant)).toBe('exceeded');
    await tenant.client.close();
  });

  it('changes nothing on the strength of a cluster that does not answer', async () => {
    const tenant = await newTenant(1);
    await tenant.fill(15);
    const silent = withFaults(plane.clusters, () => {
      throw new TransientFailure('HostUnreachable', 'away');
    });
    await expect(jobOf(replica, silent).run()).rejects.toThrow('could not be looked after');
    expect(await tenant.fill(1)).toBeUndefined();
    await tenant.client.close();
  });
});
