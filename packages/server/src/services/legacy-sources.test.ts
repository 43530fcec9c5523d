// Users of an earlier platform whose control database is another MongoDB: brought here with their ids and apps, their databases where they are; and put
// back, which removes what was brought and nothing else.
import { createHash } from 'node:crypto';
import { MongoClient, ObjectId, type Db } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LegacyLogEntry, LegacyRun } from '@freehold/api';
import { MongoLegacySource } from '../adapters/mongodb/legacy-source.js';
import { primaryClusterId } from '../adapters/mongodb/cluster-directory.js';
import { Secret } from '../domain/secret.js';
import type { LegacySources } from '../ports/legacy-source.js';
import { startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { legacyReplica, newLegacyUser, operator, outOfOrder, writeInOrder, type LegacyReplica, type LegacyUserSetting, type TestLegacyUser } from '../testing/legacy-users.fixture.js';
import { startTestCluster, type TestCluster } from '../testing/start-test-cluster.js';

let plane: ControlPlane;
let elsewhere: TestCluster;
let client: MongoClient;
let there: Db;
let source: MongoLegacySource;
let legacy: LegacyReplica;
let replica: Replica;

beforeAll(async () => {
  [plane, elsewhere] = await Promise.all([startControlPlane(), startTestCluster()]);
  client = new MongoClient(elsewhere.uri);
  there = client.db('earlier');
  source = new MongoLegacySource({ name: 'old', uri: new Secret(elsewhere.uri), database: 'earlier', clusterId: primaryClusterId });
  legacy = legacyReplica(plane, { sources: only(source) });
  replica = plane.replica();
});
afterAll(async () => {
  await Promise.all([source.close(), client.close()]);
  await Promise.all([plane.stop(), elsewhere.stop()]);
});

function only(one: MongoLegacySource): LegacySources {
  return { names: [one.name], find: (name) => (name === one.name ? one : undefined), close: () => one.close() };
}

const users = (db: Db) => db.collection<{ _id: ObjectId | string }>('users');
const apps = (db: Db) => db.collection<{ _id: ObjectId | string }>('apps');

interface UserThere extends TestLegacyUser {
  readonly appId: ObjectId;
}

/** The document and an app are in the other control database; the MongoDB user is on our cluster. */
async function userThere(setting: LegacyUserSetting = {}): Promise<UserThere> {
  const user = await newLegacyUser(plane, setting);
  const document = (await users(plane.connection.db).findOne({ _id: user.key }, { promoteValues: false }))!;
  await users(there).insertOne(document);
  await users(plane.connection.db).deleteOne({ _id: user.key });
  const appId = new ObjectId();
  await apps(there).insertOne({ _id: appId, user_id: user.key, name: 'shop', database_id: 'gone', image: 'registry/shop' } as never);
  await plane.connection.client.db(user.mongoName).collection('orders').insertOne({ total: 1 });
  return { ...user, appId };
}

async function bytesIn(collection: ReturnType<typeof users>, _id: ObjectId | string): Promise<Buffer> {
  return Buffer.from((await collection.findOne({ _id }, { raw: true })) as unknown as Uint8Array);
}

/** Everything that is in a database, byte for byte. */
async function fingerprint(db: Db): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['apps', 'users']) for await (const bytes of db.collection(name).find({}, { raw: true, sort: { _id: 1 } })) hash.update(bytes as unknown as Uint8Array);
  return hash.digest('hex');
}

async function work(run: LegacyRun): Promise<{ readonly run: LegacyRun; readonly log: ReadonlyMap<string, LegacyLogEntry> }> {
  await legacy.work(run.id);
  const { items } = await legacy.service.log(operator, run.id, { limit: 100, offset: 0 });
  return { run: await legacy.service.get(operator, run.id), log: new Map(items.map((entry) => [entry.user_id ?? '', entry])) };
}

async function run(mode: 'plan' | 'run', fields: { readonly user_ids?: string[] } = {}) {
  return work(await legacy.service.start(operator, { mode, source: 'old', concurrency: 4, allow_plain: false, extra_roles: 'refuse', repair: false, ...fields }));
}

