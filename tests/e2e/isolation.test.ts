// The isolation matrix: every command as a tenant on its own database, a neighbour's, `admin` and the control database.
// Only the first is ever allowed; everything else is refused with MongoDB's code 13, and changes nothing.
import { MongoClient, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

const role = { role: 'readWrite', db: 'any' };

/** What a tenant may do on its own database; `own` is the outcome there: allowed, or the code of MongoDB's refusal. */
interface Row {
  readonly command: Document;
  readonly own: 'allowed' | number;
}

const rows: Readonly<Record<string, Row>> = {
  insert: { command: { insert: 'c', documents: [{ a: 1 }] }, own: 'allowed' },
  find: { command: { find: 'c', filter: {} }, own: 'allowed' },
  getMore: { command: { getMore: 1234567890123n, collection: 'c' }, own: 43 },
  update: { command: { update: 'c', updates: [{ q: { a: 1 }, u: { $set: { b: 1 } } }] }, own: 'allowed' },
  'update with upsert': { command: { update: 'c', updates: [{ q: { a: 2 }, u: { $set: { b: 1 } }, upsert: true }] }, own: 'allowed' },
  delete: { command: { delete: 'c', deletes: [{ q: { a: 2 }, limit: 1 }] }, own: 'allowed' },
  findAndModify: { command: { findAndModify: 'c', query: { a: 1 }, update: { $inc: { b: 1 } }, upsert: true }, own: 'allowed' },
  count: { command: { count: 'c', query: {} }, own: 'allowed' },
  distinct: { command: { distinct: 'c', key: 'a' }, own: 'allowed' },
  aggregate: { command: { aggregate: 'c', pipeline: [{ $match: {} }], cursor: {} }, own: 'allowed' },
  explain: { command: { explain: { find: 'c', filter: {} } }, own: 'allowed' },
  createIndexes: { command: { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a_1' }] }, own: 'allowed' },
  listIndexes: { command: { listIndexes: 'c' }, own: 'allowed' },
  collMod: { command: { collMod: 'c', index: { name: 'a_1', hidden: true } }, own: 'allowed' },
  dropIndexes: { command: { dropIndexes: 'c', index: 'a_1' }, own: 'allowed' },
  listCollections: { command: { listCollections: 1 }, own: 'allowed' },
  create: { command: { create: 'made' }, own: 'allowed' },
  validate: { command: { validate: 'c' }, own: 'allowed' },
  collStats: { command: { collStats: 'c' }, own: 'allowed' },
  dbStats: { command: { dbStats: 1 }, own: 'allowed' },
  drop: { command: { drop: 'made' }, own: 'allowed' },
  createUser: { command: { createUser: 'intruder', pwd: 'x', roles: [role] }, own: 13 },
  updateUser: { command: { updateUser: 'somebody', pwd: 'x' }, own: 13 },
  dropUser: { command: { dropUser: 'somebody' }, own: 13 },
  dropAllUsersFromDatabase: { command: { dropAllUsersFromDatabase: 1 }, own: 13 },
  usersInfo: { command: { usersInfo: 1 }, own: 13 },
  grantRolesToUser: { command: { grantRolesToUser: 'somebody', roles: [role] }, own: 13 },
  revokeRolesFromUser: { command: { revokeRolesFromUser: 'somebody', roles: [role] }, own: 13 },
  createRole: { command: { createRole: 'wide', privileges: [], roles: [{ role: 'root', db: 'admin' }] }, own: 13 },
  updateRole: { command: { updateRole: 'wide', roles: [] }, own: 13 },
  dropRole: { command: { dropRole: 'wide' }, own: 13 },
  rolesInfo: { command: { rolesInfo: 1 }, own: 13 },
  grantPrivilegesToRole: { command: { grantPrivilegesToRole: 'wide', privileges: [{ resource: { db: 'any', collection: '' }, actions: ['find'] }] }, own: 13 },
  grantRolesToRole: { command: { grantRolesToRole: 'wide', roles: [role] }, own: 13 },
  dropDatabase: { command: { dropDatabase: 1 }, own: 'allowed' },
};

/** Commands of the whole deployment, which run on `admin`: a tenant may none of them. */
const clusterRows: Readonly<Record<string, Document>> = {
  serverStatus: { serverStatus: 1 },
  'currentOp of everybody': { currentOp: 1, $all: true },
  replSetGetStatus: { replSetGetStatus: 1 },
  shutdown: { shutdown: 1 },
  setParameter: { setParameter: 1, logLevel: 1 },
  getLog: { getLog: 'global' },
  fsync: { fsync: 1 },
  killAllSessions: { killAllSessions: [] },
};

const publicCommands: readonly Document[] = [{ ping: 1 }, { hello: 1 }, { buildInfo: 1 }, { connectionStatus: 1 }, { logout: 1 }];

async function outcome(client: MongoClient, database: string, command: Document): Promise<'allowed' | number> {
  try {
    const answer = await client.db(database).command(command);
    const [writeError] = (answer['writeErrors'] ?? []) as { code: number }[];
    return writeError?.code ?? 'allowed';
  } catch (error) {
    return (error as { code: number }).code;
  }
}

describe('a tenant', () => {
  const dataDirectory = temporaryFolder('isolation');
  let platform: TestPlatform;
  let tenant: MongoClient;
  let neighbour: MongoClient;
  let own: string;
  let elsewhere: Readonly<Record<string, string>>;

  beforeAll(async () => {
    platform = await startPlatform({ dataDirectory });
    const [mine, theirs] = await Promise.all([signUp(platform.url), signUp(platform.url)]);
    const [database, other, second] = await Promise.all([
      mine.client.databases.create({ name: 'mine' }), theirs.client.databases.create({ name: 'theirs' }), mine.client.databases.create({ name: 'second' }),
    ]);
    tenant = await new MongoClient(database.connection_uri).connect();
    neighbour = await new MongoClient(other.connection_uri).connect();
    await neighbour.db().collection('c').insertMany([{ a: 1 }, { a: 2 }]);
    await neighbour.db().collection('c').createIndex({ a: 1 });
    own = database.mongo_database;
    elsewhere = { 'a stranger\'s database': other.mongo_database, 'its owner\'s other database': second.mongo_database, admin: 'admin', 'the control database': 'freehold', config: 'config', local: 'local' };
  });

  afterAll(async () => {
    await Promise.all([tenant.close(), neighbour.close()]);
    await platform.stop();
    removeFolder(dataDirectory);
  });

  it.each(Object.entries(rows))('%s: has on its own database what its roles give it', async (_name, { command, own: expected }) => {
    expect(await outcome(tenant, own, command)).toBe(expected);
  });

  it.each(Object.entries(rows))('%s: is refused everywhere else', async (_name, { command }) => {
    const outcomes = await Promise.all(Object.entries(elsewhere).map(async ([place, database]) => [place, await outcome(tenant, database, command)] as const));
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(Object.keys(elsewhere).map((place) => [place, 13])));
  });

  it.each(Object.entries(clusterRows))('%s: is refused on admin', async (_name, command) => {
    expect(await outcome(tenant, 'admin', command)).toBe(13);
  });

  it('cannot reach out of its database from inside it', async () => {
    const other = elsewhere['a stranger\'s database']!;
    await tenant.db().collection('c').insertOne({ a: 1 });
    const pipelines: readonly Document[][] = [
      [{ $out: { db: other, coll: 'stolen' } }],
      [{ $merge: { into: { db: other, coll: 'c' } } }],
      [{ $out: { db: 'freehold', coll: 'users' } }],
    ];
    const outcomes = await Promise.all(pipelines.map((pipeline) => outcome(tenant, own, { aggregate: 'c', pipeline, cursor: {} })));
    expect(outcomes).toEqual(pipelines.map(() => 13));
    expect(await outcome(tenant, 'admin', { renameCollection: `${other}.c`, to: `${own}.c2` })).toBe(13);
    expect(await outcome(tenant, 'admin', { renameCollection: `${own}.c`, to: `${other}.c2` })).toBe(13);
  });

  it('cannot hide a foreign command in explain, a transaction or another database name\'s case', async () => {
    const other = elsewhere['a stranger\'s database']!;
    expect(await outcome(tenant, other, { explain: { delete: 'c', deletes: [{ q: {}, limit: 0 }] } })).toBe(13);
    expect(await outcome(tenant, other.toUpperCase(), { find: 'c' })).toBe(13);
    await tenant.withSession(async (session) => {
      session.startTransaction();
      await expect(tenant.db(other).collection('c').insertOne({}, { session })).rejects.toMatchObject({ code: 13 });
      await session.abortTransaction().catch(() => undefined);
    });
  });

  it('sees its own database alone', async () => {
    await tenant.db().collection('c').insertOne({ a: 1 });
    const { databases } = await tenant.db('admin').admin().listDatabases();
    expect(databases.map(({ name }) => name)).toEqual([own]);
  });

  it('may say hello anywhere, as everybody may', async () => {
    const outcomes = await Promise.all(publicCommands.filter((command) => !('logout' in command)).map((command) => outcome(tenant, 'admin', command)));
    expect(outcomes.every((one) => one === 'allowed')).toBe(true);
  });

  it('has changed nothing of the neighbour\'s by all of this', async () => {
    expect(await neighbour.db().collection('c').find({}, { projection: { _id: 0 } }).sort({ a: 1 }).toArray()).toEqual([{ a: 1 }, { a: 2 }]);
    expect((await neighbour.db().listCollections().toArray()).map(({ name }) => name)).toEqual(['c']);
  });

  it('loses its rights on open connections when its credential is revoked', async () => {
    const { client } = await signUp(platform.url);
    await client.databases.create({ name: 'stays' });
    const database = await client.databases.create({ name: 'goes' });
    const open = await new MongoClient(database.connection_uri).connect();
    await open.db().collection('c').insertOne({});
    const request = await client.databases.delete({ id: database.id });
    await client.databases.delete({ id: database.id, confirm_token: (request as { confirm_token: string }).confirm_token });
    await expect(open.db().collection('c').insertOne({})).rejects.toThrow();
    await open.close();
  });
});
