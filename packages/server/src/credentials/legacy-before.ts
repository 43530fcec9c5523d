// A legacy user's earlier document, as it is kept for a rollback: in an envelope, since the password in it may not be encrypted.
import type { Keyring } from '../ports/keyring.js';

/** The place of such a document, as AAD. */
export function legacyBeforePlace(userId: string): string {
  return JSON.stringify(['legacy_user', userId, 'before']);
}

export function sealBefore(keyring: Keyring, userId: string, bytes: Buffer): string {
  return keyring.encrypt(bytes.toString('base64'), legacyBeforePlace(userId));
}

/** Throws KeyringError. */
export function openBefore(keyring: Keyring, userId: string, envelope: string): Buffer {
  return Buffer.from(keyring.decrypt(envelope, legacyBeforePlace(userId)), 'base64');
}
