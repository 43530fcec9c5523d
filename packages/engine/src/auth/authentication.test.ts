import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db, MongoClient } from 'mongodb';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';
import { RawClient } from '../wire/raw-client.fixture.js';

let under: EngineUnderTest;
let root: MongoClient;
let admin: Db;

beforeAll(async () => {
  under = await engineUnderTest();
  root = await under.clientOf(rootUser.user, rootUser.password);
  admin = root.db('admin');
});

afterAll(async () => {
  await under.close();
});

async function whoAmI(client: MongoClient): Promise<unknown> {
  const { authInfo } = await client.db('admin').command({ connectionStatus: 1 });
  return authInfo.authenticatedUsers;
}

describe('authentication', () => {
  it.each(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'DEFAULT'] as const)('succeeds with %s', async (authMechanism) => {
    const client = await under.clientOf(rootUser.user, rootUser.password, { authMechanism });
    expect(await whoAmI(client)).toEqual([{ user: 'root', db: 'admin' }]);
  });

  it.each([
    ['every printable character', 'every', Array.from({ length: 95 }, (_unused, index) => String.fromCharCode(32 + index)).join('')],
    ['letters of other scripts', 'other', 'пароль-密码-pässwörd'],
    ['a comma and an equals sign in the name', 'a,b=c', 'p'],
  ])('succeeds with %s', async (_name, user, pwd) => {
    await admin.command({ createUser: user, pwd, roles: [] });
    expect(await whoAmI(await under.clientOf(user, pwd))).toEqual([{ user, db: 'admin' }]);
  });

  it.each([['a wrong password', rootUser.user], ['an unknown user', 'nobody']])('fails alike with %s', async (_name, user) => {
    const error = await rejection(under.clientOf(user, 'wrong'));
    expect(error).toMatchObject({ code: 18, codeName: 'AuthenticationFailed', message: 'Authentication failed.' });
  });

  it('shows an unknown user the same salt each time', async () => {
    const salt = async (): Promise<string> => {
      const client = new RawClient(await under.socket());
      const payload = Buffer.from('n,,n=nobody,r=abcdefgh');
      const reply = await client.ask({ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload, $db: 'admin' });
      return /s=[^,]+/u.exec((reply!.document['payload'] as Buffer).toString())![0];
    };
    expect(await salt()).toBe(await salt());
  });

  it.each(['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const)('needs no mechanism named by a user who has %s alone', async (mechanism) => {
    const user = `only ${mechanism}`;
    await admin.command({ createUser: user, pwd: 'p', roles: [], mechanisms: [mechanism] });
    expect(await whoAmI(await under.clientOf(user, 'p'))).toEqual([{ user, db: 'admin' }]);
    const other = mechanism === 'SCRAM-SHA-1' ? 'SCRAM-SHA-256' : 'SCRAM-SHA-1';
    const hello = { hello: 1, saslSupportedMechs: `admin.${user}`, speculativeAuthenticate: { saslStart: 1, mechanism: other, payload: Buffer.from(`n,,n=${user},r=abcdefgh`), db: 'admin' } };
    const reply = await new RawClient(await under.socket()).ask({ ...hello, $db: 'admin' });
    expect(reply!.document['saslSupportedMechs']).toEqual([mechanism]);
    expect(reply!.document).not.toHaveProperty('speculativeAuthenticate');
  });

  it('refuses a mechanism that it does not have', async () => {
    const client = new RawClient(await under.socket());
    const reply = await client.ask({ saslStart: 1, mechanism: 'PLAIN', payload: Buffer.from('x'), $db: 'admin' });
    expect(reply?.document).toMatchObject({ ok: 0, code: 334, codeName: 'MechanismUnavailable' });
  });

  it.each([
    ['a first message of anything', { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from('garbage') }, 18],
    ['a continuation of nothing', { saslContinue: 1, conversationId: 1, payload: Buffer.from('x') }, 17],
  ])('refuses %s', async (_name, command, code) => {
    const client = new RawClient(await under.socket());
    expect((await client.ask({ ...command, $db: 'admin' }))?.document).toMatchObject({ ok: 0, code });
  });

  it('is needed for everything but the first words', async () => {
    const client = await under.client();
    expect(await rejection(client.db('test').collection('c').findOne())).toMatchObject({ code: 13, message: 'Command find requires authentication' });
    expect(await client.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('tells which mechanisms a user has', async () => {
    await admin.command({ createUser: 'only256', pwd: 'p', roles: [], mechanisms: ['SCRAM-SHA-256'] });
    const client = new RawClient(await under.socket());
    const reply = await client.ask({ hello: 1, saslSupportedMechs: 'admin.only256', $db: 'admin' });
    expect(reply?.document['saslSupportedMechs']).toEqual(['SCRAM-SHA-256']);
    expect(await rejection(under.clientOf('only256', 'p', { authMechanism: 'SCRAM-SHA-1' }))).toMatchObject({ code: 18 });
  });

  it('keeps to the addresses that a user is restricted to', async () => {
    await admin.command({ createUser: 'elsewhere', pwd: 'p', roles: [], authenticationRestrictions: [{ clientSource: ['192.0.2.0/24'] }] });
    await admin.command({ createUser: 'here', pwd: 'p', roles: [], authenticationRestrictions: [{ clientSource: ['127.0.0.0/8'] }] });
    expect(await rejection(under.clientOf('elsewhere', 'p'))).toMatchObject({ code: 18 });
    expect(await whoAmI(await under.clientOf('here', 'p'))).toEqual([{ user: 'here', db: 'admin' }]);
  });

  it('ends with logout', async () => {
    const client = await under.clientOf(rootUser.user, rootUser.password, { maxPoolSize: 1 });
    await client.db('admin').command({ logout: 1 });
    expect(await rejection(client.db('admin').command({ usersInfo: 1 }))).toMatchObject({ code: 13 });
  });
});

describe('open connections', () => {
  it('lose their rights when the user is dropped, also when one of that name comes back', async () => {
    const create = { createUser: 'leaving', pwd: 'p', roles: ['root'] };
    await admin.command(create);
    const client = await under.clientOf('leaving', 'p', { maxPoolSize: 1 });
    await client.db('admin').command({ usersInfo: 1 });
    await admin.command({ dropUser: 'leaving' });
    expect(await rejection(client.db('admin').command({ usersInfo: 1 }))).toMatchObject({ code: 13 });
    await admin.command(create);
    expect(await rejection(client.db('admin').command({ usersInfo: 1 }))).toMatchObject({ code: 13 });
  });

  it('gain and lose rights with the next command', async () => {
    await admin.command({ createUser: 'changing', pwd: 'p', roles: [] });
    const client = await under.clientOf('changing', 'p');
    const list = (): Promise<unknown> => client.db('admin').command({ serverStatus: 1 });
    expect(await rejection(list())).toMatchObject({ code: 13 });
    await admin.command({ grantRolesToUser: 'changing', roles: ['clusterMonitor'] });
    expect(await list()).toMatchObject({ ok: 1 });
    await admin.command({ revokeRolesFromUser: 'changing', roles: ['clusterMonitor'] });
    expect(await rejection(list())).toMatchObject({ code: 13 });
  });

  it('outlive a change of the password, which new ones must know', async () => {
    await admin.command({ createUser: 'rotating', pwd: 'old', roles: ['clusterMonitor'] });
    const client = await under.clientOf('rotating', 'old', { maxPoolSize: 1 });
    await client.db('admin').command({ serverStatus: 1 });
    await admin.command({ updateUser: 'rotating', pwd: 'new' });
    expect(await client.db('admin').command({ serverStatus: 1 })).toMatchObject({ ok: 1 });
    expect(await rejection(under.clientOf('rotating', 'old'))).toMatchObject({ code: 18 });
    expect(await whoAmI(await under.clientOf('rotating', 'new'))).toEqual([{ user: 'rotating', db: 'admin' }]);
  });
});

describe('the localhost exception', () => {
  it('lets the first user be created, and nothing else, and ends with it', async () => {
    const fresh = await engineUnderTest({ rootUser: undefined } as object);
    try {
      const client = await fresh.client();
      const create = { createUser: 'first', pwd: 'p', roles: ['root'] };
      expect(await rejection(client.db('test').collection('c').insertOne({}))).toMatchObject({ code: 13 });
      expect(await rejection(client.db('test').command(create))).toMatchObject({ code: 13 });
      await client.db('admin').command(create);
      expect(await rejection(client.db('admin').command({ ...create, createUser: 'second' }))).toMatchObject({ code: 13 });
    } finally {
      await fresh.close();
    }
  });
});

describe('the log', () => {
  it('holds no secret of all this', async () => {
    await delay(0);
    const text = JSON.stringify(under.logEvents);
    for (const secret of [rootUser.password, 'пароль', '"pwd":"p"', 'payload']) expect(text).not.toContain(secret);
    expect(text).toContain('authentication.failed');
  });
});
