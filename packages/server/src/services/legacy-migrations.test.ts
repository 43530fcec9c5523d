import { MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LegacyLogEntry, StartLegacyRun } from '@freehold/api';
import { legacyDatabaseId } from '../credentials/legacy-database-id.js';
import { tenantRoles } from '../domain/credential-plan.js';
import { Secret } from '../domain/secret.js';
import { TransientFailure } from '../ports/failures.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { bytesOf, legacyEncrypted, legacyReplica, newLegacyUser, operator, outOfOrder, writeInOrder, type LegacyReplica, type LegacyUserSetting, type TestLegacyUser } from '../testing/legacy-users.fixture.js';

let plane: ControlPlane;
let legacy: LegacyReplica;
let replica: Replica;

beforeAll(async () => {
  plane = await startControlPlane();
  legacy = legacyReplica(plane);
  replica = plane.replica();
});
afterAll(() => plane.stop());

const order = (mode: StartLegacyRun['mode'], fields: Partial<StartLegacyRun> = {}): StartLegacyRun => ({ mode, concurrency: 4, allow_plain: false, extra_roles: 'refuse', repair: false, ...fields });

/** Runs to the end, and gives the log by user. */
async function run(mode: StartLegacyRun['mode'], fields: Partial<StartLegacyRun> = {}): Promise<{ readonly id: string; readonly log: ReadonlyMap<string, LegacyLogEntry> }> {
  const { id } = await legacy.service.start(operator, order(mode, fields));
  await legacy.work(id);
  return { id, log: await logOf(id) };
}

async function logOf(id: string): Promise<ReadonlyMap<string, LegacyLogEntry>> {
  const { items } = await legacy.service.log(operator, id, { limit: 100, offset: 0 });
  return new Map(items.map((entry) => [entry.user_id ?? '', entry]));
}

async function rollback(runId: string, userIds: readonly string[]): Promise<ReadonlyMap<string, LegacyLogEntry>> {
  const { id } = await legacy.service.rollback(operator, runId, { concurrency: 4, user_ids: [...userIds] });
  await legacy.work(id);
  return logOf(id);
}

async function works(uri: string): Promise<string> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  try {
    await client.db().collection('a').insertOne({ works: true });
    return client.db().databaseName;
  } finally {
    await client.close();
  }
}

const codesOf = (entry: LegacyLogEntry | undefined): string[] => entry?.findings.map(({ code }) => code) ?? [];
const mongoUser = (user: TestLegacyUser) => plane.cluster.findDatabaseUser(user.mongoName);
const document = (user: TestLegacyUser) => plane.connection.db.collection<{ _id: ObjectId | string }>('users').findOne({ _id: user.key }) as Promise<any>;

