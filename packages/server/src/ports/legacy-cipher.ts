// How an earlier platform encrypted `users.mongo_password_encrypted`. Read only: nothing is ever encrypted this way (R1.3).
import type { Secret } from '../domain/secret.js';

export const legacyCipherKinds = ['aes-gcm-freehold', 'aes-gcm-iv-tag-ciphertext', 'fernet', 'plain'] as const;
export type LegacyCipherKind = (typeof legacyCipherKinds)[number];

/** The text is not one of this cipher's, was changed, or was made with another key. Neither text nor key is in the message. */
export class LegacyPasswordUnreadable extends Error {
  override readonly name = 'LegacyPasswordUnreadable';
  readonly code = 'PASSWORD_UNREADABLE';
}

export interface LegacyCipher {
  /** As the setting calls it. */
  readonly name: string;
  readonly kind: LegacyCipherKind;
  /** Throws LegacyPasswordUnreadable. */
  decrypt(ciphertext: string, userId: string): Secret;
}

/** The ciphers of the setting. */
export interface LegacyCiphers {
  /** The first one: what unmigrated users' passwords are read with. Undefined: none is set. */
  readonly standard: LegacyCipher | undefined;
  readonly names: readonly string[];
  find(name: string): LegacyCipher | undefined;
}
