// What a list of roles comes to: all roles they inherit, and all privileges of those. Pure: stored roles are looked up
// through a function.
import { builtInRole } from './built-in-roles.js';
import { roleId, type RoleName } from './names.js';
import type { AddressRestriction } from './address-restrictions.js';
import type { Privilege } from './privileges.js';
import type { StoredRole } from './stored-user.js';

export type RoleLookup = (name: RoleName) => StoredRole | undefined;

export interface ResolvedRoles {
  /** The roles and all that they inherit, each once. */
  readonly roles: readonly RoleName[];
  readonly privileges: readonly Privilege[];
  /** One list per role that restricts addresses: each of them must let a connection in. */
  readonly restrictions: readonly (readonly AddressRestriction[])[];
}

/** Roles that do not exist (any more) come to nothing, as in MongoDB. */
export function resolveRoles(direct: readonly RoleName[], lookup: RoleLookup): ResolvedRoles {
  const seen = new Map<string, RoleName>();
  const privileges: Privilege[] = [];
  const restrictions: (readonly AddressRestriction[])[] = [];
  const open = [...direct];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(roleId(name))) continue;
    const builtIn = builtInRole(name);
    const stored = builtIn === undefined ? lookup(name) : undefined;
    if (builtIn === undefined && stored === undefined) continue;
    seen.set(roleId(name), name);
    open.push(...(builtIn?.inherits(name.database) ?? stored?.roles ?? []));
    privileges.push(...(builtIn?.privileges(name.database) ?? stored?.privileges ?? []));
    if (stored !== undefined && stored.restrictions.length > 0) restrictions.push(stored.restrictions);
  }
  return { roles: [...seen.values()], privileges, restrictions };
}