describe('a migration', () => {
  it.each([['an ObjectId', undefined], ['a text', `u-${new ObjectId().toHexString().slice(0, 9)}`]])('of a user with %s gives them their database under its old names, with the same password', async (_what, _id) => {
    const user = await newLegacyUser(plane, _id === undefined ? {} : { _id });
    const { log } = await run('run', { user_ids: [user.userId] });
    expect(log.get(user.userId)).toMatchObject({ outcome: 'migrated', findings: [], database_id: legacyDatabaseId(user.userId), mongo_database: user.mongoName });
    const { items } = await replica.databases.list(user.actor, { limit: 5, offset: 0, sort: 'created_at' });
    expect(items).toMatchObject([{ id: legacyDatabaseId(user.userId), name: 'default', status: 'active', is_default: true, mongo_database: user.mongoName, mongo_username: user.mongoName, created_at: '2021-03-04T05:06:07.000Z' }]);
    const { connection_uri, password } = await replica.databases.connection(user.actor, items[0]!.id);
    expect(password).toBe(user.password);
    expect(await works(connection_uri)).toBe(user.mongoName);
    expect(await mongoUser(user)).toMatchObject({ owner: { userId: user.userId, databaseId: items[0]!.id } });
    const { mongo_password_encrypted: legacyPassword, databases, default_database_id, email_lower } = await document(user);
    expect([legacyPassword.split(':').length, databases.length, default_database_id, email_lower]).toEqual([3, 1, items[0]!.id, `${user.userId}@example.org`]);
    expect(databases[0].mongo_password_encrypted).toMatch(/^v1\.k1\./u);
  });

  it('lets new databases have new names beside the old ones', async () => {
    const user = await newLegacyUser(plane);
    await run('run', { user_ids: [user.userId] });
    const { database, connectionUri } = await replica.databases.create(user.actor, { name: 'shop', environment: 'development' });
    expect([database.mongo_database, database.is_default]).toEqual([`user_${user.userId}_${database.id}`, false]);
    expect(await works(connectionUri.reveal())).toBe(database.mongo_database);
    const rotated = await replica.databases.rotateCredentials(user.actor, legacyDatabaseId(user.userId), { grace_seconds: 0, strategy: 'overlap' } as never);
    expect(await works(rotated.connectionUri.reveal())).toBe(user.mongoName);
    expect(rotated.connectionUri.reveal()).toContain(`${user.mongoName}_b`);
  });

  it('is planned without writing anything about users', async () => {
    const [good, bad] = [await newLegacyUser(plane), await newLegacyUser(plane, { roles: null })];
    const before = await Promise.all([good, bad].map(({ key }) => bytesOf(plane, key)));
    const { log } = await run('plan', { user_ids: [good.userId, bad.userId] });
    expect([log.get(good.userId)?.outcome, log.get(bad.userId)?.outcome]).toEqual(['would_migrate', 'failed']);
    expect(await Promise.all([good, bad].map(({ key }) => bytesOf(plane, key)))).toEqual(before);
    expect((await mongoUser(good))?.owner).toBeNull();
  });

  it('keeps what else the MongoDB user carries', async () => {
    const user = await newLegacyUser(plane, { customData: { team: 'blue' } });
    await run('run', { user_ids: [user.userId] });
    const { users } = await plane.connection.client.db('admin').command({ usersInfo: user.mongoName });
    expect(users[0].customData).toMatchObject({ team: 'blue', freehold: { user_id: user.userId } });
  });

  it('walks all unmigrated users, texts before ObjectIds, and skips those that are migrated', async () => {
    const users = [await newLegacyUser(plane, { _id: `z${new ObjectId().toHexString()}` }), await newLegacyUser(plane), await newLegacyUser(plane, { _id: `a${new ObjectId().toHexString()}` })];
    const { log, id } = await run('run');
    for (const { userId } of users) expect(log.get(userId)?.outcome).toBe('migrated');
    expect(await legacy.service.get(operator, id)).toMatchObject({ state: 'done', done: log.size, outcomes: { migrated: expect.any(Number) } });
    expect((await run('run')).log.get(users[0]!.userId)).toBeUndefined();
    expect((await run('run', { user_ids: [users[0]!.userId] })).log.get(users[0]!.userId)?.outcome).toBe('skipped');
  });

  it('of some users only stops after as many', async () => {
    for (let count = 0; count < 3; count += 1) await newLegacyUser(plane);
    expect((await run('run', { limit: 2 })).log.size).toBe(2);
    expect((await run('run')).log.size).toBeGreaterThanOrEqual(1);
  });
});

const hexTextId = 'abcdef0123456789abcdef01';
const brokenInputs: readonly (readonly [string, LegacyUserSetting, Partial<StartLegacyRun>, 'migrated' | 'failed', readonly string[]])[] = [
  ['an undecipherable password', { fields: { mongo_password_encrypted: 'something else' } }, {}, 'failed', ['PASSWORD_UNREADABLE']],
  ['another password than the MongoDB user\'s', { fields: { mongo_password_encrypted: legacyEncrypted('another') } }, {}, 'failed', ['LOGIN_FAILED']],
  ['no MongoDB user', { roles: null }, {}, 'failed', ['MONGODB_USER_MISSING']],
  ['roles on other databases', { roles: [{ role: 'readWrite', db: 'elsewhere' }] }, {}, 'failed', ['WRONG_ROLES']],
  ['roles on other databases, to be removed', { roles: [{ role: 'readWriteAnyDatabase', db: 'admin' }] }, { extra_roles: 'remove' }, 'migrated', ['ROLES_ADJUSTED', 'EXTRA_ROLES_REMOVED']],
  ['too few roles', { roles: [] }, {}, 'migrated', ['ROLES_ADJUSTED']],
  ['a default but no databases', { fields: { default_database_id: 'default' } }, {}, 'migrated', ['HALF_MIGRATED']],
  ['an empty array', { fields: { databases: [], default_database_id: null } }, {}, 'migrated', []],
  ['several foreign entries', { fields: { databases: [{ id: 'x1' }, { id: 'x2' }] } }, {}, 'failed', ['HALF_MIGRATED_SEVERAL']],
  ['a foreign entry with the password', { fields: { databases: [{ id: `d${new ObjectId().toHexString()}`, name: 'default', is_default: true }], default_database_id: 'default' } }, {}, 'migrated', ['HALF_MIGRATED']],
  ['an id that looks like an ObjectId', { _id: hexTextId }, {}, 'failed', ['USER_ID_UNSUPPORTED']],
  ['an id that is long', { _id: `l${'x'.repeat(52)}` }, {}, 'migrated', ['USER_ID_TOO_LONG']],
  ['no e-mail address', { fields: { email: undefined } }, {}, 'migrated', []],
  ['the mark of another database', { customData: { freehold: { user_id: 'x', database_id: 'y', operation_id: 'z' } } }, {}, 'failed', ['MONGODB_USER_TAKEN']],
];

