import { ApiError, type CreateDatabase } from '@freehold/api';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { Secret } from '../domain/secret.js';
import { runScheduled } from '../jobs/run-scheduled.js';
import type { Identifiers } from '../ports/identifiers.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import type { Actor } from './contracts.js';

let plane: ControlPlane;
let replica: Replica;

beforeAll(async () => {
  plane = await startControlPlane({ userLimit: 100_000 });
  replica = plane.replica();
});
afterAll(() => plane.stop());

function request(name: string, fields: Partial<CreateDatabase> = {}): CreateDatabase {
  return { name, environment: 'development', ...fields };
}

async function refusal(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(() => undefined, (reason: unknown) => reason);
  if (error instanceof ApiError) return error;
  throw new Error('it was not refused', { cause: error });
}

async function withClient<Result>(uri: string, work: (client: MongoClient) => Promise<Result>): Promise<Result> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3000 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function deleteConfirmed(actor: Actor, databaseId: string, query: { on_apps?: 'move' | 'detach'; target_database_id?: string; new_default_database_id?: string } = {}) {
  const { confirm_token } = await replica.databases.requestDeletion(actor, databaseId);
  return replica.databases.delete(actor, databaseId, { confirm_token, ...query });
}

async function addApp(actor: Actor, appId: string, databaseId: string | null): Promise<void> {
  const now = new Date();
  await plane.connection.control.apps.insert({
    _id: appId, user_id: actor.userId, name: appId, database_id: databaseId, deployer: 'process', spec: null, status: 'running', status_message: null,
    created_at: now, updated_at: now, last_deployed_at: null,
  });
}

describe('creating a database', () => {
  it('gives a URI that works, on this database alone', async () => {
    const actor = await plane.newActor();
    const { database, connectionUri } = await replica.databases.create(actor, request('shop'));
    expect(database).toMatchObject({ name: 'shop', status: 'active', is_default: true, mongo_database: `user_${actor.userId}_${database.id}` });
    await withClient(connectionUri.reveal(), async (client) => {
      await client.db().collection('orders').insertOne({ total: 1 });
      expect(await client.db().collection('orders').countDocuments()).toBe(1);
      expect((await client.db().listCollections().toArray()).map(({ name }) => name)).toEqual(['orders']);
      await expect(client.db('freehold').collection('users').findOne({})).rejects.toMatchObject({ code: 13 });
      await expect(client.db('admin').command({ usersInfo: 1 })).rejects.toMatchObject({ code: 13 });
    });
  });

  it('makes the first database the default, and a later one only if asked', async () => {
    const actor = await plane.newActor();
    const { database: first } = await replica.databases.create(actor, request('first'));
    const { database: second } = await replica.databases.create(actor, request('second'));
    const { database: third } = await replica.databases.create(actor, request('third', { is_default: true }));
    expect([first.is_default, second.is_default, third.is_default]).toEqual([true, false, true]);
    expect((await replica.databases.get(actor, first.id)).is_default).toBe(false);
  });

  it('marks the MongoDB user with its owner, and keeps no password in clear', async () => {
    const actor = await plane.newActor();
    const { database } = await replica.databases.create(actor, request('shop'));
    const { password } = await replica.databases.connection(actor, database.id);
    expect((await plane.cluster.findDatabaseUser(database.mongo_username))?.owner).toMatchObject({ userId: actor.userId, databaseId: database.id });
    const collections = await plane.connection.db.collections();
    const everything = JSON.stringify(await Promise.all(collections.map((collection) => collection.find({}).toArray())));
    expect(everything).not.toContain(password);
    expect(everything).toContain('v1.k1.');
  });

  it('refuses a name the user has, in any case', async () => {
    const actor = await plane.newActor();
    await replica.databases.create(actor, request('My Shop'));
    expect((await refusal(replica.databases.create(actor, request('my shop')))).code).toBe('DATABASE_NAME_TAKEN');
    await replica.databases.create(await plane.newActor(), request('my shop'));
  });

  it('refuses more than the quotas allow, and gives the room back', async () => {
    const actor = await plane.newActor({ total_quota_mb: 100 });
    const small = plane.replica({ largestDatabaseCount: 1 });
    const before = await plane.connection.control.clusters.find('primary');
    expect(await refusal(small.databases.create(actor, request('a', { quota_mb: 200 })))).toMatchObject({ code: 'QUOTA_EXCEEDED', details: { quota: 'promised_size', limit_mb: 100, used_mb: 200 } });
    await small.databases.create(actor, request('a'));
    expect((await refusal(small.databases.create(actor, request('b')))).details).toMatchObject({ limit: 'max_databases', allowed: 1, used: 1 });
    expect((await plane.connection.control.clusters.find('primary'))?.userCount).toBe(before!.userCount + 1);
  });

  it('never promises more than there is, however many ask at once, and tells of each refusal', async () => {
    const actor = await plane.newActor({ total_quota_mb: 100 });
    const replicas = [plane.replica({ owner: 'first' }), plane.replica({ owner: 'second' })];
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => replicas[index % 2]!.databases.create(actor, request(`shop ${index}`, { quota_mb: 15 }))));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as ApiError).code] : []));
    expect(new Set(refusals)).toEqual(new Set(['QUOTA_EXCEEDED']));
    const owner = await plane.connection.control.databases.owner(actor.userId);
    expect(owner!.databases.map(({ quota_mb, status }) => [quota_mb, status])).toEqual(Array.from({ length: 6 }, () => [15, 'active']));
    expect(replicas.flatMap(({ events }) => events).filter(({ name }) => name === 'quota.exceeded')).toHaveLength(14);
    const raised = await Promise.allSettled(owner!.databases.map(({ id }) => replicas[0]!.databases.update(actor, id, { quota_mb: 20 })));
    expect(raised.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await plane.connection.db.collection('users').updateOne({ email: `${actor.userId}@example.com` }, { $set: { total_quota_mb: 10 } });
    expect(await replicas[0]!.databases.update(actor, owner!.databases[0]!.id, { quota_mb: 1 })).toMatchObject({ quota_mb: 1 });
  });

  it('takes another id where one is somebody else’s already', async () => {
    const taken = '11111111-1111-4111-8111-111111111111';
    const uuids = [taken, taken, taken];
    const identifiers: Identifiers = { ...systemIdentifiers, uuid: () => uuids.pop() ?? systemIdentifiers.uuid() };
    const forced = plane.replica({ identifiers: { ...identifiers } });
    const { database: first } = await plane.replica({ identifiers: { ...systemIdentifiers, uuid: onlyDatabaseIds(taken) } }).databases.create(await plane.newActor(), request('a'));
    expect(first.id).toBe('11111111');
    const { database: second } = await forced.databases.create(await plane.newActor(), request('a'));
    expect(second.id).not.toBe('11111111');
  });

  it('proves passwords with every printable character', async () => {
    const password = new Secret(Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join(''));
    const special = plane.replica({ identifiers: { ...systemIdentifiers, password: () => password } });
    const { connectionUri } = await special.databases.create(await plane.newActor(), request('shop'));
    await withClient(connectionUri.reveal(), async (client) => expect(await client.db().collection('a').countDocuments()).toBe(0));
  });
});

