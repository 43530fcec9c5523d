// Freehold's own envelope, `v1.<kid>.<iv>.<ciphertext>.<tag>`, made with keys that are not this platform's master keys.
import { Secret } from '../../domain/secret.js';
import { KeyringError } from '../../ports/keyring.js';
import { LegacyPasswordUnreadable } from '../../ports/legacy-cipher.js';
import type { AesGcmKeyring } from '../environment-keyring/aes-gcm-keyring.js';

/** Throws LegacyPasswordUnreadable. */
export function decryptEnvelope(envelope: string, keyring: AesGcmKeyring, aad: string): Secret {
  try {
    return new Secret(keyring.decrypt(envelope, aad));
  } catch (error) {
    if (error instanceof KeyringError) throw new LegacyPasswordUnreadable(`the envelope cannot be opened (${error.code})`);
    throw error;
  }
}