describe('a user with', () => {
  it.each(brokenInputs)('%s has an outcome', async (_what, setting, fields, outcome, codes) => {
    const user = await newLegacyUser(plane, setting);
    const before = await bytesOf(plane, user.key);
    const planned = (await run('plan', { user_ids: [user.userId], ...fields })).log.get(user.userId);
    const done = (await run('run', { user_ids: [user.userId], ...fields })).log.get(user.userId);
    expect([done?.outcome, codesOf(done)]).toEqual([outcome, codes]);
    expect([planned?.outcome, codesOf(planned)]).toEqual([outcome === 'migrated' ? 'would_migrate' : 'failed', codes]);
    if (outcome === 'failed') expect(await bytesOf(plane, user.key)).toEqual(before);
    else expect((await mongoUser(user))?.roles).toEqual(expect.arrayContaining([...tenantRoles(user.mongoName)]));
  });

  it('a password that is not encrypted is refused unless that is allowed', async () => {
    const user = await newLegacyUser(plane);
    await plane.connection.db.collection<{ _id: ObjectId | string }>('users').updateOne({ _id: user.key }, { $set: { mongo_password_encrypted: user.password } });
    expect(codesOf((await run('run', { user_ids: [user.userId], cipher: 'plain' })).log.get(user.userId))).toEqual(['PLAIN_PASSWORD_REFUSED']);
    expect((await run('run', { user_ids: [user.userId], cipher: 'plain', allow_plain: true })).log.get(user.userId)?.outcome).toBe('migrated');
    // The earlier document, password and all, is kept in an envelope only.
    const kept = JSON.stringify(await plane.connection.db.collection('legacy_migration_log').find({ user_id: user.userId }).toArray()) + JSON.stringify(await plane.connection.db.collection('operations').find({ user_id: user.userId }).toArray());
    expect(kept).not.toContain(user.password);
  });

  it('an address that another has in another case is migrated, and found by its own spelling', async () => {
    const [one, two] = [await newLegacyUser(plane, { fields: { email: 'Bob@example.org' } }), await newLegacyUser(plane, { fields: { email: 'bob@example.org' } })];
    expect(codesOf((await run('run', { user_ids: [one.userId] })).log.get(one.userId))).toEqual(['DUPLICATE_EMAIL']);
    expect(codesOf((await run('run', { user_ids: [two.userId] })).log.get(two.userId))).toEqual([]);
    const { accounts } = plane.connection.control;
    const found = await Promise.all(['Bob@example.org', 'bob@example.org', 'BOB@example.org'].map((email) => accounts.findByEmail(email)));
    expect(found.map((account) => account?.id)).toEqual([one.userId, two.userId, two.userId]);
  });

  it('apps that point nowhere gets them pointed to the default', async () => {
    const user = await newLegacyUser(plane);
    const apps = plane.connection.db.collection<{ _id: string | ObjectId }>('apps');
    const [dangling, plain] = [new ObjectId(), `app-${user.userId}`];
    await apps.insertMany([{ _id: dangling, user_id: user.key, name: 'one', database_id: 'gone' } as never, { _id: plain, user_id: user.userId, name: 'two' } as never]);
    const before = await apps.find({ _id: { $in: [dangling, plain] } }).toArray();
    const { id, log } = await run('run', { user_ids: [user.userId] });
    expect(codesOf(log.get(user.userId))).toEqual(['APP_DANGLING']);
    expect((await plane.connection.control.apps.boundTo(user.userId, null)).map(({ name }) => name).sort()).toEqual(['one', 'two']);
    await rollback(id, [user.userId]);
    expect(await apps.find({ _id: { $in: [dangling, plain] } }).toArray()).toEqual(before);
  });

  it('a document that changes while it is migrated is looked at again', async () => {
    const user = await newLegacyUser(plane);
    let changes = 0;
    const users = plane.connection.db.collection<{ _id: ObjectId | string }>('users');
    const changing = legacyReplica(plane, {
      onStep: async ({ step, moment }) => {
        if (step !== 'write_entry' || moment !== 'before' || changes === 2) return;
        changes += 1;
        await users.updateOne({ _id: user.key }, { $inc: { logins: 1 } });
      },
    });
    const { id } = await changing.service.start(operator, order('run', { user_ids: [user.userId] }));
    await changing.work(id);
    expect((await logOf(id)).get(user.userId)?.outcome).toBe('migrated');
    expect((await document(user)).logins).toBe(5);
  });

  it('a document that never stops changing is left as it is', async () => {
    const user = await newLegacyUser(plane);
    const users = plane.connection.db.collection<{ _id: ObjectId | string }>('users');
    const changing = legacyReplica(plane, { onStep: async ({ step, moment }) => {
      if (step === 'take_over_user' && moment === 'after') await users.updateOne({ _id: user.key }, { $inc: { logins: 1 } });
    } });
    const { id } = await changing.service.start(operator, order('run', { user_ids: [user.userId] }));
    await changing.work(id);
    expect(codesOf((await logOf(id)).get(user.userId))).toEqual(['USER_CHANGED']);
    expect([(await document(user)).databases, (await mongoUser(user))?.owner]).toEqual([undefined, null]);
  });
});

