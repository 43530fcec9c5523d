// Database entries for tests.
import type { DatabaseEntry } from './database-entry.js';

/** An active database; whatever matters to a test is given. */
export function databaseEntry(fields: Partial<DatabaseEntry> = {}): DatabaseEntry {
  const id = fields.id ?? '0a1b2c3d';
  return {
    id, name: `database ${id}`, status: 'active', environment: 'development', description: null, is_default: false, cluster_id: 'primary',
    mongo_database: `user_u_${id}`, mongo_username: `user_u_${id}`, mongo_password_encrypted: 'v1.k1.x.y.z', quota_mb: null, current_size_mb: 0,
    app_count: 0, created_at: new Date('2026-01-01T00:00:00Z'), last_rotated_at: null, deleted_at: null, ...fields,
  };
}
