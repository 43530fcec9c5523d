// The legacy ciphers of a start, and the keyring that reads unmigrated users' passwords with them.
import { readFile } from 'node:fs/promises';
import { LegacyCipherSettingError, parseLegacyCiphers } from '../adapters/legacy-ciphers/configured-ciphers.js';
import { withLegacyCiphers } from '../adapters/legacy-ciphers/legacy-reading-keyring.js';
import type { Configuration } from '../config/settings.js';
import { StartupError } from '../config/startup-error.js';
import type { Keyring } from '../ports/keyring.js';
import type { LegacyCiphers } from '../ports/legacy-cipher.js';

const remedy = 'Write them as {"main": {"kind": "fernet", "keys": ["…"]}}; docs/legacy-migration.md has an example of each kind.';

async function textOf({ legacyCiphers, legacyCiphersFile }: Pick<Configuration, 'legacyCiphers' | 'legacyCiphersFile'>): Promise<string | undefined> {
  if (legacyCiphers !== undefined || legacyCiphersFile === undefined) return legacyCiphers;
  try {
    return await readFile(legacyCiphersFile, 'utf8');
  } catch (error) {
    throw new StartupError('CONFIGURATION_INVALID', `The file of legacy ciphers ${legacyCiphersFile} cannot be read.`, 'Correct FREEHOLD_LEGACY_CIPHERS_FILE or the file\'s rights.', { cause: error });
  }
}

/** Throws StartupError `CONFIGURATION_INVALID`. */
export async function openLegacyCiphers(configuration: Pick<Configuration, 'legacyCiphers' | 'legacyCiphersFile'>, keyring: Keyring): Promise<{ readonly ciphers: LegacyCiphers; readonly keyring: Keyring }> {
  try {
    const ciphers = parseLegacyCiphers(await textOf(configuration));
    return { ciphers, keyring: withLegacyCiphers(keyring, ciphers) };
  } catch (error) {
    if (!(error instanceof LegacyCipherSettingError)) throw error;
    throw new StartupError('CONFIGURATION_INVALID', `FREEHOLD_LEGACY_CIPHERS is not valid: ${error.message}.`, remedy, { cause: error });
  }
}
