// The role of a database that is over its quota. It lives in the tenant's own database: there a role can name that database's
// resources alone (manual, "User-Defined Roles"), so that one mistake here cannot open another tenant's.
import type { Db } from 'mongodb';
import { overQuotaRole } from '../../domain/credential-plan.js';
import { hasCode, mongoCodes } from './failures.js';

/** Reading, and everything that makes room. Source: manual, "Privilege Actions". */
const actions = [
  'find', 'listCollections', 'listIndexes', 'collStats', 'dbStats', 'dbHash', 'indexStats', 'planCacheRead', 'changeStream', 'killCursors',
  'remove', 'dropCollection', 'dropIndex', 'dropDatabase', 'compact',
] as const;

const acknowledged = { w: 'majority', wtimeout: 10_000 } as const;

/** See `Cluster.ensureOverQuotaRole`. */
export async function ensureOverQuotaRole(database: Db): Promise<void> {
  const fields = { privileges: [{ resource: { db: database.databaseName, collection: '' }, actions: [...actions] }], roles: [], writeConcern: acknowledged };
  try {
    await database.command({ createRole: overQuotaRole, ...fields });
  } catch (error) {
    if (!hasCode(error, mongoCodes.roleAlreadyExists)) throw error;
    await database.command({ updateRole: overQuotaRole, ...fields });
  }
}

/** See `Cluster.dropOverQuotaRole`. */
export async function dropOverQuotaRole(database: Db): Promise<void> {
  try {
    await database.command({ dropRole: overQuotaRole, writeConcern: acknowledged });
  } catch (error) {
    if (!hasCode(error, mongoCodes.roleNotFound)) throw error;
  }
}
