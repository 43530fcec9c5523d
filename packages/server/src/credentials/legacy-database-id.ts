// The id of a legacy user's database: made from the user's id, so that it is the same before and after the migration, on every
// replica, and after a rollback; whoever wrote it down finds the database again.
import { createHash } from 'node:crypto';

const idLength = 16;

/** 16 hexadecimal digits: ids that are made at random have 8, so the two never meet. */
export function legacyDatabaseId(userId: string): string {
  return createHash('sha256').update(`legacy database of ${userId}`, 'utf8').digest('hex').slice(0, idLength);
}
