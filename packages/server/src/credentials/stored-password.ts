// A tenant's password between the keyring and whoever must have it: sealed for the place it is stored in (R2.4).
import type { DatabaseEntry } from '../domain/database-entry.js';
import { Secret } from '../domain/secret.js';
import { credentialPlace, type Keyring } from '../ports/keyring.js';

const field = 'mongo_password_encrypted';

/** The envelope to store as `mongo_password_encrypted` of this database, and nowhere else. */
export function sealPassword(keyring: Keyring, userId: string, databaseId: string, password: Secret): string {
  return keyring.encrypt(password.reveal(), credentialPlace(userId, databaseId, field));
}

/** Throws KeyringError. */
export function openPassword(keyring: Keyring, userId: string, databaseId: string, envelope: string): Secret {
  return new Secret(keyring.decrypt(envelope, credentialPlace(userId, databaseId, field)));
}

/** The password of a database. Throws KeyringError. */
export function passwordOf(keyring: Keyring, userId: string, entry: Pick<DatabaseEntry, 'id' | 'mongo_password_encrypted'>): Secret {
  return openPassword(keyring, userId, entry.id, entry.mongo_password_encrypted);
}
