// Notices a wrong or missing master key at start-up, not at the first decryption: every key that was ever used has a check
// value in the control database, encrypted with it.
import { KeyringError } from '../../ports/keyring.js';
import type { AesGcmKeyring } from './aes-gcm-keyring.js';

export interface KeyCheck {
  readonly keyId: string;
  readonly envelope: string;
}

/** Where the check values are kept. */
export interface KeyCheckStore {
  all(): Promise<readonly KeyCheck[]>;
  /** Keeps what is there, if another replica was first. */
  insert(check: KeyCheck): Promise<void>;
}

const checkedText = 'freehold master key';

function place(keyId: string): string {
  return JSON.stringify(['key_check', keyId]);
}

/** Throws KeyringError `wrong_master_key` or `unknown_key`, with the remedy; registers keys that are new. */
export async function verifyMasterKeys(keyring: AesGcmKeyring, store: KeyCheckStore): Promise<void> {
  const known = new Set((await store.all()).map((check) => check.keyId));
  await Promise.all(keyring.keyIds.filter((keyId) => !known.has(keyId))
    .map((keyId) => store.insert({ keyId, envelope: keyring.encryptWith(keyId, checkedText, place(keyId)) })));
  // Read again: where two replicas start at once with different keys of one id, the one that came second finds out here.
  for (const check of await store.all()) verify(keyring, check);
}

function verify(keyring: AesGcmKeyring, { keyId, envelope }: KeyCheck): void {
  if (!keyring.keyIds.includes(keyId)) {
    throw new KeyringError('unknown_key',
      `stored passwords may still need master key "${keyId}", which is not given; add it behind the current key in FREEHOLD_MASTER_KEYS or FREEHOLD_MASTER_KEYS_FILE`);
  }
  try {
    if (keyring.decrypt(envelope, place(keyId)) === checkedText) return;
  } catch {
    // The same answer whichever way it fails.
  }
  throw new KeyringError('wrong_master_key',
    `master key "${keyId}" is not the one this control database was started with; give the original key, and new keys under new ids`);
}
