// Whether a migrated user can be put back to what the earlier platform knows (R3.3). It is refused where something that was made or
// changed since would be lost.
import { accessOf } from './database-access.js';
import type { DatabaseEntry } from './database-entry.js';
import { legacyDatabaseName } from './legacy-user.js';

export interface MigratedState {
  readonly databaseId: string;
  readonly databases: readonly DatabaseEntry[];
  /** Names and cluster as the migration wrote them. */
  readonly migrated: Pick<DatabaseEntry, 'mongo_username' | 'mongo_database' | 'cluster_id' | 'description'>;
  /** Apps that name the database by its id. */
  readonly boundAppIds: readonly string[];
}

export interface RollbackRefusal {
  readonly code: 'HAS_NEW_DATABASES' | 'CREDENTIALS_ROTATED' | 'DATABASE_DELETED' | 'DATABASE_CHANGED' | 'APPS_BOUND' | 'ACCOUNT_CHANGED' | 'HAS_NEW_APPS';
  readonly details: Readonly<Record<string, unknown>>;
}

function changedFields(entry: DatabaseEntry, migrated: MigratedState['migrated']): readonly string[] {
  const isChanged: Readonly<Record<string, boolean>> = {
    name: entry.name !== legacyDatabaseName, description: entry.description !== migrated.description, environment: entry.environment !== 'production', quota_mb: entry.quota_mb !== null,
    cluster_id: entry.cluster_id !== migrated.cluster_id, access: !['full', 'making_room'].includes(accessOf(entry)), mongo_database: entry.mongo_database !== migrated.mongo_database,
  };
  return Object.entries(isChanged).flatMap(([field, is]) => (is ? [field] : []));
}

/** Everything that stands in the way; empty: the user can be put back. */
export function refusalsOfRollback({ databaseId, databases, migrated, boundAppIds }: MigratedState): readonly RollbackRefusal[] {
  const refusals: RollbackRefusal[] = [];
  const others = databases.filter(({ id }) => id !== databaseId);
  if (others.length > 0) refusals.push({ code: 'HAS_NEW_DATABASES', details: { database_ids: others.map(({ id }) => id) } });
  const entry = databases.find(({ id }) => id === databaseId);
  if (entry?.status !== 'active') return [...refusals, { code: 'DATABASE_DELETED', details: { status: entry?.status ?? 'absent' } }];
  if (entry.last_rotated_at !== null || entry.mongo_username !== migrated.mongo_username) refusals.push({ code: 'CREDENTIALS_ROTATED', details: { at: entry.last_rotated_at?.toISOString() ?? null } });
  const fields = changedFields(entry, migrated);
  if (fields.length > 0) refusals.push({ code: 'DATABASE_CHANGED', details: { fields } });
  if (boundAppIds.length > 0) refusals.push({ code: 'APPS_BOUND', details: { app_ids: boundAppIds } });
  return refusals;
}
