// Which database of a user is meant where none is named (R1.2, R1.4).
import type { DatabaseEntry, DatabaseOwner, DatabaseStatus } from './database-entry.js';

/** In which states the database that is named as the default is the default. */
export const namedDefaultStatuses: readonly DatabaseStatus[] = ['active', 'migrating'];

type Candidate = Pick<DatabaseEntry, 'id' | 'status'>;

/**
 * The database `default_database_id` points to if that is active, or being moved, else the user's first active one; undefined where there
 * is none at all.
 */
export function resolveDefaultDatabase<Entry extends Candidate>(databases: readonly Entry[], defaultDatabaseId: string | null): Entry | undefined {
  const named = databases.find((entry) => entry.id === defaultDatabaseId);
  if (named !== undefined && namedDefaultStatuses.includes(named.status)) return named;
  return databases.find((entry) => entry.status === 'active');
}

/** What is wrong with what a user's document says of the default: it names nothing that could be it, or the flags say something else. */
export type DefaultFault = { readonly kind: 'dangling' } | { readonly kind: 'flag_wrong'; readonly flagged: readonly string[] };

/** A database that is being made may be made the default when it is done; what is deleted or failed can be none. */
function canBeDefault({ status }: DatabaseEntry): boolean {
  return namedDefaultStatuses.includes(status) || status === 'provisioning';
}

/** Undefined: nothing is; naming no default is fine where no flag does either. */
export function defaultFaultOf({ databases, defaultDatabaseId }: Pick<DatabaseOwner, 'databases' | 'defaultDatabaseId'>): DefaultFault | undefined {
  const named = databases.find(({ id }) => id === defaultDatabaseId);
  if (defaultDatabaseId !== null && (named === undefined || !canBeDefault(named))) return { kind: 'dangling' };
  const flagged = databases.filter(({ is_default }) => is_default).map(({ id }) => id);
  const isRight = defaultDatabaseId === null ? flagged.length === 0 : flagged.length === 1 && flagged[0] === defaultDatabaseId;
  return isRight ? undefined : { kind: 'flag_wrong', flagged };
}