describe('a cluster that does not answer', () => {
  it('pauses the run, says nothing about users, and lets it go on', async () => {
    const users = [await newLegacyUser(plane), await newLegacyUser(plane)];
    let isAway = true;
    const clusters = withFaults(plane.clusters, () => {
      if (isAway) throw new TransientFailure('HostUnreachable', 'away');
    });
    const away = legacyReplica(plane, { clusters, clock: movableClock() });
    const { id } = await away.service.start(operator, order('run', { user_ids: users.map(({ userId }) => userId) }));
    await away.work(id);
    expect(await legacy.service.get(operator, id)).toMatchObject({ state: 'paused', pause_reason: 'HostUnreachable', done: 0 });
    isAway = false;
    await legacy.service.resume(operator, id);
    await away.work(id);
    expect(await legacy.service.get(operator, id)).toMatchObject({ state: 'done', pause_reason: null, outcomes: { migrated: 2 } });
  });
});

describe('a cluster that goes away in the middle of an operation', () => {
  it('leaves the user waiting, and the operation goes on when it is back', async () => {
    const user = await newLegacyUser(plane);
    let isAway = true;
    const clusters = withFaults(plane.clusters, (method) => {
      if (isAway && method === 'tagDatabaseUser') throw new TransientFailure('HostUnreachable', 'away');
    });
    const clock = movableClock();
    const away = legacyReplica(plane, { clusters, clock });
    const { id } = await away.service.start(operator, order('run', { user_ids: [user.userId] }));
    await away.work(id);
    expect((await logOf(id)).get(user.userId)).toMatchObject({ outcome: 'waiting', findings: [{ code: 'WAITING', details: { error: 'HostUnreachable' } }] });
    isAway = false;
    clock.advance(31_000);
    await away.worker.journal.recoverAbandoned(10);
    expect((await logOf(id)).get(user.userId)?.outcome).toBe('migrated');
    expect(await away.service.get(operator, id)).toMatchObject({ state: 'done', outcomes: { migrated: 1 } });
  });
});

