// Every kind of difference, made by hand on a real cluster: a dry run reports it and changes nothing, a run mends it, and the next finds
// nothing any more.
import { driftKinds, type DriftKind } from '@freehold/api';
import { BSON, ObjectId, type Document } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MongoIdempotencyStore } from '../adapters/mongodb/idempotency-store.js';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { tenantRoles } from '../domain/credential-plan.js';
import { Secret } from '../domain/secret.js';
import type { AppRedeployer } from '../ports/app-redeployer.js';
import type { Actor } from '../services/contracts.js';
import { startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { reconcileOnce } from '../testing/reconcile.fixture.js';

let plane: ControlPlane;
let replica: Replica;
let actor: Actor;
let databaseId: string;
let username: string;
beforeAll(async () => {
  plane = await startControlPlane();
  replica = plane.replica();
});
afterAll(() => plane.stop());
beforeEach(async () => {
  await nothingLeft();
  actor = await plane.newActor();
  const { database } = await replica.databases.create(actor, { name: 'shop', environment: 'development' });
  [databaseId, username] = [database.id, database.mongo_username];
});

/** What one test has made must not be found by the next. */
async function nothingLeft(): Promise<void> {
  const { db } = plane.connection;
  await Promise.all(['users', 'database_rows', 'database_totals', 'apps', 'schedule', 'operations'].map((name) => db.collection(name).deleteMany({})));
  for (const user of await plane.cluster.listDatabaseUsers(null, 100)) if (user.username.startsWith('user_')) await plane.cluster.dropDatabaseUser(user.username);
  await db.collection<{ _id: string }>('clusters').updateOne({ _id: 'primary' }, { $set: { user_count: (await plane.cluster.countUsers()), foreign_user_count: await plane.cluster.countUsers() } });
}

const hour = 3_600_000;
const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
const set = (fields: Readonly<Record<string, unknown>>): Promise<unknown> =>
  plane.connection.db.collection('users').updateOne({ 'databases.id': databaseId }, { $set: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.replace('$', 'databases.$'), value])) });

async function newApp(fields: Readonly<Record<string, unknown>>): Promise<void> {
  const [app, at] = [`app-${databaseId}`, new Date()];
  await plane.connection.db.collection<Document & { _id: string }>('apps').insertOne({
    _id: app, user_id: actor.userId, name: app, name_key: app, database_id: databaseId, deployer: 'process', spec: null, status: 'created', status_message: null, created_at: at, updated_at: at, last_deployed_at: null, ...fields,
  });
}

async function softDelete(): Promise<void> {
  const { confirm_token } = await replica.databases.requestDeletion(actor, databaseId);
  await replica.databases.delete(actor, databaseId, { confirm_token });
}

const redeployer: AppRedeployer = {
  redeploy: async (_userId, appIds) => {
    await plane.connection.db.collection<{ _id: string }>('apps').updateMany({ _id: { $in: [...appIds] } }, { $set: { deployed_username: username } });
  },
  move: () => Promise.resolve({ kind: 'not_concerned' }),
};

