// The names a database gets in MongoDB, and what MongoDB and the platform allow in them (R1.6, R2.1).

const databaseIdPattern = /^[a-zA-Z0-9_-]{1,32}$/;
const forbiddenInMongoDatabaseName = /[/\\. "$*<>:|?\0]/;

export const longestMongoUsername = 64;
const longestMongoDatabaseNameBytes = 63;

/** The first 8 hexadecimal digits of a UUIDv4 (R1.6). The caller retries where the id is taken. */
export function databaseIdFromUuid(uuid: string): string {
  const databaseId = uuid.replaceAll('-', '').slice(0, 8).toLowerCase();
  if (!/^[0-9a-f]{8}$/.test(databaseId)) throw new Error('a database id is made from a UUID');
  return databaseId;
}

/** Whether a text has the form of a database id: up to 32 of `[a-zA-Z0-9_-]` (R1.6). */
export function isDatabaseId(text: string): boolean {
  return databaseIdPattern.test(text);
}

/** The form under which two names of one user are the same name (R2.1: unique case-insensitively). */
export function databaseNameKey(name: string): string {
  return name.toLowerCase();
}

/**
 * Whether MongoDB takes the name of a database on every platform it runs on.
 * Source: manual, "Naming Restrictions": fewer than 64 bytes, none of `/\. "$*<>:|?` nor NUL.
 */
export function isMongoDatabaseName(name: string): boolean {
  const bytes = new TextEncoder().encode(name).length;
  return bytes > 0 && bytes <= longestMongoDatabaseNameBytes && !forbiddenInMongoDatabaseName.test(name);
}

const alternateSuffix = '_b';

/**
 * The name of the credential that replaces this one: `user_{u}_{d}` and `user_{u}_{d}_b` in turn, so that for a time both
 * work (design, rotation).
 */
export function alternateUsername(username: string): string {
  return username.endsWith(alternateSuffix) ? username.slice(0, -alternateSuffix.length) : `${username}${alternateSuffix}`;
}

export interface MongoNames {
  readonly database: string;
  readonly username: string;
}

/** The MongoDB database and user of a platform database: both `user_{userId}_{databaseId}` (R1.6, R3.1). */
export function mongoNames(userId: string, databaseId: string): MongoNames {
  if (!isDatabaseId(databaseId)) throw new Error('not a database id');
  const name = `user_${userId}_${databaseId}`;
  if (alternateUsername(name).length > longestMongoUsername) throw new Error('the MongoDB username would be longer than 64 characters');
  if (!isMongoDatabaseName(name)) throw new Error('the MongoDB database name would not be accepted');
  return { database: name, username: name };
}
