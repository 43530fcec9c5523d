import type { Db, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';

let under: EngineUnderTest;
let root: MongoClient;
let db: Db;

beforeAll(async () => {
  under = await engineUnderTest();
  root = await under.clientOf(rootUser.user, rootUser.password);
  db = root.db('shop');
});

afterAll(async () => {
  await under.close();
});

async function userOf(name: string, options: object = {}): Promise<Document | undefined> {
  const { users } = await db.command({ usersInfo: name, ...options });
  return users[0];
}

describe('createUser', () => {
  it('keeps what it was given and never shows the credentials unasked', async () => {
    const customData = { zulu: 1, 10: 'ten', freehold: { user_id: 'u1' } };
    await db.command({ createUser: 'full', pwd: 'p', roles: ['readWrite', { role: 'read', db: 'other' }], customData });
    const user = await userOf('full');
    expect(user).toMatchObject({
      _id: 'shop.full', user: 'full', db: 'shop', customData, mechanisms: ['SCRAM-SHA-1', 'SCRAM-SHA-256'],
      roles: [{ role: 'readWrite', db: 'shop' }, { role: 'read', db: 'other' }],
    });
    expect(user).not.toHaveProperty('credentials');
    expect(await userOf('full', { showCredentials: true })).toMatchObject({ credentials: { 'SCRAM-SHA-256': { iterationCount: 15_000 } } });
    expect(await userOf('full', { showCustomData: false })).not.toHaveProperty('customData');
  });

  it.each<[string, object, object]>([
    ['twice', { createUser: 'full', pwd: 'p', roles: [] }, { code: 51003, message: 'User "full@shop" already exists' }],
    ['with an unknown role', { createUser: 'a', pwd: 'p', roles: ['nope'] }, { code: 31, message: 'Could not find role: nope@shop' }],
    ['with a role that only admin has', { createUser: 'a', pwd: 'p', roles: ['root'] }, { code: 31 }],
    ['without a password', { createUser: 'a', roles: [] }, { code: 2 }],
    ['with an empty name', { createUser: '', pwd: 'p', roles: [] }, { code: 2 }],
    ['with an unknown mechanism', { createUser: 'a', pwd: 'p', roles: [], mechanisms: ['PLAIN'] }, { code: 2, message: "Unknown auth mechanism 'PLAIN'" }],
    ['with a digested password for SHA-256', { createUser: 'a', pwd: 'p', roles: [], digestPassword: false, mechanisms: ['SCRAM-SHA-256'] }, { code: 2 }],
    ['with a restriction that is no address', { createUser: 'a', pwd: 'p', roles: [], authenticationRestrictions: [{ clientSource: ['x'] }] }, { code: 2 }],
  ])('is refused %s', async (_name, command, expected) => {
    expect(await rejection(db.command(command))).toMatchObject(expected);
  });

  it('makes one user of many attempts at once', async () => {
    const attempts = Array.from({ length: 8 }, () => db.command({ createUser: 'raced', pwd: 'p', roles: [] }).then(() => 'made', () => 'refused'));
    expect((await Promise.all(attempts)).filter((result) => result === 'made')).toHaveLength(1);
  });

  it('needs the right to give the roles it gives', async () => {
    await db.command({ createUser: 'userAdmin', pwd: 'p', roles: ['userAdmin'] });
    const client = await under.clientOf('userAdmin', 'p', { authSource: 'shop' });
    await client.db('shop').command({ createUser: 'madeByUserAdmin', pwd: 'p', roles: ['readWrite'] });
    const error = await rejection(client.db('shop').command({ createUser: 'x', pwd: 'secret password', roles: [{ role: 'root', db: 'admin' }] }));
    expect(error).toMatchObject({ code: 13 });
    expect(error.message).toMatch(/^not authorized on shop to execute command \{ createUser: "x", pwd: "xxx", roles: \[/u);
  });
});

describe('updateUser', () => {
  it('changes what it names and keeps the rest', async () => {
    await db.command({ createUser: 'changed', pwd: 'p', roles: ['read'], customData: { a: 1 } });
    await db.command({ updateUser: 'changed', roles: ['readWrite'] });
    expect(await userOf('changed')).toMatchObject({ roles: [{ role: 'readWrite', db: 'shop' }], customData: { a: 1 } });
    await db.command({ updateUser: 'changed', customData: {} });
    expect(await userOf('changed')).not.toHaveProperty('customData');
    await db.command({ updateUser: 'changed', mechanisms: ['SCRAM-SHA-256'] });
    expect(await userOf('changed')).toMatchObject({ mechanisms: ['SCRAM-SHA-256'] });
    expect(await rejection(db.command({ updateUser: 'changed', mechanisms: ['SCRAM-SHA-1'] }))).toMatchObject({ code: 2 });
  });

  it.each<[string, object, object]>([
    ['an unknown user', { updateUser: 'nobody', pwd: 'p' }, { code: 11, message: 'User nobody@shop not found' }],
    ['nothing', { updateUser: 'changed' }, { code: 2, message: 'Must specify at least one field to update in updateUser' }],
    ['an unknown role', { updateUser: 'changed', roles: ['nope'] }, { code: 31 }],
  ])('refuses to change %s', async (_name, command, expected) => {
    expect(await rejection(db.command(command))).toMatchObject(expected);
  });

  it('lets users change their own password where a role says so', async () => {
    await db.command({ createRole: 'selfService', privileges: [{ resource: { db: 'shop', collection: '' }, actions: ['changeOwnPassword'] }], roles: [] });
    await db.command({ createUser: 'self', pwd: 'p', roles: ['selfService'] });
    const client = await under.clientOf('self', 'p', { authSource: 'shop' });
    await client.db('shop').command({ updateUser: 'self', pwd: 'q' });
    expect(await rejection(client.db('shop').command({ updateUser: 'changed', pwd: 'q' }))).toMatchObject({ code: 13 });
    expect(await rejection(client.db('shop').command({ updateUser: 'self', roles: ['dbOwner'] }))).toMatchObject({ code: 13 });
  });
});

describe('roles', () => {
  it('of users are granted and revoked', async () => {
    await db.command({ createUser: 'roles', pwd: 'p', roles: ['read'] });
    await db.command({ grantRolesToUser: 'roles', roles: ['read', 'dbAdmin'] });
    expect((await userOf('roles'))?.['roles']).toEqual([{ role: 'read', db: 'shop' }, { role: 'dbAdmin', db: 'shop' }]);
    await db.command({ revokeRolesFromUser: 'roles', roles: ['read'] });
    expect((await userOf('roles'))?.['roles']).toEqual([{ role: 'dbAdmin', db: 'shop' }]);
    expect(await rejection(db.command({ grantRolesToUser: 'nobody', roles: ['read'] }))).toMatchObject({ code: 11 });
  });

  it('are made of privileges and of other roles, and take effect at once', async () => {
    const privileges = [{ resource: { db: 'shop', collection: 'orders' }, actions: ['find'] }];
    await db.command({ createRole: 'orderReader', privileges, roles: [] });
    await db.command({ createRole: 'clerk', privileges: [], roles: ['orderReader'] });
    await db.command({ createUser: 'clerk', pwd: 'p', roles: ['clerk'] });
    const info = await userOf('clerk', { showPrivileges: true });
    expect(info?.['inheritedRoles']).toEqual(expect.arrayContaining([{ role: 'clerk', db: 'shop' }, { role: 'orderReader', db: 'shop' }]));
    expect(info?.['inheritedPrivileges']).toEqual(privileges);
    await db.command({ grantPrivilegesToRole: 'orderReader', privileges: [{ resource: { db: 'shop', collection: 'orders' }, actions: ['insert'] }] });
    const { roles } = await db.command({ rolesInfo: 'clerk', showPrivileges: true });
    expect(roles[0]).toMatchObject({
      isBuiltin: false, roles: [{ role: 'orderReader', db: 'shop' }],
      inheritedPrivileges: [{ resource: { db: 'shop', collection: 'orders' }, actions: ['find', 'insert'] }],
    });
    await db.command({ revokePrivilegesFromRole: 'orderReader', privileges });
    await db.command({ dropRole: 'orderReader' });
    expect(await userOf('clerk', { showPrivileges: true })).toMatchObject({ inheritedPrivileges: [] });
  });

  it.each<[string, object, object]>([
    ['a built-in name', { createRole: 'read', privileges: [], roles: [] }, { code: 2 }],
    ['an existing name', { createRole: 'clerk', privileges: [], roles: [] }, { code: 51002, message: 'Role "clerk@shop" already exists' }],
    ['an unknown role', { createRole: 'r', privileges: [], roles: ['nope'] }, { code: 31 }],
    ['an unknown action', { createRole: 'r', privileges: [{ resource: { db: 'shop', collection: '' }, actions: ['fly'] }], roles: [] }, { code: 2, message: 'Unrecognized action privilege strings: fly' }],
    ['reach beyond the database', { createRole: 'r', privileges: [{ resource: { cluster: true }, actions: ['shutdown'] }], roles: [] }, { code: 49 }],
    ['roles of other databases', { createRole: 'r', privileges: [], roles: [{ role: 'read', db: 'other' }] }, { code: 49 }],
    ['a change of a built-in role', { updateRole: 'read', roles: [] }, { code: 49 }],
    ['a drop of nothing', { dropRole: 'nope' }, { code: 31 }],
  ])('are refused %s', async (_name, command, expected) => {
    expect(await rejection(db.command(command))).toMatchObject(expected);
  });

  it('never inherit themselves', async () => {
    await db.command({ createRole: 'outer', privileges: [], roles: [] });
    await db.command({ createRole: 'inner', privileges: [], roles: ['outer'] });
    expect(await rejection(db.command({ grantRolesToRole: 'outer', roles: ['inner'] }))).toMatchObject({ code: 49 });
    await db.command({ revokeRolesFromRole: 'inner', roles: ['outer'] });
    await db.command({ grantRolesToRole: 'outer', roles: ['inner'] });
  });

  it('that are built in are shown with their privileges', async () => {
    const { roles } = await db.command({ rolesInfo: 1, showBuiltinRoles: true, showPrivileges: true });
    const dbOwner = (roles as Document[]).find((role) => role['role'] === 'dbOwner');
    expect(dbOwner).toMatchObject({ isBuiltin: true, db: 'shop' });
    expect(dbOwner?.['inheritedPrivileges']).not.toHaveLength(0);
    expect((roles as Document[]).some((role) => role['role'] === 'root')).toBe(false);
  });
});

describe('usersInfo', () => {
  it.each<[string, unknown, string[]]>([
    ['one by name', 'full', ['full']],
    ['one by document', { user: 'root', db: 'admin' }, ['root']],
    ['several', ['full', { user: 'root', db: 'admin' }, 'nobody'], ['full', 'root']],
  ])('shows %s', async (_name, usersInfo, expected) => {
    const { users } = await db.command({ usersInfo });
    expect((users as Document[]).map((user) => user['user'])).toEqual(expected);
  });

  it('shows all users of the database, or of all, or those that a filter matches', async () => {
    const names = async (command: Document): Promise<string[]> => (await db.command(command))['users'].map((user: Document) => user['user']);
    expect(await names({ usersInfo: 1 })).not.toContain('root');
    expect(await names({ usersInfo: { forAllDBs: true } })).toEqual(expect.arrayContaining(['root', 'full']));
    expect(await names({ usersInfo: 1, filter: { 'customData.freehold.user_id': 'u1' } })).toEqual(['full']);
  });

  it('shows users themselves and nobody else', async () => {
    const client = await under.clientOf('full', 'p', { authSource: 'shop' });
    expect(await client.db('shop').command({ usersInfo: 'full' })).toMatchObject({ users: [{ user: 'full' }] });
    for (const usersInfo of [1, 'changed', { forAllDBs: true }]) {
      expect(await rejection(client.db('shop').command({ usersInfo }))).toMatchObject({ code: 13 });
    }
  });
});

describe('dropping', () => {
  it('a user that is not there is an error', async () => {
    expect(await rejection(db.command({ dropUser: 'nobody' }))).toMatchObject({ code: 11, message: "User 'nobody@shop' not found" });
  });

  it('all users and roles of a database counts them', async () => {
    const other = root.db('other');
    await other.command({ createUser: 'a', pwd: 'p', roles: [] });
    await other.command({ createUser: 'b', pwd: 'p', roles: [] });
    await other.command({ createRole: 'r', privileges: [], roles: [] });
    expect(await other.command({ dropAllUsersFromDatabase: 1 })).toMatchObject({ n: 2 });
    expect(await other.command({ dropAllRolesFromDatabase: 1 })).toMatchObject({ n: 1 });
    expect((await userOf('full'))?.['user']).toBe('full');
  });
});