describe('a rollback', () => {
  it('puts back the exact earlier document, roles and marks, and leaves data alone', async () => {
    const roles = [{ role: 'dbOwner', db: 'PLACEHOLDER' }];
    const user = await newLegacyUser(plane, { fields: { databases: null, default_database_id: null, odd: [{ 10: 1, 2: 'x' }, new Date(0), { $in: 1 } as never] }, customData: { team: 'blue' }, roles: [] });
    await plane.connection.client.db('admin').command({ updateUser: user.mongoName, roles: roles.map(({ role }) => ({ role, db: user.mongoName })) });
    const [before, userBefore] = [await bytesOf(plane, user.key), await plane.connection.client.db('admin').command({ usersInfo: user.mongoName })];
    const { id } = await run('run', { user_ids: [user.userId] });
    const { connection_uri } = await replica.databases.connection(user.actor, legacyDatabaseId(user.userId));
    await works(connection_uri);
    expect(await bytesOf(plane, user.key)).not.toEqual(before);
    const log = await rollback(id, [user.userId]);
    expect(log.get(user.userId)).toMatchObject({ outcome: 'rolled_back', findings: [] });
    expect(await bytesOf(plane, user.key)).toEqual(before);
    expect((await plane.connection.client.db('admin').command({ usersInfo: user.mongoName }))['users']).toEqual(userBefore['users']);
    await plane.cluster.proveCredential({ username: user.mongoName, password: new Secret(user.password), database: user.mongoName, neighbour: 'freehold' });
    expect((await plane.cluster.databaseSize(user.mongoName)).documents).toBe(1);
    // And again.
    expect((await run('run', { user_ids: [user.userId] })).log.get(user.userId)?.outcome).toBe('migrated');
  });

  it('puts back names of fields that are numbers where they were', async () => {
    const user = await newLegacyUser(plane);
    const users = plane.connection.db.collection<{ _id: ObjectId | string }>('users');
    await writeInOrder(users, user.key, new Map<string, unknown>([...outOfOrder, ['databases', [outOfOrder]], ['default_database_id', outOfOrder], ['c', outOfOrder]]));
    const before = await bytesOf(plane, user.key);
    expect([...before.toString('latin1').matchAll(/b\0.{4}\x1010\0.{4}\x102\0/gsu)]).toHaveLength(4);
    const { id, log } = await run('run', { user_ids: [user.userId] });
    expect(log.get(user.userId)).toMatchObject({ outcome: 'migrated', findings: [{ code: 'HALF_MIGRATED' }] });
    expect((await rollback(id, [user.userId])).get(user.userId)).toMatchObject({ outcome: 'rolled_back', findings: [] });
    expect(await bytesOf(plane, user.key)).toEqual(before);
  });

  const obstacles: readonly (readonly [string, string, (user: TestLegacyUser, databaseId: string) => Promise<unknown>])[] = [
    ['has made a database', 'HAS_NEW_DATABASES', ({ actor }) => replica.databases.create(actor, { name: 'shop', environment: 'development' })],
    ['has rotated the credential', 'CREDENTIALS_ROTATED', ({ actor }, id) => replica.databases.rotateCredentials(actor, id, { grace_seconds: 0, strategy: 'overlap' } as never)],
    ['has deleted the database', 'DATABASE_DELETED', async ({ actor }, id) => replica.databases.delete(actor, id, { confirm_token: (await replica.databases.requestDeletion(actor, id)).confirm_token })],
    ['has renamed the database', 'DATABASE_CHANGED', ({ actor }, id) => replica.databases.update(actor, id, { name: 'mine', description: 'x' })],
    ['has bound an app to it', 'APPS_BOUND', ({ userId }, id) => plane.connection.control.apps.insert({
      _id: `a-${userId}`, user_id: userId, name: 'a', database_id: id, deployer: 'process', spec: null, status: 'created', status_message: null, created_at: new Date(), updated_at: new Date(), last_deployed_at: null,
    })],
  ];

  it.each(obstacles)('of a user who %s since is refused, and says so', async (_what, code, change) => {
    const user = await newLegacyUser(plane);
    const { id } = await run('run', { user_ids: [user.userId] });
    await change(user, legacyDatabaseId(user.userId));
    const before = await bytesOf(plane, user.key);
    const entry = (await rollback(id, [user.userId])).get(user.userId);
    expect([entry?.outcome, codesOf(entry)]).toEqual(['refused', [code]]);
    expect(await bytesOf(plane, user.key)).toEqual(before);
  });

  it('keeps what others have written into the document since, and names it', async () => {
    const user = await newLegacyUser(plane);
    const { id } = await run('run', { user_ids: [user.userId] });
    await plane.connection.db.collection<{ _id: ObjectId | string }>('users').updateOne({ _id: user.key }, { $inc: { logins: 1 } });
    const entry = (await rollback(id, [user.userId])).get(user.userId);
    expect(entry).toMatchObject({ outcome: 'rolled_back', findings: [{ code: 'LATER_CHANGES_KEPT', details: { fields: ['logins'] } }] });
    const { databases, logins } = await document(user);
    expect([databases, logins]).toEqual([undefined, 4]);
  });

  it('of a whole run takes each user once, and of a user it did not migrate says so', async () => {
    const users = [await newLegacyUser(plane), await newLegacyUser(plane)];
    const stranger = await newLegacyUser(plane);
    const { id } = await run('run', { user_ids: users.map(({ userId }) => userId) });
    const begun = await legacy.service.rollback(operator, id, { concurrency: 4 });
    await legacy.work(begun.id);
    expect(await legacy.service.get(operator, begun.id)).toMatchObject({ state: 'done', total: 2, outcomes: { rolled_back: 2 } });
    expect((await logOf(id)).get(users[0]!.userId)?.rolled_back_by).toBe(begun.id);
    expect(codesOf((await rollback(id, [stranger.userId])).get(stranger.userId))).toEqual(['BEFORE_MISSING']);
  });
});
