// Shows one database.
import type { CommandDefinition } from '../command.js';
import { fields, megabytes, quotaWords, when, writableWords } from '../present.js';
import { findDatabase } from '../resolve.js';

export const dbShow: CommandDefinition = {
  path: ['db', 'show'],
  summary: 'show one database',
  arguments: [{ name: '<database>', description: 'its name or id' }],
  run: async (context, [nameOrId]) => {
    const database = await findDatabase(context.client(), nameOrId!);
    const shown = fields({
      id: database.id, name: database.name, status: database.status, environment: database.environment, description: database.description,
      default: database.is_default ? 'yes' : 'no', cluster: database.cluster_id, 'MongoDB database': database.mongo_database,
      'MongoDB user': database.mongo_username, size: megabytes(database.current_size_mb),
      quota: quotaWords(database), writable: writableWords(database), apps: database.app_count, created: when(database.created_at),
      rotated: database.last_rotated_at === null ? null : when(database.last_rotated_at),
      deleted: database.deleted_at === null ? null : when(database.deleted_at), 'purged at': database.purge_at === null ? null : when(database.purge_at),
    });
    return { data: database, text: shown };
  },
};
