// The file that holds the master keys: given by the operator, or made at a first start on the engine.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../domain/secret.js';
import { KeyringError } from '../../ports/keyring.js';
import { readOrMakeSecretFile } from '../filesystem/secret-file.js';
import { masterKeyBytes } from './master-keys.js';

const fileName = 'master-keys';

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

/** Reads a key file that somebody named. Throws KeyringError where it cannot be read. */
export async function readMasterKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new KeyringError('malformed_keys', `the master key file ${path} cannot be read (${codeOf(error)}); correct FREEHOLD_MASTER_KEYS_FILE or the file's rights`);
  }
}

export interface MasterKeyFile {
  readonly path: string;
  readonly contents: string;
  /** True: it was made just now, and the operator should be told to keep a copy. */
  readonly isNew: boolean;
}

/** The key file of a data folder, made with one new key and mode 0600 if there is none (design, section 3). */
export async function ensureMasterKeyFile(dataDirectory: string): Promise<MasterKeyFile> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const path = join(dataDirectory, fileName);
  const { secret, isNew } = readOrMakeSecretFile(path, () => new Secret(`k1:${randomBytes(masterKeyBytes).toString('base64')}`));
  if (isNew) return { path, contents: secret.reveal(), isNew };
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) throw new KeyringError('malformed_keys', `others can read the master key file ${path}; run: chmod 600 ${path}`);
  return { path, contents: secret.reveal(), isNew };
}
