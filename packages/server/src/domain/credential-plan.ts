// plan(intent, observed): what has to be done to a database's MongoDB user so that the cluster agrees with the record.
// Absent and unknown are two things: nothing is ever done on the strength of a cluster that did not answer.
import type { DatabaseStatus } from './database-entry.js';

export interface GrantedRole {
  readonly role: string;
  readonly database: string;
}

/** Who a MongoDB user belongs to, as its `customData.freehold` says. */
export interface CredentialOwner {
  readonly userId: string;
  readonly databaseId: string;
  readonly operationId: string;
}

/** What a cluster says of a MongoDB user. */
export type ObservedCredential =
  | { readonly state: 'absent' }
  | { readonly state: 'unknown' }
  | { readonly state: 'present'; readonly roles: readonly GrantedRole[]; readonly owner: CredentialOwner | null };

/** What the record says should be there. */
export interface CredentialIntent {
  readonly status: DatabaseStatus;
  readonly mongoDatabase: string;
  /** It may hold no more: its credential can read and make room. */
  readonly isOverQuota: boolean;
  /** Its credential has no rights, because the account is disabled with its databases; absent: it has its own. */
  readonly isSuspended?: boolean;
  /** It was moved elsewhere, and may be moved back: its credential reads; absent: it has its own roles. */
  readonly isFrozen?: boolean;
}

export type CredentialAction =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly reason: 'cluster_unknown' | 'operation_running' }
  | { readonly kind: 'create_user' }
  | { readonly kind: 'drop_user' }
  | { readonly kind: 'set_roles'; readonly roles: readonly GrantedRole[] };

/** The roles of a tenant's credential: its own database alone (design, isolation). */
export function tenantRoles(mongoDatabase: string): readonly GrantedRole[] {
  return [{ role: 'readWrite', database: mongoDatabase }, { role: 'dbAdmin', database: mongoDatabase }];
}

/** The role in a tenant's database that its credential has while the database is over its quota. */
export const overQuotaRole = 'freehold_over_quota';

/** The roles of a tenant's credential while its database is over its quota: reading and making room (design, isolation). */
export function overQuotaRoles(mongoDatabase: string): readonly GrantedRole[] {
  return [{ role: overQuotaRole, database: mongoDatabase }];
}

/** The roles of a tenant's credential while its database is moved, and until the move cannot be taken back any more. Source: manual, "Built-In Roles". */
export function readingRoles(mongoDatabase: string): readonly GrantedRole[] {
  return [{ role: 'read', database: mongoDatabase }];
}

/** Whether two sets of roles are the same, whatever their order. */
export function sameRoles(a: readonly GrantedRole[], b: readonly GrantedRole[]): boolean {
  const keys = (roles: readonly GrantedRole[]): string => roles.map((role) => `${role.database}.${role.role}`).sort().join('\n');
  return keys(a) === keys(b);
}

/** Plans for one database that no operation is running on. */
export function planCredential(intent: CredentialIntent, observed: ObservedCredential): CredentialAction {
  if (observed.state === 'unknown') return { kind: 'wait', reason: 'cluster_unknown' };
  if (intent.status === 'provisioning' || intent.status === 'migrating') return { kind: 'wait', reason: 'operation_running' };
  const isWanted = intent.status === 'active';
  if (observed.state === 'absent') return isWanted ? { kind: 'create_user' } : { kind: 'nothing' };
  if (!isWanted) return { kind: 'drop_user' };
  const frozen = intent.isFrozen === true ? readingRoles(intent.mongoDatabase) : undefined;
  const limited = intent.isSuspended === true ? [] : frozen;
  const roles = limited ?? (intent.isOverQuota ? overQuotaRoles(intent.mongoDatabase) : tenantRoles(intent.mongoDatabase));
  return sameRoles(observed.roles, roles) ? { kind: 'nothing' } : { kind: 'set_roles', roles };
}
