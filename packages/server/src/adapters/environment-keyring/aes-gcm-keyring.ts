// AES-256-GCM with a versioned envelope: `v1.<kid>.<iv>.<ciphertext>.<tag>`, base64url (R2.4).
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KeyringError, type Keyring } from '../../ports/keyring.js';
import type { MasterKey } from './master-keys.js';

const algorithm = 'aes-256-gcm';
const version = 'v1';
const ivBytes = 12; // NIST SP 800-38D, 8.2.2: random 96-bit values; good for 2^32 encryptions with one key.
const tagBytes = 16;
const envelopePattern = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{22})$/;

/** Binds version and key id as well, so that no part of an envelope can be exchanged. */
function additionalData(keyId: string, aad: string): Buffer {
  return Buffer.from(`${version}\0${keyId}\0${aad}`, 'utf8');
}

export class AesGcmKeyring implements Keyring {
  readonly currentKeyId: string;
  readonly #keys: ReadonlyMap<string, Buffer>;

  /** The first key is the current one. */
  constructor(keys: readonly MasterKey[]) {
    const [current] = keys;
    if (current === undefined) throw new KeyringError('malformed_keys', 'a keyring has at least one key');
    this.currentKeyId = current.keyId;
    this.#keys = new Map(keys.map(({ keyId, key }) => [keyId, key]));
  }

  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  encrypt(plaintext: string, aad: string): string {
    return this.encryptWith(this.currentKeyId, plaintext, aad);
  }

  /** Encrypts with a key that need not be the current one: for the check values of all keys. */
  encryptWith(keyId: string, plaintext: string, aad: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.#key(keyId), iv, { authTagLength: tagBytes }).setAAD(additionalData(keyId, aad));
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    return [version, keyId, iv.toString('base64url'), ciphertext.toString('base64url'), cipher.getAuthTag().toString('base64url')].join('.');
  }

  decrypt(envelope: string, aad: string): string {
    const [, keyId, iv, ciphertext, tag] = envelopePattern.exec(envelope) ?? [];
    if (keyId === undefined) throw new KeyringError('malformed_envelope', 'a stored secret is not an envelope of this keyring; restore the record from a backup');
    const key = this.#key(keyId);
    const decipher = createDecipheriv(algorithm, key, Buffer.from(iv!, 'base64url'), { authTagLength: tagBytes })
      .setAAD(additionalData(keyId, aad))
      .setAuthTag(Buffer.from(tag!, 'base64url'));
    try {
      return Buffer.concat([decipher.update(Buffer.from(ciphertext!, 'base64url')), decipher.final()]).toString('utf8');
    } catch {
      throw new KeyringError('wrong_key_or_data',
        `a stored secret does not open with master key "${keyId}": the key is another one than it was encrypted with, or the record was moved or changed`);
    }
  }

  isCurrent(envelope: string): boolean {
    return envelope.startsWith(`${version}.${this.currentKeyId}.`);
  }

  #key(keyId: string): Buffer {
    const key = this.#keys.get(keyId);
    if (key === undefined) {
      throw new KeyringError('unknown_key', `a stored secret needs master key "${keyId}", which is not given; add it to FREEHOLD_MASTER_KEYS or FREEHOLD_MASTER_KEYS_FILE`);
    }
    return key;
  }
}
