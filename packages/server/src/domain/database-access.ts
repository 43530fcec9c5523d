// What the credentials of a database may do in it: everything, make room, read, or nothing.
import { overQuotaRoles, readingRoles, tenantRoles, type GrantedRole } from './credential-plan.js';
import type { DatabaseEntry } from './database-entry.js';
import { isOverQuota } from './quota-level.js';

export type DatabaseAccess = 'full' | 'making_room' | 'reading' | 'none';
export type WriteBlock = 'suspended' | 'moved' | 'quota_exceeded' | 'moving';

const blocks: Readonly<Record<Exclude<DatabaseAccess, 'full'>, WriteBlock>> = { none: 'suspended', reading: 'moved', making_room: 'quota_exceeded' };

/** None while its owner's account is disabled with its databases; reading after it was moved; making room while it is over its quota. */
export function accessOf(entry: Pick<DatabaseEntry, 'quota_level' | 'is_suspended' | 'is_frozen'>): DatabaseAccess {
  if (entry.is_suspended === true) return 'none';
  if (entry.is_frozen === true) return 'reading';
  return isOverQuota(entry) ? 'making_room' : 'full';
}

/** Why they cannot write, or may not be able to; null: they can, as far as the status of the database lets them connect. */
export function writeBlockOf(entry: Pick<DatabaseEntry, 'status' | 'quota_level' | 'is_suspended' | 'is_frozen'>): WriteBlock | null {
  const access = accessOf(entry);
  return access === 'full' ? (entry.status === 'migrating' ? 'moving' : null) : blocks[access];
}

/** The roles that give it. */
export function rolesOf(access: DatabaseAccess, mongoDatabase: string): readonly GrantedRole[] {
  if (access === 'none') return [];
  if (access === 'reading') return readingRoles(mongoDatabase);
  return access === 'full' ? tenantRoles(mongoDatabase) : overQuotaRoles(mongoDatabase);
}