/** Gives this UUID for every second call: operations get their own, databases this one. */
function onlyDatabaseIds(uuid: string): () => string {
  let calls = 0;
  return () => {
    calls += 1;
    return calls % 2 === 0 ? uuid : systemIdentifiers.uuid();
  };
}

describe('many creations at once', () => {
  it('of one name: exactly one wins, and nothing is left of the others', async () => {
    const actor = await plane.newActor();
    const before = await plane.connection.control.clusters.find('primary');
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => replica.databases.create(actor, request(index % 2 === 0 ? 'Shop' : 'sHOP'))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as ApiError).code : 'created')))).toEqual(new Set(['created', 'DATABASE_NAME_TAKEN']));
    const users = (await plane.cluster.listDatabaseUsers(`user_${actor.userId}`, 100)).filter(({ username }) => username.startsWith(`user_${actor.userId}`));
    expect(users).toHaveLength(1);
    expect((await replica.databases.list(actor, { limit: 20, offset: 0, sort: 'created_at' })).total).toBe(1);
    expect((await plane.connection.control.clusters.find('primary'))?.userCount).toBe(before!.userCount + 1);
  });

  it('never take more room on a cluster than there is', async () => {
    const { control } = plane.connection;
    const record = (await control.clusters.find('primary'))!;
    await plane.connection.db.collection<{ _id: string }>('clusters').updateOne({ _id: 'primary' }, { $set: { user_limit: record.userCount + 3 } });
    const actors = await Promise.all(Array.from({ length: 10 }, () => plane.newActor()));
    const outcomes = await Promise.allSettled(actors.map((actor) => replica.databases.create(actor, request('shop'))));
    await plane.connection.db.collection<{ _id: string }>('clusters').updateOne({ _id: 'primary' }, { $set: { user_limit: 100_000 } });
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as ApiError).code] : []))).toEqual(Array(7).fill('CLUSTER_CAPACITY_EXHAUSTED'));
  });
});