/** How each kind comes about. */
const causes: Readonly<Record<DriftKind, () => Promise<unknown>>> = {
  credential_missing: () => plane.cluster.dropDatabaseUser(username),
  credential_unwanted: async () => {
    await softDelete();
    await plane.cluster.createDatabaseUser({ username, password: new Secret('x'), roles: tenantRoles(username), owner: { userId: actor.userId, databaseId, operationId: 'gone' } });
  },
  wrong_roles: () => plane.cluster.setRoles(username, [{ role: 'readWriteAnyDatabase', database: 'admin' }]),
  credential_foreign: () => plane.cluster.tagDatabaseUser(username, null),
  orphaned_credential: () => plane.cluster.createDatabaseUser({ username: `${username}_x`, password: new Secret('x'), roles: [], owner: { userId: actor.userId, databaseId, operationId: 'gone' } }),
  entry_stuck_provisioning: async () => {
    await plane.cluster.dropDatabaseUser(username);
    await set({ '$.status': 'provisioning', '$.created_at': ago(hour), '$.is_default': false, default_database_id: null });
  },
  entry_stuck_migrating: () => set({ '$.status': 'migrating' }),
  entry_malformed: () => set({ '$.status': 'upside_down' }),
  cluster_unregistered: () => set({ '$.cluster_id': 'nowhere' }),
  purge_unscheduled: async () => {
    await softDelete();
    await plane.connection.control.schedule.cancel('database.purge', databaseId);
  },
  purge_overdue: async () => {
    await softDelete();
    await set({ '$.deleted_at': ago(8 * 24 * hour) });
  },
  default_dangling: () => set({ default_database_id: 'nowhere' }),
  default_flag_wrong: () => set({ '$.is_default': false }),
  database_rows_wrong: () => plane.connection.db.collection('database_totals').insertOne({ _id: new ObjectId(actor.userId), counts: { all: 7 }, named_default_id: null, default_id: null, next_sequence: 7, version: 1 }),
  app_count_wrong: () => set({ '$.app_count': 7 }),
  app_unbound: () => newApp({ database_id: 'nowhere' }),
  app_credential_outdated: async () => {
    await newApp({ status: 'running', deployed_username: `${username}_b` });
    await set({ '$.app_count': 1 });
  },
  quota_level_wrong: () => set({ '$.quota_level': 'above_95_percent' }),
  sizes_stale: () => new MongoSharedWalks(plane.connection.db).advance('sizes', undefined, { startedAt: ago(2 * hour), previousStartedAt: null, afterUserId: null, isDone: true }),
  lease_stale: () => plane.connection.control.operations.insert({
    _id: `operation-${databaseId}`, kind: 'database.repair', user_id: actor.userId, database_id: databaseId, params: { found: null }, state: 'running', lock: `database:${databaseId}`,
    steps: ['reserve', 'repair', 'finish'].map((name, index) => ({ name, state: index === 0 ? 'done' : 'pending', started_at: null, finished_at: null, attempts: 0, error_code: null })),
    lease: { owner: 'gone', fencing_token: 1, expires_at: ago(hour) }, result: null, error_code: null, created_at: ago(hour), updated_at: ago(hour),
  }),
  expired_records: () => new MongoIdempotencyStore(plane.connection.db).claim(databaseId, { fingerprint: 'x', owner: 'x', leasedUntil: ago(2 * hour), answer: null }, ago(2 * hour)),
  index_missing: () => plane.connection.db.collection('apps').dropIndex('database_id_1'),
  user_count_wrong: () => plane.connection.db.collection<{ _id: string }>('clusters').updateOne({ _id: 'primary' }, { $inc: { user_count: 5 } }),
};

/** What only a person can mend. */
const byHand: Partial<Record<DriftKind, () => Promise<unknown>>> = {
  credential_foreign: () => plane.cluster.dropDatabaseUser(username),
  entry_stuck_migrating: () => set({ '$.status': 'active' }),
  entry_malformed: () => set({ '$.status': 'active' }),
  cluster_unregistered: () => set({ '$.cluster_id': 'primary' }),
  sizes_stale: () => plane.connection.db.collection('usage_rounds').deleteMany({}),
};

/** Everything but the runs themselves, in bytes. */
async function dump(): Promise<Readonly<Record<string, string>>> {
  const { db, client } = plane.connection;
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).filter((name) => !name.startsWith('reconcile_')).sort();
  const all = await Promise.all([...names.map((name) => db.collection(name)), client.db('admin').collection('system.users')].map(async (collection) =>
    [collection.namespace, BSON.serialize({ documents: await collection.find({}).sort({ _id: 1 }).toArray(), indexes: await collection.indexes().catch(() => []) }).toString()] as const));
  return Object.fromEntries(all);
}

const kinds = Object.keys(causes) as DriftKind[];

describe.each(kinds.map((kind) => [kind] as const))('%s', (kind) => {
  it('is reported by a dry run that changes nothing, and mended by the next where that is safe', async () => {
    await causes[kind]();
    const before = await dump();
    const dry = await reconcileOnce(plane, replica, { isDryRun: true, redeployer });
    expect(dry.found).toEqual({ [kind]: 1 });
    expect(dry.mended).toEqual({});
    expect(await dump()).toEqual(before);

    const isSafe = driftKinds[kind].repair !== 'none';
    const run = await reconcileOnce(plane, replica, { redeployer });
    expect(run.found).toEqual({ [kind]: 1 });
    expect(run.mended).toEqual(isSafe ? { [kind]: 1 } : {});
    await byHand[kind]?.();
    if (kind === 'credential_foreign') await reconcileOnce(plane, replica, { redeployer });
    expect((await reconcileOnce(plane, replica, { redeployer })).found).toEqual({});
  });
});
