// A database as the API shows it.
import type { Database } from '@freehold/api';
import { writeBlockOf } from '../domain/database-access.js';
import { purgeTime } from '../domain/deletion.js';
import { quotaLevelOf } from '../domain/quota-level.js';
import type { OwnedDatabase } from '../ports/databases.js';

/** Everything the owner may see; the encrypted password stays behind. */
export function presentDatabase({ entry, isDefault }: OwnedDatabase): Database {
  return {
    id: entry.id,
    name: entry.name,
    status: entry.status,
    environment: entry.environment,
    description: entry.description,
    is_default: isDefault,
    mongo_database: entry.mongo_database,
    mongo_username: entry.mongo_username,
    cluster_id: entry.cluster_id,
    quota_mb: entry.quota_mb,
    quota_level: quotaLevelOf(entry),
    write_block: writeBlockOf(entry),
    current_size_mb: entry.current_size_mb,
    app_count: entry.app_count,
    created_at: entry.created_at.toISOString(),
    last_rotated_at: entry.last_rotated_at?.toISOString() ?? null,
    deleted_at: entry.deleted_at?.toISOString() ?? null,
    purge_at: entry.deleted_at === null ? null : purgeTime(entry.deleted_at).toISOString(),
  };
}