describe('reading databases', () => {
  let actor: Actor;
  beforeAll(async () => {
    actor = await plane.newActor();
    for (const [name, environment, description] of [['alpha', 'production', 'The shop'], ['Beta', 'staging', null], ['gamma', 'production', null]] as const) {
      await replica.databases.create(actor, request(name, { environment, ...(description === null ? {} : { description }) }));
    }
  });

  it.each([
    ['in the order of creation', {}, ['alpha', 'Beta', 'gamma'], 3],
    ['newest first', { sort: '-created_at' }, ['gamma', 'Beta', 'alpha'], 3],
    ['by name, in any case', { sort: '-name' }, ['gamma', 'Beta', 'alpha'], 3],
    ['by environment', { sort: 'environment' }, ['alpha', 'gamma', 'Beta'], 3],
    ['in pages', { limit: 1, offset: 1 }, ['Beta'], 3],
    ['behind the end', { offset: 5 }, [], 3],
    ['of an environment', { environment: 'production' }, ['alpha', 'gamma'], 2],
    ['of a status', { status: 'deleting' }, [], 0],
    ['the default', { is_default: true }, ['alpha'], 1],
    ['but the default', { is_default: false }, ['Beta', 'gamma'], 2],
    ['that contain a text in their name', { search: 'ET' }, ['Beta'], 1],
    ['that contain a text in their description', { search: 'the sh' }, ['alpha'], 1],
    ['that contain what would be a pattern', { search: '.*' }, [], 0],
    ['that contain what would be a path', { search: '$name' }, [], 0],
  ] as const)('lists those %s', async (_what, query, names, total) => {
    const page = await replica.databases.list(actor, { limit: 20, offset: 0, sort: 'created_at', ...query });
    expect(page.items.map(({ name }) => name)).toEqual(names);
    expect(page.total).toBe(total);
  });

  it('shows neither password nor envelope', async () => {
    const page = await replica.databases.list(actor, { limit: 20, offset: 0, sort: 'created_at' });
    expect(JSON.stringify(page)).not.toMatch(/password|v1\.k1/);
  });

  it('answers a stranger as it answers for what does not exist (R2.2)', async () => {
    const { id } = (await replica.databases.list(actor, { limit: 1, offset: 0, sort: 'created_at' })).items[0]!;
    const stranger = await plane.newActor();
    const { databases } = replica;
    const calls = (databaseId: string) => [
      databases.get(stranger, databaseId), databases.connection(stranger, databaseId), databases.update(stranger, databaseId, { name: 'mine' }),
      databases.rotateCredentials(stranger, databaseId, {}), databases.requestDeletion(stranger, databaseId),
      databases.delete(stranger, databaseId, { confirm_token: 'x' }), databases.restore(stranger, databaseId),
    ];
    const [foreign, absent] = await Promise.all([id, 'deadbeef'].map((databaseId) => Promise.all(calls(databaseId).map(refusal))));
    expect(foreign!.map(({ code, message }) => [code, message])).toEqual(absent!.map(({ code, message }) => [code, message]));
    expect(new Set(foreign!.map(({ code }) => code))).toEqual(new Set(['DATABASE_NOT_FOUND']));
  });

  it('audits every look at a connection URI', async () => {
    const { id } = (await replica.databases.list(actor, { limit: 1, offset: 0, sort: 'created_at' })).items[0]!;
    const connection = await replica.databases.connection(actor, id);
    expect(connection).toMatchObject({ auth_source: 'admin', database: `user_${actor.userId}_${id}`, username: `user_${actor.userId}_${id}` });
    const [event] = await plane.connection.control.audit.ofSubject(actor.userId, id, 1);
    expect(event).toMatchObject({ action: 'database.connection_read', origin: { actor_user_id: actor.userId, remote_address: '192.0.2.1' } });
    expect(JSON.stringify(event)).not.toContain(connection.password);
  });
});

describe('changing a database', () => {
  it('renames, describes and moves the default', async () => {
    const actor = await plane.newActor();
    const { database: first } = await replica.databases.create(actor, request('first'));
    const { database: second } = await replica.databases.create(actor, request('second'));
    expect(await replica.databases.update(actor, second.id, { name: 'SECOND', description: 'x', environment: 'production', quota_mb: 5, is_default: true }))
      .toMatchObject({ name: 'SECOND', description: 'x', environment: 'production', quota_mb: 5, is_default: true });
    expect((await replica.databases.get(actor, first.id)).is_default).toBe(false);
    expect((await refusal(replica.databases.update(actor, second.id, { name: 'FIRST' }))).code).toBe('DATABASE_NAME_TAKEN');
  });
});

