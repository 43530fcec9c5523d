// Creating, changing and dropping users: each one write that checks and changes in the same unit.
import type { RawDocument } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';
import type { ReadUnit } from '../storage/units.js';
import { findUserRecord, putAuthorizationRecord, removeAuthorizationRecord, scanAuthorizationRecords } from './authorization-records.js';
import { builtInRole } from './built-in-roles.js';
import { valueOf, withFields } from './document-fields.js';
import { displayRole, displayUser, roleId, type RoleName, type UserName } from './names.js';
import { readUser, type StoredUser } from './stored-user.js';
import { roleDocuments } from './user-documents.js';
import { storedRole, type UserDirectory } from './user-directory.js';

/** Throws RoleNotFound (31) for the first role that is neither built in nor stored. */
export function requireRoles(unit: ReadUnit, roles: readonly RoleName[]): void {
  for (const role of roles) {
    if (builtInRole(role) !== undefined || storedRole(unit, role) !== undefined) continue;
    throw new CommandError('RoleNotFound', `Could not find role: ${displayRole(role)}`);
  }
}

/** Throws UserAlreadyExists (51003), and RoleNotFound (31) for a role that is not there. */
export async function insertUser(users: UserDirectory, name: UserName, roles: readonly RoleName[], document: RawDocument): Promise<void> {
  await users.changeUser(name, (unit) => {
    if (findUserRecord(unit, name) !== undefined) throw new CommandError('UserAlreadyExists', `User "${displayUser(name)}" already exists`);
    requireRoles(unit, roles);
    putAuthorizationRecord(unit, 'users', name, document);
  });
}

/** Stores what `change` makes of the user's document; `missing` words the error where there is no such user. */
export async function changeUserDocument(
  users: UserDirectory,
  name: UserName,
  change: (user: StoredUser, unit: ReadUnit) => RawDocument,
  missing = `User ${displayUser(name)} not found`,
): Promise<void> {
  await users.changeUser(name, (unit) => {
    const document = findUserRecord(unit, name);
    if (document === undefined) throw new CommandError('UserNotFound', missing);
    putAuthorizationRecord(unit, 'users', name, change(readUser(document), unit));
  });
}

/** Throws UserNotFound (11). */
export async function removeUser(users: UserDirectory, name: UserName): Promise<void> {
  await users.changeUser(name, (unit) => {
    if (!removeAuthorizationRecord(unit, 'users', name)) throw new CommandError('UserNotFound', `User '${displayUser(name)}' not found`);
  });
}

/** Removes every user that the database defines; returns how many there were. */
export async function removeUsersOf(users: UserDirectory, database: string): Promise<number> {
  return users.changeAll((unit) => {
    const names = [...scanAuthorizationRecords(unit, 'users')].map((document) => readUser(document).name);
    const own = names.filter((name) => name.database === database);
    for (const name of own) removeAuthorizationRecord(unit, 'users', name);
    return own.length;
  });
}

/** The user's document with these roles. */
export function withRoles(user: StoredUser, roles: readonly RoleName[]): RawDocument {
  return withFields(user.document, { roles: valueOf(roleDocuments(roles)) });
}

/** The roles, each once. */
export function rolesWith(present: readonly RoleName[], added: readonly RoleName[]): RoleName[] {
  const byId = new Map([...present, ...added].map((role) => [roleId(role), role]));
  return [...byId.values()];
}

/** The roles that are left. */
export function rolesWithout(present: readonly RoleName[], removed: readonly RoleName[]): RoleName[] {
  const ids = new Set(removed.map(roleId));
  return present.filter((role) => !ids.has(roleId(role)));
}
