// A user of an earlier platform, with one database (R3.1): what their document in `users` says, read without trusting its form.
// MongoDB user and database are both called `user_{user_id}`; the password is in `mongo_password_encrypted` (R1.3).
import { z } from 'zod';
import type { DatabaseEntry } from './database-entry.js';
import { passwordHashKind, type PasswordHashKind } from './password-hash.js';

/** The name of a legacy user's database in lists; nobody else can take it (R2.1: `default` is reserved). */
export const legacyDatabaseName = 'default';

/** What stands before a legacy ciphertext where an envelope of the keyring is expected; `LegacyReadingKeyring` reads it. */
export const legacyEnvelopePrefix = 'legacy:';

/** The field that says that a user has been migrated, and by what. */
export const legacyMarkField = 'legacy_migration';

/** In that field: the hash of the sign-in password that has taken the place of the earlier platform's. */
export const replacedHashField = 'replaced_password_hash';

export interface LegacyUser {
  readonly userId: string;
  readonly passwordEncrypted: string;
  readonly mongoDatabase: string;
  readonly mongoUsername: string;
  readonly description: string | null;
  readonly createdAt: Date;
  readonly email: string | null;
  readonly hasEmailKey: boolean;
  /** What kind of hash the sign-in password is stored as; null: there is none. */
  readonly passwordHashKind: PasswordHashKind | null;
  /** Somebody's earlier attempt has left a `databases` array or a default of another form. */
  readonly isHalfMigrated: boolean;
  /** Entries of that array; more than one cannot be read as one database. */
  readonly foreignEntryCount: number;
}

const text = z.string().min(1).optional().catch(undefined);

const documentSchema = z.object({
  _id: z.unknown(),
  mongo_password_encrypted: text,
  [legacyMarkField]: z.unknown().optional(),
  databases: z.array(z.unknown()).optional().catch(undefined),
  default_database_id: z.unknown().optional(),
  created_at: z.date().optional().catch(undefined),
  email: text,
  email_lower: text,
  password_hash: text,
});

/** What somebody's own script may have made of the review's sketch: an entry without a cluster. */
const foreignEntrySchema = z.object({ mongo_password_encrypted: text, mongo_database: text, mongo_username: text, description: z.string().nullable().catch(null).default(null) });

// Made once: every list and look-up of databases asks, and making a schema costs more than all the rest of it.
const ownEntrySchema = z.object({ cluster_id: z.string() });

/** Whether an element of `databases` is one of the platform's own. */
function isOwnEntry(entry: unknown): boolean {
  return ownEntrySchema.safeParse(entry).success;
}

/** The time an ObjectId was made, in its first four bytes; other ids say nothing. */
function timeOf(userId: string): Date {
  return /^[0-9a-f]{24}$/.test(userId) ? new Date(Number.parseInt(userId.slice(0, 8), 16) * 1000) : new Date(0);
}

/** The legacy user that a document of `users` is; undefined for one that is migrated, or never was one. */
export function parseLegacyUser(document: unknown): LegacyUser | undefined {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return undefined;
  const { databases = [], mongo_password_encrypted: password, created_at: createdAt, email = null, email_lower: emailKey, password_hash: passwordHash } = parsed.data;
  if (parsed.data[legacyMarkField] !== undefined || databases.some(isOwnEntry)) return undefined;
  const foreign = foreignEntrySchema.safeParse(databases[0]).data;
  const passwordEncrypted = foreign?.mongo_password_encrypted ?? password;
  if (passwordEncrypted === undefined) return undefined;
  const userId = String(parsed.data._id);
  const name = `user_${userId}`;
  return {
    userId, passwordEncrypted, email, mongoDatabase: foreign?.mongo_database ?? name, mongoUsername: foreign?.mongo_username ?? name,
    description: foreign?.description ?? null, createdAt: createdAt ?? timeOf(userId), hasEmailKey: emailKey !== undefined,
    passwordHashKind: passwordHash === undefined ? null : passwordHashKind(passwordHash),
    isHalfMigrated: databases.length > 0 || (parsed.data.default_database_id !== undefined && parsed.data.default_database_id !== null),
    foreignEntryCount: databases.length,
  };
}

export interface AdoptedEntry {
  readonly databaseId: string;
  readonly clusterId: string;
  /** Envelope of the keyring; or, while the user is not migrated, the legacy ciphertext behind its prefix. */
  readonly passwordEnvelope: string;
  readonly sizeMb: number;
  readonly appCount: number;
}

/** The entry of a legacy user's database: the names stay what they are, nothing is renamed or copied (R3.1). */
export function legacyDatabaseEntry(user: LegacyUser, adopted: AdoptedEntry): DatabaseEntry {
  return {
    id: adopted.databaseId,
    name: legacyDatabaseName,
    status: 'active',
    // It has been in use: backups treat it as what people depend on.
    environment: 'production',
    description: user.description,
    is_default: true,
    cluster_id: adopted.clusterId,
    mongo_database: user.mongoDatabase,
    mongo_username: user.mongoUsername,
    mongo_password_encrypted: adopted.passwordEnvelope,
    quota_mb: null,
    current_size_mb: adopted.sizeMb,
    app_count: adopted.appCount,
    created_at: user.createdAt,
    last_rotated_at: null,
    deleted_at: null,
  };
}
