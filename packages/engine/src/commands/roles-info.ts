// `rolesInfo`. Source: the manual's page "rolesInfo".
import type { Document } from 'bson';
import { parseRole } from '../auth/command-arguments.js';
import { scanAuthorizationRecords } from '../auth/authorization-records.js';
import { builtInRole, builtInRoles } from '../auth/built-in-roles.js';
import { roleId, type RoleName } from '../auth/names.js';
import { PrivilegeSet } from '../auth/privilege-set.js';
import { privilegeDocuments } from '../auth/role-changes.js';
import { resolveRoles } from '../auth/role-resolution.js';
import { readRole, type StoredRole } from '../auth/stored-user.js';
import { storedRole } from '../auth/user-directory.js';
import { roleDocuments } from '../auth/user-documents.js';
import { arrayValues } from '../bson/reader.js';
import type { RawValue } from '../bson/raw-value.js';
import { isTruthy } from '../bson/truth.js';
import { BsonType, isNumericType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { CommandError } from '../errors.js';
import type { ReadUnit } from '../storage/units.js';

/** `showPrivileges` of this value asks for one answer over all roles. */
const asUserFragment = 'asUserFragment';

interface Shown {
  readonly privileges: boolean;
  readonly restrictions: boolean;
}

export const rolesInfo = defineCommand({
  name: 'rolesInfo',
  help: 'Shows roles: by name, or all of the database.',
  fields: {
    rolesInfo: { kind: 'any', required: true },
    showPrivileges: 'any',
    showBuiltinRoles: 'boolean',
    showAuthenticationRestrictions: 'boolean',
  },
  // Everybody may see the roles they hold: `authorize` below.
  access: { kind: 'authenticated' },
  run(fields, context) {
    const asked = namedRoles(fields.rolesInfo, context.database);
    authorize(asked, context);
    const shown: Shown = { privileges: isTruthy(fields.showPrivileges), restrictions: fields.showAuthenticationRestrictions === true };
    const isFragment = fields.showPrivileges?.type === BsonType.string && fields.showPrivileges.string() === asUserFragment;
    if (isFragment && asked === undefined) throw new CommandError('IllegalOperation', 'Cannot get user fragment for all roles in a database');
    const roles = context.services.users.read((unit) => {
      const names = asked ?? allRoles(unit, context.database, fields.showBuiltinRoles === true);
      if (isFragment) return userFragment(unit, names);
      return names.map((name) => describe(unit, name, shown)).filter((role) => role !== undefined);
    });
    return encodeDocument(Array.isArray(roles) ? { roles } : { userFragment: roles });
  },
});

/** The roles that were named, or undefined for all of the database. */
function namedRoles(value: RawValue, database: string): readonly RoleName[] | undefined {
  if (isNumericType(value.type)) return undefined;
  const values = value.type === BsonType.array ? arrayValues(value) : [value];
  return values.map((item) => parseRole(item, database));
}

function authorize(asked: readonly RoleName[] | undefined, context: CommandContext): void {
  const { access, users } = context.services;
  const view = (database: string): void => access.authorize(context, [{ resource: { database, collection: '' }, actions: ['viewRole'] }]);
  if (asked === undefined) {
    view(context.database);
    return;
  }
  const own = context.connection.user === undefined ? undefined : users.find(context.connection.user);
  const held = new Set((own?.resolved.roles ?? []).map(roleId));
  for (const name of asked) {
    if (!held.has(roleId(name))) view(name.database);
  }
}

function allRoles(unit: ReadUnit, database: string, withBuiltIn: boolean): RoleName[] {
  const stored = [...scanAuthorizationRecords(unit, 'roles')].map((document) => readRole(document).name).filter((name) => name.database === database);
  if (!withBuiltIn) return stored;
  const builtIn = Object.keys(builtInRoles).map((role) => ({ role, database }));
  return [...stored, ...builtIn.filter((name) => builtInRole(name) !== undefined)];
}

function describe(unit: ReadUnit, name: RoleName, shown: Shown): Document | undefined {
  const builtIn = builtInRole(name);
  const stored = builtIn === undefined ? storedRole(unit, name) : undefined;
  if (builtIn === undefined && stored === undefined) return undefined;
  const direct = builtIn?.inherits(name.database) ?? stored?.roles ?? [];
  const inherited = resolveRoles(direct, (role) => storedRole(unit, role));
  const own = builtIn?.privileges(name.database) ?? stored?.privileges ?? [];
  return {
    _id: roleId(name),
    role: name.role,
    db: name.database,
    ...(shown.privileges ? { privileges: privilegeDocuments(new PrivilegeSet(own).list()) } : {}),
    roles: roleDocuments(direct),
    ...(shown.restrictions ? { authenticationRestrictions: stored?.restrictions ?? [] } : {}),
    inheritedRoles: roleDocuments(inherited.roles),
    ...(shown.privileges ? { inheritedPrivileges: privilegeDocuments(new PrivilegeSet([...own, ...inherited.privileges]).list()) } : {}),
    ...(shown.restrictions ? { inheritedAuthenticationRestrictions: allRestrictions(stored, inherited.restrictions) } : {}),
    isBuiltin: builtIn !== undefined,
  };
}

/** The roles as they would be of one user who has them all. */
function userFragment(unit: ReadUnit, names: readonly RoleName[]): Document {
  const resolved = resolveRoles(names, (role) => storedRole(unit, role));
  return {
    roles: roleDocuments(names),
    inheritedRoles: roleDocuments(resolved.roles),
    privileges: privilegeDocuments(new PrivilegeSet(resolved.privileges).list()),
    inheritedAuthenticationRestrictions: [...resolved.restrictions],
  };
}

function allRestrictions(stored: StoredRole | undefined, inherited: readonly unknown[]): unknown[] {
  return stored === undefined || stored.restrictions.length === 0 ? [...inherited] : [stored.restrictions, ...inherited];
}
