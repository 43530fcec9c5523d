import type { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LegacyLogEntry } from '@freehold/api';
import { legacyDatabaseId } from '../credentials/legacy-database-id.js';
import { Secret } from '../domain/secret.js';
import { startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { legacyReplica, newLegacyUser, operator, type LegacyReplica, type TestLegacyUser } from '../testing/legacy-users.fixture.js';

let plane: ControlPlane;
let legacy: LegacyReplica;
beforeAll(async () => {
  plane = await startControlPlane();
  legacy = legacyReplica(plane);
});
afterAll(() => plane.stop());

async function migrated(): Promise<TestLegacyUser> {
  const user = await newLegacyUser(plane);
  const { id } = await legacy.service.start(operator, { mode: 'run', concurrency: 1, allow_plain: false, extra_roles: 'refuse', repair: false, user_ids: [user.userId] });
  await legacy.work(id);
  return user;
}

async function verify(fields: object): Promise<ReadonlyMap<string, LegacyLogEntry>> {
  const { id } = await legacy.service.start(operator, { mode: 'verify', concurrency: 4, allow_plain: false, extra_roles: 'refuse', repair: false, ...fields });
  await legacy.work(id);
  const { items } = await legacy.service.log(operator, id, { limit: 100, offset: 0 });
  return new Map(items.map((entry) => [entry.user_id ?? 'platform', entry]));
}

const users = () => plane.connection.db.collection<any>('users');
const codesOf = (entry: LegacyLogEntry | undefined): string[] => entry?.findings.map(({ code }) => code) ?? [];
const key = (user: TestLegacyUser): { readonly _id: ObjectId | string } => ({ _id: user.key });

/** What is broken, what is found, and whether it can be mended. */
const damages: readonly (readonly [string, string, boolean, (user: TestLegacyUser) => Promise<unknown>])[] = [
  ['a default that is not there', 'DEFAULT_DANGLING', true, (user) => users().updateOne(key(user), { $set: { default_database_id: 'gone' } })],
  ['a flag that says otherwise', 'DEFAULT_FLAG_WRONG', true, (user) => users().updateOne(key(user), { $set: { 'databases.0.is_default': false } })],
  ['no MongoDB user', 'CREDENTIAL_MISSING', true, (user) => plane.cluster.dropDatabaseUser(user.mongoName)],
  ['wrong roles', 'ROLES_WRONG', true, (user) => plane.cluster.setRoles(user.mongoName, [{ role: 'read', database: user.mongoName }])],
  ['no mark', 'TAG_MISSING', true, (user) => plane.cluster.tagDatabaseUser(user.mongoName, null)],
  ['an app that points nowhere', 'APP_UNBOUND', true, (user) => plane.connection.db.collection<any>('apps').insertOne({ _id: `a-${user.userId}`, user_id: user.userId, database_id: 'gone' })],
  ['an address without its key', 'EMAIL_KEY_MISSING', true, (user) => users().updateOne(key(user), { $unset: { email_lower: 1 } })],
  ['another password', 'CREDENTIAL_REFUSED', false, (user) => plane.cluster.setPassword(user.mongoName, new Secret('another'))],
  ['an unreadable password', 'CREDENTIAL_UNREADABLE', false, (user) => users().updateOne(key(user), { $set: { 'databases.0.mongo_password_encrypted': 'v1.k1.x' } })],
  ['a malformed entry', 'ENTRY_MALFORMED', false, (user) => users().updateOne(key(user), { $unset: { 'databases.0.status': 1 } })],
  ['no database', 'DATABASES_EMPTY', false, async (user) => {
    await users().updateOne(key(user), { $set: { databases: [] } });
    await plane.cluster.dropDatabaseUser(user.mongoName);
  }],
];

describe('a verification', () => {
  it('finds nothing where all is well, the platform included', async () => {
    const user = await migrated();
    const found = await verify({ user_ids: [user.userId] });
    expect(found.get(user.userId)).toMatchObject({ outcome: 'sound', findings: [] });
    expect(codesOf(found.get('platform'))).not.toContain('INDEX_MISSING');
  });

  it('finds users that are not migrated', async () => {
    const user = await newLegacyUser(plane);
    expect(codesOf((await verify({ user_ids: [user.userId] })).get(user.userId))).toEqual(['NOT_MIGRATED']);
  });

  it.each(damages)('finds %s, and mends it where that is safe', async (_what, code, isMendable, damage) => {
    const user = await migrated();
    await damage(user);
    const found = (await verify({ user_ids: [user.userId] })).get(user.userId);
    expect([found?.outcome, codesOf(found)]).toEqual(['unsound', [code]]);
    const mended = (await verify({ user_ids: [user.userId], repair: true })).get(user.userId);
    expect(mended).toMatchObject({ outcome: isMendable ? 'repaired' : 'unsound', findings: [{ code, details: { is_mended: isMendable } }] });
    expect((await verify({ user_ids: [user.userId] })).get(user.userId)?.outcome).toBe(isMendable ? 'sound' : 'unsound');
    if (!isMendable) await users().deleteOne(key(user));
    await plane.cluster.dropDatabaseUser(user.mongoName);
  });

  it('of one run looks at its users, and of a sample at some of them', async () => {
    const several = [await newLegacyUser(plane), await newLegacyUser(plane), await newLegacyUser(plane)];
    const { id } = await legacy.service.start(operator, { mode: 'run', concurrency: 4, allow_plain: false, extra_roles: 'refuse', repair: false, user_ids: several.map(({ userId }) => userId) });
    await legacy.work(id);
    const ofRun = await verify({ of_run_id: id });
    expect([...ofRun.keys()].filter((userId) => userId !== 'platform').sort()).toEqual(several.map(({ userId }) => userId).sort());
    expect((await verify({ of_run_id: id, sample_percent: 1 })).size).toBeLessThanOrEqual(2);
  });

  it('finds MongoDB users that nobody knows, in both directions, and drops those that are ours', async () => {
    const { userId } = await migrated();
    await plane.cluster.createDatabaseUser({ username: 'user_orphan', password: new Secret('x'), roles: [], owner: { userId, databaseId: 'gone', operationId: 'gone' } });
    await plane.connection.client.db('admin').command({ createUser: 'user_nobody', pwd: 'x', roles: [] });
    const found = (await verify({ user_ids: [userId] })).get('platform');
    expect(found?.findings).toEqual(expect.arrayContaining([
      { code: 'ORPHANED_MONGODB_USER', details: { username: 'user_orphan', cluster_id: 'primary', is_mended: false } }, { code: 'UNKNOWN_MONGODB_USER', details: { username: 'user_nobody', cluster_id: 'primary', is_mended: false } },
    ]));
    const mended = (await verify({ user_ids: [userId], repair: true })).get('platform');
    expect(mended?.findings).toContainEqual({ code: 'ORPHANED_MONGODB_USER', details: { username: 'user_orphan', cluster_id: 'primary', is_mended: true } });
    expect([await plane.cluster.findDatabaseUser('user_orphan'), (await plane.cluster.findDatabaseUser('user_nobody'))?.username]).toEqual([undefined, 'user_nobody']);
    await plane.cluster.dropDatabaseUser('user_nobody');
  });

  it('finds indexes that are not there, and makes them', async () => {
    const { userId } = await migrated();
    await plane.connection.db.collection('apps').dropIndex('database_id_1');
    const found = (await verify({ user_ids: [userId], repair: true })).get('platform');
    expect(found?.findings).toContainEqual({ code: 'INDEX_MISSING', details: { indexes: ['apps.database_id_1'], is_mended: true } });
    expect(codesOf((await verify({ user_ids: [userId] })).get('platform'))).not.toContain('INDEX_MISSING');
  });
});

describe('a user who is not migrated', () => {
  it('is no owner for the reconciler, and is shown with the id they will have', async () => {
    const user = await newLegacyUser(plane);
    const { control } = plane.connection;
    expect(await control.databases.owner(user.userId)).toMatchObject({ defaultDatabaseId: legacyDatabaseId(user.userId), databases: [{ id: legacyDatabaseId(user.userId), mongo_database: user.mongoName }] });
    let after: string | null = null;
    const walked: string[] = [];
    for (;;) {
      const page: readonly { readonly userId: string }[] = await control.databases.pageOfOwners(after, 3);
      if (page.length === 0) break;
      walked.push(...page.map(({ userId }) => userId));
      after = walked.at(-1)!;
    }
    expect(walked).not.toContain(user.userId);
    expect(new Set(walked).size).toBe(walked.length);
  });
});