async function verify(users_: readonly TestLegacyUser[]) {
  return work(await legacy.service.start(operator, { mode: 'verify', concurrency: 4, allow_plain: false, extra_roles: 'refuse', repair: false, user_ids: users_.map(({ userId }) => userId) }));
}

async function rollback(runId: string, user: TestLegacyUser) {
  return (await work(await legacy.service.rollback(operator, runId, { concurrency: 2, user_ids: [user.userId] }))).log.get(user.userId);
}

const codesOf = (entry: LegacyLogEntry | undefined): readonly string[] => entry?.findings.map(({ code }) => code) ?? [];

describe('a migration from another control database', () => {
  it('plans and brings its users, ids and names kept, and writes nothing there', async () => {
    const [one, two, broken] = [await userThere(), await userThere({ _id: `t-${new ObjectId().toHexString().slice(0, 8)}` }), await userThere({ fields: { mongo_password_encrypted: 'nothing' } })];
    const before = await fingerprint(there);
    const planned = await run('plan');
    expect(planned.run).toMatchObject({ source: 'old', total: 3, outcomes: { would_migrate: 2, failed: 1 }, findings: { APP_DANGLING: 2, PASSWORD_UNREADABLE: 1 } });
    expect(await users(plane.connection.db).findOne({ _id: one.key })).toBeNull();

    const done = await run('run');
    expect([one, two, broken].map(({ userId }) => done.log.get(userId)?.outcome)).toEqual(['migrated', 'migrated', 'failed']);
    for (const user of [one, two]) {
      const [database] = (await replica.databases.list(user.actor, { limit: 5, offset: 0, sort: 'created_at' })).items;
      expect(database).toMatchObject({ name: 'default', mongo_database: user.mongoName, is_default: true });
      expect((await replica.databases.connection(user.actor, database!.id)).password).toBe(user.password);
      const [here, original] = [(await users(plane.connection.db).findOne({ _id: user.key }))!, (await users(there).findOne({ _id: user.key }))!];
      expect(here).toMatchObject({ ...original, legacy_migration: { source: 'old' } });
      expect(await apps(plane.connection.db).findOne({ _id: user.appId })).toMatchObject({ user_id: user.userId, name: 'shop', database_id: null, image: 'registry/shop' });
    }
    expect((await verify([one, two])).run.outcomes).toEqual({ sound: 2 });
    expect(await fingerprint(there)).toBe(before);
    // What is here already is skipped.
    expect((await run('run')).run.outcomes).toEqual({ skipped: 2, failed: 1 });
  });

  it('brings documents byte for byte, with what is its own behind them', async () => {
    const user = await userThere();
    await writeInOrder(users(there), user.key, new Map<string, unknown>([...outOfOrder, ['c', outOfOrder]]));
    await writeInOrder(apps(there), user.appId, outOfOrder);
    const original = await bytesIn(users(there), user.key);
    const app = await bytesIn(apps(there), user.appId);
    const { run: { id } } = await run('run', { user_ids: [user.userId] });
    const here = await bytesIn(users(plane.connection.db), user.key);
    // Behind its length, and without the zero at its end.
    expect(here.subarray(4, original.length - 1)).toEqual(original.subarray(4, -1));
    expect((await bytesIn(apps(plane.connection.db), user.appId)).toString('latin1')).toContain(app.subarray(-28, -1).toString('latin1'));
    expect((await rollback(id, user))?.outcome).toBe('rolled_back');
  });

  it('is put back by removing what was brought, and nothing of a tenant\'s', async () => {
    const user = await userThere();
    const before = await fingerprint(there);
    const { run: { id } } = await run('run', { user_ids: [user.userId] });
    expect((await rollback(id, user))?.outcome).toBe('rolled_back');
    expect(await users(plane.connection.db).findOne({ _id: user.key })).toBeNull();
    expect(await apps(plane.connection.db).findOne({ _id: user.appId })).toBeNull();
    expect(await plane.connection.client.db(user.mongoName).collection('orders').countDocuments()).toBe(1);
    expect(await plane.cluster.findDatabaseUser(user.mongoName)).toMatchObject({ owner: null });
    expect(await plane.cluster.canLogIn({ username: user.mongoName, password: new Secret(user.password) })).toBe(true);
    expect(await fingerprint(there)).toBe(before);
    // And may be brought again.
    expect((await run('run', { user_ids: [user.userId] })).log.get(user.userId)?.outcome).toBe('migrated');
  });

  it('is not put back where something that was made here would be lost', async () => {
    const user = await userThere();
    const { run: { id } } = await run('run', { user_ids: [user.userId] });
    await users(plane.connection.db).updateOne({ _id: user.key }, { $set: { name: 'Grace' } });
    await apps(plane.connection.db).insertOne({ _id: `app-${user.userId}`, user_id: user.userId, name: 'new' } as never);
    const entry = await rollback(id, user);
    expect([entry?.outcome, codesOf(entry)]).toEqual(['refused', ['ACCOUNT_CHANGED', 'HAS_NEW_APPS']]);
    expect(entry?.findings.map(({ details }) => details)).toEqual([{ fields: ['name'] }, { app_ids: [`app-${user.userId}`] }]);
    expect((await verify([user])).run.outcomes).toEqual({ sound: 1 });
  });

  it('leaves a user as they are whose app has the id of one that is here', async () => {
    const user = await userThere();
    await apps(plane.connection.db).insertOne({ _id: user.appId, user_id: 'somebody', name: 'another' } as never);
    expect(codesOf((await run('run', { user_ids: [user.userId] })).log.get(user.userId))).toEqual(['APP_ID_TAKEN']);
    expect(await users(plane.connection.db).findOne({ _id: user.key })).toBeNull();
    expect(await plane.cluster.findDatabaseUser(user.mongoName)).toMatchObject({ owner: null });
  });

  it('of a source that nobody has told of is refused, and a replica that lacks it pauses the run', async () => {
    await expect(legacy.service.start(operator, { mode: 'plan', source: 'older', concurrency: 1, allow_plain: false, extra_roles: 'refuse', repair: false })).rejects.toMatchObject({ code: 'LEGACY_SOURCE_UNKNOWN' });
    const { id } = await legacy.service.start(operator, { mode: 'plan', source: 'old', concurrency: 1, allow_plain: false, extra_roles: 'refuse', repair: false });
    await legacyReplica(plane).work(id);
    expect(await legacy.service.get(operator, id)).toMatchObject({ state: 'paused', pause_reason: 'LEGACY_SOURCE_UNKNOWN' });
  });

  it('keeps neither the address of the source nor anything of its documents in clear', async () => {
    const user = await userThere({ fields: { settings: { note: 'a note of their own' } } });
    await run('run', { user_ids: [user.userId] });
    const kept: string[] = [];
    for (const name of ['legacy_migrations', 'legacy_migration_log', 'operations', 'audit_events']) kept.push(JSON.stringify(await plane.connection.db.collection(name).find({}).toArray()));
    for (const secret of [elsewhere.uri, user.password, 'a note of their own', 'registry/shop']) expect(kept.join('\n')).not.toContain(secret);
    expect(kept[1]).toMatch(/"before":\{"document":"v1\.k1\./u);
  });

  it('waits for a source that does not answer, and marks nobody as failed for it', async () => {
    const gone = new MongoLegacySource({ name: 'old', uri: new Secret('mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50&directConnection=true'), database: 'earlier', clusterId: primaryClusterId });
    const { id } = await legacy.service.start(operator, { mode: 'run', source: 'old', concurrency: 1, allow_plain: false, extra_roles: 'refuse', repair: false });
    await legacyReplica(plane, { sources: only(gone) }).work(id);
    expect(await legacy.service.get(operator, id)).toMatchObject({ state: 'paused', done: 0, outcomes: {} });
    await gone.close();
  });
});
