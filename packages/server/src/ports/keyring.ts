// Encryption of what is stored and must not be read there (R2.4).

/** Why something could not be decrypted, or the keys not used. Its message names a remedy and never a key or a plaintext. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';

  constructor(readonly code: 'malformed_envelope' | 'unknown_key' | 'wrong_key_or_data' | 'malformed_keys' | 'wrong_master_key', message: string) {
    super(message);
  }
}

export interface Keyring {
  /** The key that `encrypt` uses. */
  readonly currentKeyId: string;
  /**
   * Encrypts with the current key. `aad` says where the envelope belongs (`credentialPlace`): decrypted anywhere else, it fails.
   * The envelope: `v1.<kid>.<iv>.<ciphertext>.<tag>`, base64url.
   */
  encrypt(plaintext: string, aad: string): string;
  /** Decrypts with whichever key the envelope names. Throws KeyringError. */
  decrypt(envelope: string, aad: string): string;
  /** Whether the envelope was made with the current key; false: it is due for re-encryption. */
  isCurrent(envelope: string): boolean;
}

/** The place of a database's credential field, as AAD: (user, database, field), unambiguous whatever the parts contain. */
export function credentialPlace(userId: string, databaseId: string, field: string): string {
  return JSON.stringify(['database', userId, databaseId, field]);
}

/** The place of a cluster's URI, as AAD. */
export function clusterUriPlace(clusterId: string): string {
  return JSON.stringify(['cluster', clusterId, 'uri_encrypted']);
}
