// A legacy user's earlier document, as it is kept for a rollback: in an envelope, since the password in it may not be encrypted.
import { z } from 'zod';
import type { Keyring } from '../ports/keyring.js';

/** The place of such a document, as AAD. */
function legacyBeforePlace(userId: string): string {
  return JSON.stringify(['legacy_user', userId, 'before']);
}

/** The place of a user's apps on their way here, as AAD. */
function legacyAppsPlace(userId: string): string {
  return JSON.stringify(['legacy_user', userId, 'apps']);
}

export function sealBefore(keyring: Keyring, userId: string, bytes: Buffer): string {
  return keyring.encrypt(bytes.toString('base64'), legacyBeforePlace(userId));
}

/** Documents of a user's apps, as they are kept until they are written: in an envelope too, whatever is in them. */
export function sealApps(keyring: Keyring, userId: string, apps: readonly Buffer[]): string {
  return keyring.encrypt(JSON.stringify(apps.map((bytes) => bytes.toString('base64'))), legacyAppsPlace(userId));
}

/** Throws KeyringError. */
export function openApps(keyring: Keyring, userId: string, envelope: string): readonly Buffer[] {
  return z.array(z.base64()).parse(JSON.parse(keyring.decrypt(envelope, legacyAppsPlace(userId)))).map((text) => Buffer.from(text, 'base64'));
}

/** Throws KeyringError. */
export function openBefore(keyring: Keyring, userId: string, envelope: string): Buffer {
  return Buffer.from(keyring.decrypt(envelope, legacyBeforePlace(userId)), 'base64');
}
