// The keyring of a start: from the settings, or, on the engine, from a key file that the first start makes.
import { AesGcmKeyring } from '../adapters/environment-keyring/aes-gcm-keyring.js';
import { ensureMasterKeyFile, readMasterKeyFile } from '../adapters/environment-keyring/master-key-file.js';
import { parseMasterKeys } from '../adapters/environment-keyring/master-keys.js';
import type { Configuration } from '../config/settings.js';
import { StartupError } from '../config/startup-error.js';
import { KeyringError } from '../ports/keyring.js';

export interface OpenedKeyring {
  readonly keyring: AesGcmKeyring;
  /** What the operator should know, such as a key that was made just now. */
  readonly notices: readonly string[];
}

const remedy = 'Keys are `kid:base64`, comma-separated, 32 bytes each; make one with: echo "k1:$(openssl rand -base64 32)"';

/** Throws StartupError `MASTER_KEYS_MISSING` or `MASTER_KEYS_INVALID`. */
export async function openKeyring(configuration: Configuration, dataDirectory: string): Promise<OpenedKeyring> {
  try {
    const { contents, notices } = await masterKeyText(configuration, dataDirectory);
    return { keyring: new AesGcmKeyring(parseMasterKeys(contents)), notices };
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    throw new StartupError('MASTER_KEYS_INVALID', `The master keys cannot be used: ${error.message}.`, remedy, { cause: error });
  }
}

async function masterKeyText(configuration: Configuration, dataDirectory: string): Promise<{ readonly contents: string; readonly notices: readonly string[] }> {
  const { masterKeys, masterKeysFile, mongodbUri } = configuration;
  if (masterKeys !== undefined) return { contents: masterKeys, notices: [] };
  if (masterKeysFile !== undefined) return { contents: await readMasterKeyFile(masterKeysFile), notices: [] };
  if (mongodbUri !== undefined) {
    throw new StartupError('MASTER_KEYS_MISSING', 'There are no master keys, and an external MongoDB is configured: a key made here would be lost with this machine.',
      `Set FREEHOLD_MASTER_KEYS_FILE or FREEHOLD_MASTER_KEYS. ${remedy}`);
  }
  const { path, contents, isNew } = await ensureMasterKeyFile(dataDirectory);
  const notices = isNew ? [`Master key:       made in ${path}; keep a copy elsewhere, stored passwords cannot be read without it.`] : [];
  return { contents, notices };
}
