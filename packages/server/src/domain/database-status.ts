// The states of a database and the only ways between them.
import type { DatabaseEntry, DatabaseOwner, DatabaseStatus } from './database-entry.js';

/** The user has no such database. */
export class DatabaseAbsent extends Error {
  override readonly name = 'DatabaseAbsent';
}

/** The owner's entry of this id; throws DatabaseAbsent where there is no owner or no entry. */
export function requireEntry(owner: DatabaseOwner | undefined, databaseId: string): { readonly owner: DatabaseOwner; readonly entry: DatabaseEntry } {
  const entry = owner?.databases.find(({ id }) => id === databaseId);
  if (owner === undefined || entry === undefined) throw new DatabaseAbsent('no such database');
  return { owner, entry };
}

/** The database is in a state that does not allow this. */
export class DatabaseInWrongStatus extends Error {
  override readonly name = 'DatabaseInWrongStatus';

  constructor(readonly status: DatabaseStatus) {
    super(`the database is ${status}`);
  }
}

const transitions: Readonly<Record<DatabaseStatus, readonly DatabaseStatus[]>> = {
  provisioning: ['active', 'failed'],
  active: ['migrating', 'deleting'],
  migrating: ['active', 'failed'],
  // Restored within its seven days, or its deletion undone (R5.5).
  deleting: ['active'],
  failed: ['deleting'],
};

/** Whether a database in `from` may be put into `to`. */
export function mayBecome(from: DatabaseStatus, to: DatabaseStatus): boolean {
  return transitions[from].includes(to);
}

/** The states from which a database may be put into `to`; stores make their writes conditional on it. */
export function statusesBefore(to: DatabaseStatus): readonly DatabaseStatus[] {
  return (Object.keys(transitions) as DatabaseStatus[]).filter((from) => mayBecome(from, to));
}
