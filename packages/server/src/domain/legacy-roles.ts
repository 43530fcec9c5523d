// The roles of a legacy user's MongoDB user: what they are, and what they have to become. A tenant's credential has readWrite and
// dbAdmin on its own database, and nothing anywhere else (design, isolation).
import { sameRoles, tenantRoles, type GrantedRole } from './credential-plan.js';

export type LegacyRolesPlan =
  | { readonly kind: 'right' }
  /** What it has on its own database is replaced; `removed` are roles on others. */
  | { readonly kind: 'adjust'; readonly removed: readonly GrantedRole[] }
  /** It has roles on other databases, and may keep them only where it stays what it is. */
  | { readonly kind: 'refuse'; readonly extra: readonly GrantedRole[] };

/** Plans for the roles that a MongoDB user has. */
export function planLegacyRoles(mongoDatabase: string, roles: readonly GrantedRole[], extraRoles: 'refuse' | 'remove'): LegacyRolesPlan {
  if (sameRoles(roles, tenantRoles(mongoDatabase))) return { kind: 'right' };
  const extra = roles.filter(({ database }) => database !== mongoDatabase);
  return extra.length > 0 && extraRoles === 'refuse' ? { kind: 'refuse', extra } : { kind: 'adjust', removed: extra };
}