describe('rotating credentials', () => {
  it('gives a new URI that works and ends the old one', async () => {
    const actor = await plane.newActor();
    const { database, connectionUri: old } = await replica.databases.create(actor, request('shop'));
    await addApp(actor, `app-${database.id}`, null);
    const { connectionUri } = await replica.databases.rotateCredentials(actor, database.id, {});
    await withClient(connectionUri.reveal(), async (client) => expect(await client.db().collection('a').countDocuments()).toBe(0));
    await expect(withClient(old.reveal(), (client) => client.db().collection('a').countDocuments())).rejects.toMatchObject({ code: 18 });
    expect((await replica.databases.connection(actor, database.id)).connection_uri).toBe(connectionUri.reveal());
    expect((await replica.databases.get(actor, database.id)).last_rotated_at).not.toBeNull();
    expect(replica.redeployed).toContain(`app-${database.id}`);
  });

  it('lets the old URI work for the grace time, and no longer', async () => {
    const actor = await plane.newActor();
    const { database, connectionUri: old } = await replica.databases.create(actor, request('shop'));
    const { connectionUri, previousValidUntil } = await replica.databases.rotateCredentials(actor, database.id, { grace_seconds: 60 });
    expect(previousValidUntil.getTime() - Date.now()).toBeGreaterThan(30_000);
    const count = (uri: Secret) => withClient(uri.reveal(), (client) => client.db().collection('a').countDocuments());
    expect([await count(old), await count(connectionUri)]).toEqual([0, 0]);
    const clock = movableClock();
    const later = plane.replica({ clock });
    const scheduled = runScheduled({ control: plane.connection.control, clock, journal: later.journal, operations: later.operations });
    await scheduled.run(new AbortController().signal);
    expect(await count(old)).toBe(0);
    clock.advance(61_000);
    await scheduled.run(new AbortController().signal);
    await expect(count(old)).rejects.toMatchObject({ code: 18 });
    expect(await count(connectionUri)).toBe(0);
  });

  it('again within the grace time ends the credential before the last', async () => {
    const actor = await plane.newActor();
    const { database, connectionUri: first } = await replica.databases.create(actor, request('shop'));
    const { connectionUri: second } = await replica.databases.rotateCredentials(actor, database.id, { grace_seconds: 60 });
    const { connectionUri: third } = await replica.databases.rotateCredentials(actor, database.id, { grace_seconds: 60 });
    const count = (uri: Secret) => withClient(uri.reveal(), (client) => client.db().collection('a').countDocuments());
    await expect(count(first)).rejects.toMatchObject({ code: 18 });
    expect([await count(second), await count(third)]).toEqual([0, 0]);
    await deleteConfirmed(actor, database.id);
    await expect(count(second)).rejects.toMatchObject({ code: 18 });
    await expect(count(third)).rejects.toMatchObject({ code: 18 });
  });

  it('one at a time: a second one is told which operation is at work', async () => {
    const actor = await plane.newActor();
    const { database } = await replica.databases.create(actor, request('shop'));
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => replica.databases.rotateCredentials(actor, database.id, {})));
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as ApiError).code : 'rotated'));
    expect(codes).toContain('rotated');
    expect(new Set(codes).size).toBeLessThanOrEqual(2);
    const { connection_uri } = await replica.databases.connection(actor, database.id);
    await withClient(connection_uri, async (client) => expect(await client.db().collection('a').countDocuments()).toBe(0));
  });
});

