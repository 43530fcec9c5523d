import type { Db, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';
import { commandDefinitions } from './index.js';

let under: EngineUnderTest;
let root: MongoClient;
let admin: Db;

beforeAll(async () => {
  under = await engineUnderTest();
  root = await under.clientOf(rootUser.user, rootUser.password, { appName: 'tests' });
  admin = root.db('admin');
});

afterAll(async () => {
  await under.close();
});

describe('diagnostic commands', () => {
  it.each<[string, Document, object]>([
    ['buildInfo', { buildInfo: 1 }, { version: expect.stringMatching(/^8\.0\./u), versionArray: [8, 0, expect.any(Number), 0] }],
    ['hostInfo', { hostInfo: 1 }, { system: { numCores: expect.any(Number) } }],
    ['getCmdLineOpts', { getCmdLineOpts: 1 }, { parsed: { replication: { replSet: 'rs0' }, security: { authorization: 'enabled' } } }],
    ['getLog', { getLog: 'global' }, { log: expect.arrayContaining([expect.stringContaining('engine.started')]) }],
    ['getLog *', { getLog: '*' }, { names: ['global', 'startupWarnings'] }],
    ['getParameter', { getParameter: 1, featureCompatibilityVersion: 1 }, { featureCompatibilityVersion: { version: '8.0' } }],
    ['getParameter *', { getParameter: '*' }, { authenticationMechanisms: ['MONGODB-X509', 'SCRAM-SHA-1', 'SCRAM-SHA-256'] }],
    ['setParameter', { setParameter: 1, logLevel: 1 }, { was: 0 }],
    ['replSetGetStatus', { replSetGetStatus: 1 }, { set: 'rs0', myState: 1, members: [{ stateStr: 'PRIMARY', self: true }] }],
    ['replSetGetConfig', { replSetGetConfig: 1 }, { config: { _id: 'rs0', members: [{ _id: 0 }] } }],
    ['getDefaultRWConcern', { getDefaultRWConcern: 1 }, { defaultWriteConcern: { w: 'majority' } }],
    ['connPoolStats', { connPoolStats: 1 }, { totalInUse: 0 }],
    ['top', { top: 1 }, { totals: { note: 'all times in microseconds' } }],
    ['whatsmyuri', { whatsmyuri: 1 }, { you: expect.stringMatching(/^127\.0\.0\.1:\d+$/u) }],
    ['startSession', { startSession: 1 }, { timeoutMinutes: 30, id: { id: expect.anything() } }],
    ['features', { features: 1 }, { js: false }],
    ['profile', { profile: -1 }, { was: 0 }],
  ])('%s answers', async (_name, command, expected) => {
    expect(await admin.command(command)).toMatchObject({ ok: 1, ...expected });
  });

  it.each<[string, Document, object]>([
    ['an unknown log', { getLog: 'nope' }, { code: 96 }],
    ['an unknown parameter', { getParameter: 1, nope: 1 }, { code: 72 }],
    ['a parameter that is fixed', { setParameter: 1, maxBSONDepth: 1 }, { code: 20 }],
    ['an unlock without a lock', { fsyncUnlock: 1 }, { code: 20 }],
  ])('refuse %s', async (_name, command, expected) => {
    expect(await rejection(admin.command(command))).toMatchObject(expected);
  });

  it('serverStatus has the sections that exporters read, and leaves out what it is told to', async () => {
    const status = await admin.command({ serverStatus: 1, mem: 0 });
    expect(status).toMatchObject({
      process: 'mongod', repl: { setName: 'rs0', isWritablePrimary: true }, connections: { current: expect.any(Number) },
      opcounters: { command: expect.any(Number) }, network: { numRequests: expect.any(Number) }, storageEngine: { name: 'lmdb' },
      metrics: { commands: { serverStatus: { total: expect.any(Number), failed: 0 } }, cursor: { open: { total: 0 } }, document: { inserted: expect.any(Number) } },
    });
    expect(status).not.toHaveProperty('mem');
  });

  it('listCommands has every command of the table, with help', async () => {
    const { commands } = await admin.command({ listCommands: 1 });
    expect(Object.keys(commands as Document).sort()).toEqual(commandDefinitions.map(({ name }) => name).sort());
    for (const { help } of Object.values(commands as Document)) expect(help).toMatch(/^[A-Z].+\.$/u);
  });

  it('need their privileges', async () => {
    await admin.command({ createUser: 'plain', pwd: 'p', roles: [{ role: 'readWrite', db: 'shop' }] });
    const client = await under.clientOf('plain', 'p');
    for (const command of [{ hostInfo: 1 }, { serverStatus: 1 }, { getLog: 'global' }, { currentOp: 1 }, { top: 1 }, { fsync: 1 }, { shutdown: 1 }, { killAllSessions: [] }]) {
      expect(await rejection(client.db('admin').command(command))).toMatchObject({ code: 13 });
    }
  });
});

describe('currentOp', () => {
  it('shows running operations and, asked for all, idle connections with their users', async () => {
    await admin.command({ createUser: 'idle', pwd: 'p', roles: [] });
    const idle = await under.clientOf('idle', 'p', { appName: 'sleeper' });
    await idle.db('admin').command({ ping: 1 });
    const { inprog } = await admin.command({ currentOp: 1, $all: true });
    const operations = inprog as Document[];
    expect(operations.find(({ command }) => command.currentOp === 1)).toMatchObject({
      type: 'op', active: true, appName: 'tests', effectiveUsers: [{ user: 'root', db: 'admin' }], opid: expect.any(Number),
    });
    expect(operations).toContainEqual(expect.objectContaining({ type: 'idle', appName: 'sleeper', clientMetadata: expect.objectContaining({ application: { name: 'sleeper' } }) as unknown, effectiveUsers: [{ user: 'idle', db: 'admin' }] }));
  });

  it('takes a filter, and shows one\'s own operations without a privilege', async () => {
    const { inprog } = await admin.command({ currentOp: 1, $all: true, appName: 'nobody' });
    expect(inprog).toEqual([]);
    const client = await under.clientOf('idle', 'p');
    const own = await client.db('admin').command({ currentOp: 1, $ownOps: true });
    expect((own['inprog'] as Document[]).map(({ effectiveUsers }) => effectiveUsers)).toEqual([[{ user: 'idle', db: 'admin' }]]);
  });
});

describe('sessions', () => {
  it('are refreshed, ended and killed without complaint, known or not', async () => {
    const { id } = await admin.command({ startSession: 1 });
    for (const command of [{ refreshSessions: [id] }, { endSessions: [id] }, { killSessions: [id] }, { killAllSessions: [{ user: 'idle', db: 'admin' }] }]) {
      expect(await admin.command(command)).toMatchObject({ ok: 1 });
    }
  });
});

describe('$listLocalSessions', () => {
  const list = async (client: MongoClient, options: Document = {}): Promise<Document[]> => client.db('admin').aggregate([{ $listLocalSessions: options }]).toArray();

  it('shows the caller\'s sessions with their last use', async () => {
    const client = await under.clientOf('idle', 'p');
    const session = client.startSession();
    await client.db('admin').command({ ping: 1 }, { session });
    const shown = await list(client);
    expect(shown.map(({ _id }) => (_id as { id: { toString(encoding: string): string } }).id.toString('hex'))).toContain(session.id!.id.toString('hex'));
    expect(shown.every(({ lastUse }) => lastUse instanceof Date)).toBe(true);
    await session.endSession();
  });

  it('shows those of others to whom it is allowed', async () => {
    const client = await under.clientOf('idle', 'p');
    await list(client);
    expect((await list(root, { users: [{ user: 'idle', db: 'admin' }] })).length).toBeGreaterThan(0);
    expect(await rejection(list(client, { allUsers: true }))).toMatchObject({ code: 13 });
    expect(await rejection(list(client, { allUsers: true, users: [] }))).toMatchObject({ code: 12 });
  });
});

describe('fsync with a lock', () => {
  it('holds writes back until it is undone', async () => {
    const order: string[] = [];
    expect(await admin.command({ fsync: 1, lock: true })).toMatchObject({ lockCount: 1 });
    const write = admin.command({ createUser: 'held', pwd: 'p', roles: [] }).then(() => order.push('written'));
    await admin.command({ ping: 1 });
    order.push('unlocked');
    expect(await admin.command({ fsyncUnlock: 1 })).toMatchObject({ lockCount: 0 });
    await write;
    expect(order).toEqual(['unlocked', 'written']);
  });
});
