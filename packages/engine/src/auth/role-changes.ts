// Creating, changing and dropping user-defined roles: each one write that checks and changes in the same unit.
import type { Document } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { CommandError } from '../errors.js';
import type { ReadUnit, WriteUnit } from '../storage/units.js';
import { findRoleRecord, putAuthorizationRecord, removeAuthorizationRecord, scanAuthorizationRecords } from './authorization-records.js';
import { builtInRole } from './built-in-roles.js';
import { valueOf, withFields } from './document-fields.js';
import { displayRole, roleId, type RoleName } from './names.js';
import type { Action, Privilege, Resource } from './privileges.js';
import { resolveRoles } from './role-resolution.js';
import { readRole, readUser, resourceDocument, type StoredRole } from './stored-user.js';
import { rolesWithout, withRoles } from './user-changes.js';
import { storedRole, type UserDirectory } from './user-directory.js';
import { roleDocuments } from './user-documents.js';

export interface RoleDetails {
  readonly privileges: readonly Privilege[];
  readonly roles: readonly RoleName[];
  readonly authenticationRestrictions: readonly Document[] | undefined;
}

/** Throws RoleAlreadyExists (51002), and what is wrong with the roles it inherits and the privileges it grants. */
export async function insertRole(users: UserDirectory, name: RoleName, details: RoleDetails): Promise<void> {
  const { privileges, roles, authenticationRestrictions } = details;
  await users.changeAll((unit) => {
    if (findRoleRecord(unit, name) !== undefined) throw new CommandError('RoleAlreadyExists', `Role "${displayRole(name)}" already exists`);
    checkInheritance(unit, name, roles);
    checkReach(name, privileges);
    const document = encodeDocument({
      _id: roleId(name),
      role: name.role,
      db: name.database,
      privileges: privilegeDocuments(privileges),
      roles: roleDocuments(roles),
      ...(authenticationRestrictions === undefined ? {} : { authenticationRestrictions }),
    });
    putAuthorizationRecord(unit, 'roles', name, document);
  });
}

/** What a change makes of a role; a field that is left out stays. */
export interface RoleChange {
  readonly privileges?: readonly Privilege[] | undefined;
  readonly roles?: readonly RoleName[] | undefined;
  readonly authenticationRestrictions?: readonly Document[] | undefined;
}

/** Changes a role from what it is now. Throws RoleNotFound (31), and for built-in roles InvalidRoleModification (49). */
export async function changeRole(users: UserDirectory, name: RoleName, change: (role: StoredRole) => RoleChange): Promise<void> {
  refuseBuiltIn(name);
  await users.changeAll((unit) => {
    const role = storedRole(unit, name);
    if (role === undefined) throw new CommandError('RoleNotFound', `Role ${displayRole(name)} not found`);
    const { privileges, roles, authenticationRestrictions } = change(role);
    if (roles !== undefined) checkInheritance(unit, name, roles);
    if (privileges !== undefined) checkReach(name, privileges);
    const document = withFields(role.document, {
      ...(privileges === undefined ? {} : { privileges: valueOf(privilegeDocuments(privileges)) }),
      ...(roles === undefined ? {} : { roles: valueOf(roleDocuments(roles)) }),
      ...(authenticationRestrictions === undefined ? {} : { authenticationRestrictions: valueOf(authenticationRestrictions) }),
    });
    putAuthorizationRecord(unit, 'roles', name, document);
  });
}

/** Removes a role, and takes it from all users and roles that have it. Throws RoleNotFound (31). */
export async function removeRole(users: UserDirectory, name: RoleName): Promise<void> {
  refuseBuiltIn(name);
  await users.changeAll((unit) => {
    if (!removeAuthorizationRecord(unit, 'roles', name)) throw new CommandError('RoleNotFound', `Role '${displayRole(name)}' not found`);
    takeEverywhere(unit, [name]);
  });
}

/** Removes every role that the database defines; returns how many there were. */
export async function removeRolesOf(users: UserDirectory, database: string): Promise<number> {
  return users.changeAll((unit) => {
    const names = [...scanAuthorizationRecords(unit, 'roles')].map((document) => readRole(document).name);
    const own = names.filter((name) => name.database === database);
    for (const name of own) removeAuthorizationRecord(unit, 'roles', name);
    if (own.length > 0) takeEverywhere(unit, own);
    return own.length;
  });
}

