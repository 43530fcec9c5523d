import { describe, expect, it } from 'vitest';
import type { RoleName } from './names.js';
import { PrivilegeSet } from './privilege-set.js';
import type { Resource } from './privileges.js';
import { resolveRoles } from './role-resolution.js';

function of(...roles: readonly RoleName[]): PrivilegeSet {
  return new PrivilegeSet(resolveRoles(roles, () => undefined).privileges);
}

const role = (name: string, database = 'admin'): RoleName => ({ role: name, database });
const collection = (database: string, name: string): Resource => ({ database, collection: name });
const cluster: Resource = { cluster: true };

describe('the privileges of built-in roles', () => {
  it.each<[string, RoleName[], string, Resource, boolean]>([
    ['readWrite reads its own collections', [role('readWrite', 'shop')], 'find', collection('shop', 'orders'), true],
    ['readWrite writes its own collections', [role('readWrite', 'shop')], 'insert', collection('shop', 'orders'), true],
    ['readWrite touches no neighbour', [role('readWrite', 'shop')], 'find', collection('shop2', 'orders'), false],
    ['readWrite sees no system collections', [role('readWrite', 'shop')], 'find', collection('shop', 'system.users'), false],
    ['readWrite may use system.js', [role('readWrite', 'shop')], 'insert', collection('shop', 'system.js'), true],
    ['readWrite drops no database', [role('readWrite', 'shop')], 'dropDatabase', collection('shop', ''), false],
    ['read does not write', [role('read', 'shop')], 'insert', collection('shop', 'orders'), false],
    ['dbAdmin does not read documents', [role('dbAdmin', 'shop')], 'find', collection('shop', 'orders'), false],
    ['dbAdmin drops its database', [role('dbAdmin', 'shop')], 'dropDatabase', collection('shop', ''), true],
    ['dbOwner manages users', [role('dbOwner', 'shop')], 'createUser', collection('shop', ''), true],
    ['readAnyDatabase reads everywhere', [role('readAnyDatabase')], 'find', collection('any', 'thing'), true],
    ['readAnyDatabase leaves out config', [role('readAnyDatabase')], 'find', collection('config', 'thing'), false],
    ['readAnyDatabase leaves out users', [role('readAnyDatabase')], 'find', collection('admin', 'system.users'), false],
    ['userAdminAnyDatabase reads users', [role('userAdminAnyDatabase')], 'find', collection('admin', 'system.users'), true],
    ['userAdminAnyDatabase writes no users', [role('userAdminAnyDatabase')], 'insert', collection('admin', 'system.users'), false],
    ['clusterMonitor asks for the status', [role('clusterMonitor')], 'serverStatus', cluster, true],
    ['clusterMonitor reads local', [role('clusterMonitor')], 'find', collection('local', 'oplog.rs'), true],
    ['clusterMonitor reads no data', [role('clusterMonitor')], 'find', collection('shop', 'orders'), false],
    ['clusterAdmin shuts down', [role('clusterAdmin')], 'shutdown', cluster, true],
    ['root writes', [role('root')], 'insert', collection('shop', 'orders'), true],
    ['root writes no users behind the commands', [role('root')], 'insert', collection('admin', 'system.roles'), false],
    ['__system does anything', [role('__system')], 'update', collection('admin', 'system.users'), true],
    ['admin roles exist in admin alone', [role('root', 'shop')], 'find', collection('shop', 'orders'), false],
    ['backup reads users', [role('backup')], 'find', collection('admin', 'system.users'), true],
    ['restore writes collections', [role('restore')], 'insert', collection('shop', 'orders'), true],
  ])('%s', (_name, roles, action, resource, expected) => {
    expect(of(...roles).allows(resource, action)).toBe(expected);
  });
});

describe('user-defined privileges', () => {
  const set = new PrivilegeSet([
    { resource: collection('shop', 'orders'), actions: ['find'] },
    { resource: collection('', 'logs'), actions: ['find'] },
    { resource: collection('shop', ''), actions: ['collStats'] },
  ]);

  it('on a collection cover that collection alone', () => {
    expect(set.allows(collection('shop', 'orders'), 'find')).toBe(true);
    expect(set.allows(collection('shop', 'other'), 'find')).toBe(false);
  });

  it('on a name cover it in every database', () => {
    expect(set.allows(collection('any', 'logs'), 'find')).toBe(true);
  });

  it('say which collections a list may show', () => {
    expect(set.collectionsIn('shop')).toBe('all');
    expect(set.collectionsIn('other')).toEqual(new Set(['logs']));
  });

  it('say whether a database is any business of the user', () => {
    expect(new PrivilegeSet([{ resource: collection('shop', 'orders'), actions: ['find'] }]).touches('other')).toBe(false);
    expect(set.touches('shop')).toBe(true);
  });
});

describe('resolveRoles', () => {
  it('follows inheritance once, in circles too', () => {
    const stored = (name: RoleName): ReturnType<Parameters<typeof resolveRoles>[1]> => ({
      name, privileges: [{ resource: cluster, actions: [name.role] }], roles: [role(name.role === 'a' ? 'b' : 'a')], restrictions: [], document: Buffer.alloc(0),
    });
    const resolved = resolveRoles([role('a')], stored);
    expect(resolved.roles.map((found) => found.role).sort()).toEqual(['a', 'b']);
    expect(resolved.privileges).toHaveLength(2);
  });

  it('passes over roles that are gone', () => {
    expect(resolveRoles([role('gone')], () => undefined)).toEqual({ roles: [], privileges: [], restrictions: [] });
  });
});
