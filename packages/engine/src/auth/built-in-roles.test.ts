import type { Document } from 'bson';
import type { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';
import { refusedOnly, roleCases, roleGrants, type RoleCase, type RoleKey } from './role-cases.fixture.js';

let under: EngineUnderTest;
const clients = new Map<RoleKey, MongoClient>();
const roleKeys = Object.keys(roleGrants) as RoleKey[];
const unauthorized = 13;

beforeAll(async () => {
  under = await engineUnderTest();
  const root = await under.clientOf(rootUser.user, rootUser.password);
  await Promise.all(roleKeys.map(async (key) => {
    await root.db('admin').command({ createUser: `with ${key}`, pwd: 'p', roles: [roleGrants[key]], mechanisms: ['SCRAM-SHA-256'] });
    clients.set(key, await under.clientOf(`with ${key}`, 'p', { maxPoolSize: 1, retryWrites: false }));
  }));
});

afterAll(async () => {
  await under.close();
});

async function isAllowed(key: RoleKey, { command, database }: RoleCase): Promise<boolean> {
  try {
    await clients.get(key)!.db(database).command(command);
    return true;
  } catch (error) {
    return (error as { readonly code?: number }).code !== unauthorized;
  }
}

const nameOf = ({ command, database }: RoleCase): string => `${database}: ${JSON.stringify(command)}`;

describe('built-in roles', () => {
  it.each(roleCases.map((roleCase) => [nameOf(roleCase), roleCase] as const))('%s', async (_name, roleCase) => {
    const allowed: RoleKey[] = [];
    // One after the other: some of the commands change what the next one meets.
    for (const key of roleKeys) if (await isAllowed(key, roleCase)) allowed.push(key);
    expect(allowed.sort()).toEqual([...new Set(roleCase.allowed)].sort());
  });

  it.each(refusedOnly.map((roleCase) => [nameOf(roleCase), roleCase] as const))('%s is refused to everybody else', async (_name, roleCase) => {
    const others = roleKeys.filter((key) => !roleCase.allowed.includes(key));
    for (const key of others) expect(await isAllowed(key, roleCase)).toBe(false);
  });
});

describe('rolesInfo', () => {
  const info = async (command: Document, database = 'shop'): Promise<Document[]> =>
    (await clients.get('root')!.db(database).command(command))['roles'] as Document[];

  it('shows the built-in roles of a database, those of admin there alone', async () => {
    const names = (roles: readonly Document[]): string[] => roles.map(({ role }) => String(role)).sort();
    expect(names(await info({ rolesInfo: 1, showBuiltinRoles: true }))).toEqual(['dbAdmin', 'dbOwner', 'enableSharding', 'read', 'readWrite', 'userAdmin']);
    expect(names(await info({ rolesInfo: 1, showBuiltinRoles: true }, 'admin'))).toEqual([
      '__queryableBackup', '__system', 'backup', 'clusterAdmin', 'clusterManager', 'clusterMonitor', 'dbAdmin', 'dbAdminAnyDatabase', 'dbOwner', 'directShardOperations',
      'enableSharding', 'hostManager', 'read', 'readAnyDatabase', 'readWrite', 'readWriteAnyDatabase', 'restore', 'root', 'userAdmin', 'userAdminAnyDatabase',
    ]);
    expect(await info({ rolesInfo: 1 })).toEqual([]);
  });

  it('shows privileges as documents of a resource and its actions', async () => {
    const [read] = await info({ rolesInfo: 'read', showPrivileges: true });
    expect(read).toMatchObject({ _id: 'shop.read', role: 'read', db: 'shop', isBuiltin: true, roles: [], inheritedRoles: [] });
    expect(read!['privileges']).toEqual([
      { resource: { db: 'shop', collection: '' }, actions: expect.arrayContaining(['find', 'listIndexes', 'changeStream']) as unknown },
      { resource: { db: 'shop', collection: 'system.js' }, actions: expect.arrayContaining(['find']) as unknown },
    ]);
    const [owner] = await info({ rolesInfo: 'dbOwner', showPrivileges: true });
    expect(owner).toMatchObject({ privileges: [], roles: [{ role: 'readWrite', db: 'shop' }, { role: 'dbAdmin', db: 'shop' }, { role: 'userAdmin', db: 'shop' }] });
    expect((owner!['inheritedPrivileges'] as Document[]).find(({ resource }) => (resource as Document)['collection'] === '')).toMatchObject({ actions: expect.arrayContaining(['insert', 'collMod', 'createUser']) as unknown });
  });

  it('merges them for a user where it is asked to', async () => {
    const answer = await clients.get('root')!.db('shop').command({ rolesInfo: ['read', 'dbAdmin'], showPrivileges: 'asUserFragment' });
    expect(answer['userFragment']).toMatchObject({
      roles: [{ role: 'read', db: 'shop' }, { role: 'dbAdmin', db: 'shop' }],
      privileges: expect.arrayContaining([{ resource: { db: 'shop', collection: '' }, actions: expect.arrayContaining(['find', 'collMod']) as unknown }]) as unknown,
    });
  });

  it('keeps built-in roles as they are', async () => {
    const db = clients.get('root')!.db('shop');
    expect(await rejection(db.command({ createRole: 'read', privileges: [], roles: [] }))).toMatchObject({ code: 2 });
    expect(await rejection(db.command({ dropRole: 'read' }))).toMatchObject({ code: 49 });
    expect(await rejection(db.command({ updateRole: 'readWrite', privileges: [] }))).toMatchObject({ code: 49 });
    expect(await rejection(db.command({ grantRolesToRole: 'read', roles: ['dbAdmin'] }))).toMatchObject({ code: 49 });
  });

  it('lets nobody in as the internal user of clusters', async () => {
    expect(await rejection(under.clientOf('__system', 'any', { authSource: 'local' }))).toMatchObject({ code: 18 });
  });
});
