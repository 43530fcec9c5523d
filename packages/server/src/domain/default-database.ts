// Which database of a user is meant where none is named (R1.2, R1.4).
import type { DatabaseEntry } from './database-entry.js';

type Candidate = Pick<DatabaseEntry, 'id' | 'status'>;

/**
 * The database `default_database_id` points to if that is active, or being moved, else the user's first active one; undefined where there
 * is none at all.
 */
export function resolveDefaultDatabase<Entry extends Candidate>(databases: readonly Entry[], defaultDatabaseId: string | null): Entry | undefined {
  const named = databases.find((entry) => entry.id === defaultDatabaseId);
  if (named?.status === 'active' || named?.status === 'migrating') return named;
  return databases.find((entry) => entry.status === 'active');
}
