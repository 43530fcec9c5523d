// Compares what is written with what a cluster has, for one database or one MongoDB user. Reads only.
import type { DatabaseEntry } from '../domain/database-entry.js';
import { planCredential, type CredentialAction, type CredentialIntent, type ObservedCredential } from '../domain/credential-plan.js';
import { isClosed } from '../domain/operation.js';
import { isOverQuota } from '../domain/quota-level.js';
import type { Cluster, DatabaseUser } from '../ports/cluster.js';
import type { ControlStores } from '../ports/control-database.js';
import { TransientFailure } from '../ports/failures.js';

/** What a cluster says of a user; a cluster that does not answer says nothing. */
export async function observeCredential(cluster: Cluster, username: string): Promise<ObservedCredential> {
  try {
    const user = await cluster.findDatabaseUser(username);
    return user === undefined ? { state: 'absent' } : { state: 'present', roles: user.roles, owner: user.owner };
  } catch (error) {
    if (error instanceof TransientFailure) return { state: 'unknown' };
    throw error;
  }
}

/** What the record says the cluster should have. */
export function intentOf(entry: DatabaseEntry): CredentialIntent {
  return { status: entry.status, mongoDatabase: entry.mongo_database, isOverQuota: isOverQuota(entry), isSuspended: entry.is_suspended === true, isFrozen: entry.is_frozen === true };
}

/** What would have to be done to this database's user; `wait` while an operation is at work. */
export async function plannedAction(stores: ControlStores, cluster: Cluster, entry: DatabaseEntry): Promise<CredentialAction> {
  return plannedFor(stores, entry, await observeCredential(cluster, entry.mongo_username));
}

/** The same, of a user that was looked at already. */
export async function plannedFor(stores: ControlStores, entry: DatabaseEntry, observed: ObservedCredential): Promise<CredentialAction> {
  const action = planCredential(intentOf(entry), observed);
  if (action.kind === 'nothing' || action.kind === 'wait') return action;
  return (await stores.operations.openOn(entry.id)) === undefined ? action : { kind: 'wait', reason: 'operation_running' };
}

/**
 * Whether a MongoDB user is one of ours that no record knows any more. Its entry is written before the user is made, and the
 * user is dropped before its entry is removed, so a missing entry is never a question of timing; an open operation is left alone, and so
 * is one that was closed after `closedBefore`.
 */
async function isOrphan(stores: ControlStores, user: DatabaseUser, closedBefore?: Date): Promise<boolean> {
  if (user.owner === null) return false;
  const database = await stores.databases.findById(user.owner.databaseId);
  if (database?.userId === user.owner.userId) {
    if (database.entry.mongo_username === user.username) return false;
    // The credential before the current one, in its grace time.
    if ((await stores.schedule.find('database.revoke_previous', database.entry.id))?.username === user.username) return false;
    if ((await stores.operations.openOn(database.entry.id)) !== undefined) return false;
  }
  const operation = await stores.operations.find(user.owner.operationId);
  return operation === undefined || (isClosed(operation.state) && (closedBefore === undefined || operation.updated_at < closedBefore));
}

/** The same; an owner whose document cannot be read keeps their MongoDB users. */
export async function isSurelyOrphan(stores: ControlStores, user: DatabaseUser, closedBefore?: Date): Promise<boolean> {
  try {
    return await isOrphan(stores, user, closedBefore);
  } catch (error) {
    if (error instanceof Error && error.name === 'ZodError') return false;
    throw error;
  }
}
