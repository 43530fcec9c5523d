// Users who are not migrated yet see their database all the same (R1.3, R3.1): their documents are read as they will be after
// the migration, and nothing is written. The entry's password is the legacy ciphertext; the keyring knows it by its prefix.
import type { Document } from 'mongodb';
import { z } from 'zod';
import { legacyDatabaseId } from '../../credentials/legacy-database-id.js';
import { databaseEntrySchema } from '../../domain/database-entry.js';
import { legacyDatabaseEntry, legacyEnvelopePrefix, legacyMarkField, parseLegacyUser } from '../../domain/legacy-user.js';
import { primaryClusterId } from './cluster-directory.js';

/** The databases of a user; documents of an earlier platform may have null. */
export const storedEntries = z.array(databaseEntrySchema).nullish().transform((entries) => entries ?? []);
/** The id of the default database; of an earlier platform it may be of any type, and names nothing. */
export const storedDefault = z.string().nullable().catch(null);

/** What has to be read of a user's document, beside the databases and the default, to tell a legacy user. */
export const legacyProjection = { mongo_password_encrypted: 1, [legacyMarkField]: 1, created_at: 1 } as const;

/** The document as it is, or, of a legacy user, as it will be: with one database, which is the default. */
export function readThrough(document: Document): Document {
  const legacy = parseLegacyUser(document);
  if (legacy === undefined) return document;
  const databaseId = legacyDatabaseId(legacy.userId);
  const entry = legacyDatabaseEntry(legacy, {
    databaseId, clusterId: primaryClusterId, passwordEnvelope: legacyEnvelopePrefix + legacy.passwordEncrypted, sizeMb: 0, appCount: 0,
  });
  return { ...document, databases: [entry], default_database_id: databaseId, total: 1 };
}
