// What the credentials of a database may do in it: everything, make room, or nothing.
import { overQuotaRoles, tenantRoles, type GrantedRole } from './credential-plan.js';
import type { DatabaseEntry } from './database-entry.js';
import { isOverQuota } from './quota-level.js';

export type DatabaseAccess = 'full' | 'making_room' | 'none';

/** None while its owner's account is disabled with its databases; making room while it is over its quota. */
export function accessOf(entry: Pick<DatabaseEntry, 'quota_level' | 'is_suspended'>): DatabaseAccess {
  if (entry.is_suspended === true) return 'none';
  return isOverQuota(entry) ? 'making_room' : 'full';
}

/** The roles that give it. */
export function rolesOf(access: DatabaseAccess, mongoDatabase: string): readonly GrantedRole[] {
  if (access === 'none') return [];
  return access === 'full' ? tenantRoles(mongoDatabase) : overQuotaRoles(mongoDatabase);
}