/** Takes dropped roles from the users and roles that had them. */
function takeEverywhere(unit: WriteUnit, dropped: readonly RoleName[]): void {
  for (const document of [...scanAuthorizationRecords(unit, 'users')]) {
    const user = readUser(document);
    const kept = rolesWithout(user.roles, dropped);
    if (kept.length < user.roles.length) putAuthorizationRecord(unit, 'users', user.name, withRoles(user, kept));
  }
  for (const document of [...scanAuthorizationRecords(unit, 'roles')]) {
    const role = readRole(document);
    const kept = rolesWithout(role.roles, dropped);
    if (kept.length === role.roles.length) continue;
    putAuthorizationRecord(unit, 'roles', role.name, withFields(document, { roles: valueOf(roleDocuments(kept)) }));
  }
}

function refuseBuiltIn(name: RoleName): void {
  if (builtInRole(name) === undefined) return;
  throw new CommandError('InvalidRoleModification', `${displayRole(name)} is a built-in role and cannot be modified`);
}

/** Roles of `admin` may inherit any role, others those of their own database; nothing may inherit itself. */
function checkInheritance(unit: ReadUnit, name: RoleName, roles: readonly RoleName[]): void {
  for (const inherited of roles) {
    if (builtInRole(inherited) === undefined && storedRole(unit, inherited) === undefined && roleId(inherited) !== roleId(name)) {
      throw new CommandError('RoleNotFound', `Could not find role: ${displayRole(inherited)}`);
    }
    if (name.database !== 'admin' && inherited.database !== name.database) {
      const text = `Roles on the '${name.database}' database cannot be granted roles from other databases`;
      throw new CommandError('InvalidRoleModification', text);
    }
    if (roleId(inherited) === roleId(name)) {
      throw new CommandError('InvalidRoleModification', `Cannot grant role ${displayRole(name)} to itself.`);
    }
    const reached = resolveRoles([inherited], (role) => storedRole(unit, role)).roles;
    if (reached.some((role) => roleId(role) === roleId(name))) {
      const text = `Granting ${displayRole(inherited)} to ${displayRole(name)} would introduce a cycle in the role graph.`;
      throw new CommandError('InvalidRoleModification', text);
    }
  }
}

/** Roles of `admin` may reach anything, others their own database. */
function checkReach(name: RoleName, privileges: readonly Privilege[]): void {
  if (name.database === 'admin') return;
  if (privileges.every(({ resource }) => 'database' in resource && resource.database === name.database)) return;
  const text = `Roles on the '${name.database}' database cannot be granted privileges that target other databases or the cluster`;
  throw new CommandError('InvalidRoleModification', text);
}

/** Privileges as `rolesInfo` and `usersInfo` show them. */
export function privilegeDocuments(privileges: readonly Privilege[]): Document[] {
  return privileges.map(({ resource, actions }) => ({ resource: resourceDocument(resource), actions: [...actions] }));
}

function sameResource(a: Resource, b: Resource): boolean {
  return JSON.stringify(resourceDocument(a)) === JSON.stringify(resourceDocument(b));
}

/** One privilege per resource, with the actions of both. */
export function privilegesWith(present: readonly Privilege[], added: readonly Privilege[]): Privilege[] {
  const merged: { resource: Resource; actions: Set<Action> }[] = [];
  for (const { resource, actions } of [...present, ...added]) {
    const known = merged.find((candidate) => sameResource(candidate.resource, resource));
    if (known === undefined) merged.push({ resource, actions: new Set(actions) });
    else for (const action of actions) known.actions.add(action);
  }
  return merged.map(({ resource, actions }) => ({ resource, actions: [...actions].sort() }));
}

/** The privileges without those actions; a resource without actions goes. */
export function privilegesWithout(present: readonly Privilege[], removed: readonly Privilege[]): Privilege[] {
  return present
    .map(({ resource, actions }) => {
      const gone = new Set(removed.filter((candidate) => sameResource(candidate.resource, resource)).flatMap((candidate) => candidate.actions));
      return { resource, actions: actions.filter((action) => !gone.has(action)) };
    })
    .filter(({ actions }) => actions.length > 0);
}