describe('deleting a database', () => {
  it('revokes the credential at once and keeps the data; restoring brings both back', async () => {
    const actor = await plane.newActor();
    const { database, connectionUri } = await replica.databases.create(actor, request('shop'));
    await withClient(connectionUri.reveal(), async (client) => {
      await client.db().collection('a').insertOne({ kept: true });
      const deleted = await deleteConfirmed(actor, database.id);
      expect(deleted).toMatchObject({ status: 'deleting', is_default: false });
      expect(Date.parse(deleted.purge_at!) - Date.parse(deleted.deleted_at!)).toBe(7 * 86_400_000);
      await expect(client.db().collection('a').findOne({})).rejects.toThrow();
    });
    expect((await refusal(replica.databases.connection(actor, database.id))).code).toBe('DATABASE_NOT_ACTIVE');
    expect(await replica.databases.restore(actor, database.id)).toMatchObject({ status: 'active', deleted_at: null, purge_at: null, is_default: true });
    await withClient(connectionUri.reveal(), async (client) => expect(await client.db().collection('a').findOne({})).toMatchObject({ kept: true }));
    expect((await refusal(replica.databases.restore(actor, database.id))).code).toBe('DATABASE_NOT_ACTIVE');
  });

  it('takes a token once, of this database, in this state, for ten minutes', async () => {
    const actor = await plane.newActor();
    const { database: kept } = await replica.databases.create(actor, request('kept'));
    const { database } = await replica.databases.create(actor, request('shop'));
    const code = async (confirm_token: string, by = replica) => (await refusal(by.databases.delete(actor, database.id, { confirm_token }))).code;
    const ask = async (databaseId = database.id) => (await replica.databases.requestDeletion(actor, databaseId)).confirm_token;
    expect(await code('guess')).toBe('CONFIRM_TOKEN_INVALID');
    expect(await code(await ask(kept.id))).toBe('CONFIRM_TOKEN_INVALID');
    const beforeRename = await ask();
    await replica.databases.update(actor, database.id, { name: 'renamed' });
    expect(await code(beforeRename)).toBe('CONFIRM_TOKEN_INVALID');
    const clock = movableClock();
    const late = await ask();
    clock.advance(10 * 60_000);
    expect(await code(late, plane.replica({ clock }))).toBe('CONFIRM_TOKEN_INVALID');
    const token = await ask();
    await replica.databases.delete(actor, database.id, { confirm_token: token });
    await replica.databases.restore(actor, database.id);
    expect(await code(token)).toBe('CONFIRM_TOKEN_INVALID');
  });

  it('is refused while apps use it, names them, and leaves the token for the next try', async () => {
    const actor = await plane.newActor();
    const { database: main } = await replica.databases.create(actor, request('main'));
    const { database } = await replica.databases.create(actor, request('shop'));
    const appId = `app-${database.id}`;
    await addApp(actor, appId, database.id);
    expect((await replica.databases.get(actor, database.id)).app_count).toBe(1);
    const { confirm_token, apps } = await replica.databases.requestDeletion(actor, database.id);
    expect(apps).toEqual([{ id: appId, name: appId, status: 'running' }]);
    expect(await refusal(replica.databases.delete(actor, database.id, { confirm_token }))).toMatchObject({ code: 'DATABASE_IN_USE', details: { apps } });
    await replica.databases.delete(actor, database.id, { confirm_token, on_apps: 'move', target_database_id: main.id });
    expect(await plane.connection.control.apps.find(actor.userId, appId)).toMatchObject({ database_id: main.id });
    expect((await replica.databases.get(actor, main.id)).app_count).toBe(1);
    expect(replica.redeployed).toContain(appId);
  });

  it('of the default needs a new default while there are others', async () => {
    const actor = await plane.newActor();
    const { database: main } = await replica.databases.create(actor, request('main'));
    const { database: other } = await replica.databases.create(actor, request('other'));
    expect(await refusal(deleteConfirmed(actor, main.id))).toMatchObject({ code: 'DEFAULT_DATABASE_REQUIRED', details: { candidates: [other.id] } });
    await replica.databases.update(actor, other.id, { is_default: true });
    await deleteConfirmed(actor, main.id);
    expect((await replica.databases.get(actor, other.id)).is_default).toBe(true);
  });

  it('of the default may name the new default itself', async () => {
    const actor = await plane.newActor();
    const { database: main } = await replica.databases.create(actor, request('main'));
    await replica.databases.create(actor, request('second'));
    const { database: third } = await replica.databases.create(actor, request('third'));
    expect(await refusal(deleteConfirmed(actor, main.id, { new_default_database_id: 'ffffffff' }))).toMatchObject({ code: 'DATABASE_NOT_FOUND' });
    await deleteConfirmed(actor, main.id, { new_default_database_id: third.id });
    expect((await replica.databases.get(actor, third.id)).is_default).toBe(true);
  });

  it('happens once, however often it is asked for at the same time', async () => {
    const actor = await plane.newActor();
    const { database } = await replica.databases.create(actor, request('shop'));
    const tokens = await Promise.all(Array.from({ length: 5 }, () => replica.databases.requestDeletion(actor, database.id)));
    const outcomes = await Promise.allSettled(tokens.map(({ confirm_token }) => replica.databases.delete(actor, database.id, { confirm_token })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
