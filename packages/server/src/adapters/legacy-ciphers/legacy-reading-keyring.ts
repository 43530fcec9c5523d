// The keyring for a platform that still has unmigrated users: what their documents hold, marked by its prefix, is read with the
// standard legacy cipher; everything else goes to the keyring itself. Nothing is ever written this way (R1.3).
import { z } from 'zod';
import { legacyEnvelopePrefix } from '../../domain/legacy-user.js';
import { KeyringError, type Keyring } from '../../ports/keyring.js';
import { LegacyPasswordUnreadable, type LegacyCiphers } from '../../ports/legacy-cipher.js';

/** A place of `credentialPlace`: the user's id stands second. */
const placeSchema = z.tuple([z.literal('database'), z.string()]).rest(z.string());

function userOf(aad: string): string {
  try {
    return placeSchema.parse(JSON.parse(aad))[1];
  } catch {
    throw new KeyringError('malformed_envelope', 'a legacy password stands where no database\'s password belongs');
  }
}

/** See above. */
export function withLegacyCiphers(keyring: Keyring, ciphers: LegacyCiphers): Keyring {
  return {
    currentKeyId: keyring.currentKeyId,
    encrypt: (plaintext, aad) => keyring.encrypt(plaintext, aad),
    isCurrent: (envelope) => keyring.isCurrent(envelope),
    decrypt: (envelope, aad) => {
      if (!envelope.startsWith(legacyEnvelopePrefix)) return keyring.decrypt(envelope, aad);
      if (ciphers.standard === undefined) throw new KeyringError('unknown_key', 'the password of an unmigrated user needs FREEHOLD_LEGACY_CIPHERS or FREEHOLD_LEGACY_CIPHERS_FILE');
      try {
        return ciphers.standard.decrypt(envelope.slice(legacyEnvelopePrefix.length), userOf(aad)).reveal();
      } catch (error) {
        if (error instanceof LegacyPasswordUnreadable) throw new KeyringError('wrong_key_or_data', `the password of an unmigrated user cannot be read: ${error.message}`);
        throw error;
      }
    },
  };
}
