// Master keys as FREEHOLD_MASTER_KEYS and the key file hold them: `kid:base64,kid:base64`, the first is current (R2.4).
import { KeyringError } from '../../ports/keyring.js';

export interface MasterKey {
  readonly keyId: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

export const masterKeyBytes = 32;
const keyIdPattern = /^[A-Za-z0-9_-]{1,32}$/;
const base64Pattern = /^[A-Za-z0-9+/_-]+={0,2}$/;
const howToMakeOne = 'make one with: openssl rand -base64 32';

function malformed(message: string): KeyringError {
  return new KeyringError('malformed_keys', message);
}

function parseKey(text: string, position: number): MasterKey {
  const separator = text.indexOf(':');
  // Without a separator the text may be a bare key, so it is not repeated here.
  if (separator < 0) throw malformed(`master key number ${position} is not of the form kid:base64`);
  const keyId = text.slice(0, separator).trim();
  const encoded = text.slice(separator + 1).trim();
  if (!keyIdPattern.test(keyId)) throw malformed(`master key number ${position} has an id that is not 1-32 of letters, digits, "_" and "-"`);
  const key = base64Pattern.test(encoded) ? Buffer.from(encoded, 'base64') : Buffer.alloc(0);
  if (key.length !== masterKeyBytes) throw malformed(`master key "${keyId}" is not ${masterKeyBytes} bytes in base64; ${howToMakeOne}`);
  return { keyId, key };
}

/** Parses a list of master keys; commas or line ends between them. Throws KeyringError, which never repeats a key. */
export function parseMasterKeys(text: string): readonly MasterKey[] {
  const keys = text.split(/[,\n]/).map((part) => part.trim()).filter((part) => part !== '').map((part, index) => parseKey(part, index + 1));
  if (keys.length === 0) throw malformed(`there is no master key; ${howToMakeOne}, and set FREEHOLD_MASTER_KEYS=k1:<key>`);
  const ids = new Set(keys.map((key) => key.keyId));
  if (ids.size !== keys.length) throw malformed('two master keys have the same id; give each its own');
  return keys;
}
