// The ciphers that FREEHOLD_LEGACY_CIPHERS (or its file) describes: `{"<name>": {"kind": "fernet", "keys": ["..."]}}`. Keys stand
// there and nowhere else: requests and records name a cipher.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Secret } from '../../domain/secret.js';
import { legacyCipherKinds, type LegacyCipher, type LegacyCipherKind, type LegacyCiphers } from '../../ports/legacy-cipher.js';
import { AesGcmKeyring } from '../environment-keyring/aes-gcm-keyring.js';
import { parseMasterKeys } from '../environment-keyring/master-keys.js';
import { decryptEnvelope } from './aes-gcm-freehold.js';
import { decryptAesGcm, parseAesKey } from './aes-gcm-iv-tag-ciphertext.js';
import { decryptFernet, parseFernetKey } from './fernet.js';
import { readPlain } from './plain.js';

const cipherSchema = z.strictObject({
  kind: z.enum(legacyCipherKinds),
  keys: z.array(z.string().min(1)).max(20).default([]),
  /** `sha256`: each key is a passphrase whose SHA-256 is the key, as many Python platforms do. */
  key_derivation: z.enum(['none', 'sha256']).default('none'),
  /** Additional data of GCM; `{user_id}` stands for the user's id. */
  aad: z.string().default(''),
});
const ciphersSchema = z.record(z.string().regex(/^[a-z0-9-]{1,32}$/), cipherSchema);
type CipherSetting = z.infer<typeof cipherSchema>;
type Decrypt = (ciphertext: string, aad: string) => Secret;

/** The setting cannot be used; the message names the cipher and never a key. */
export class LegacyCipherSettingError extends Error {
  override readonly name = 'LegacyCipherSettingError';
}

function keysOf(name: string, { keys, key_derivation: derivation }: CipherSetting, parse: (text: string) => Buffer | undefined): readonly Buffer[] {
  if (keys.length === 0) throw new LegacyCipherSettingError(`the legacy cipher "${name}" has no key`);
  return keys.map((text, index) => {
    const key = derivation === 'sha256' ? createHash('sha256').update(text, 'utf8').digest() : parse(text);
    if (key === undefined) throw new LegacyCipherSettingError(`key number ${index + 1} of the legacy cipher "${name}" is not 32 bytes in base64`);
    return key;
  });
}

const builders: Readonly<Record<LegacyCipherKind, (name: string, setting: CipherSetting) => Decrypt>> = {
  'aes-gcm-freehold': (name, { keys }) => {
    if (keys.length === 0) throw new LegacyCipherSettingError(`the legacy cipher "${name}" has no key`);
    const keyring = new AesGcmKeyring(parseMasterKeys(keys.join(',')));
    return (text, aad) => decryptEnvelope(text, keyring, aad);
  },
  'aes-gcm-iv-tag-ciphertext': (name, setting) => {
    const keys = keysOf(name, setting, parseAesKey);
    return (text, aad) => decryptAesGcm(text, keys, aad);
  },
  fernet: (name, setting) => {
    const keys = keysOf(name, setting, parseFernetKey);
    return (text) => decryptFernet(text, keys);
  },
  plain: () => readPlain,
};

function build(name: string, setting: CipherSetting): LegacyCipher {
  const decrypt = builders[setting.kind](name, setting);
  return { name, kind: setting.kind, decrypt: (ciphertext, userId) => decrypt(ciphertext, setting.aad.replaceAll('{user_id}', userId)) };
}

/** Parses the setting; undefined or empty: there are none. Throws LegacyCipherSettingError. */
export function parseLegacyCiphers(text: string | undefined): LegacyCiphers {
  const ciphers = new Map(Object.entries(parse(text ?? '{}')).map(([name, setting]) => [name, build(name, setting)]));
  return { standard: ciphers.values().next().value, names: [...ciphers.keys()], find: (name) => ciphers.get(name) };
}

function parse(text: string): z.infer<typeof ciphersSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LegacyCipherSettingError('the legacy ciphers are not JSON');
  }
  const parsed = ciphersSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  // zod's messages do not repeat values.
  throw new LegacyCipherSettingError(`the legacy ciphers are not of the form {"name": {"kind": "fernet", "keys": ["…"]}}: ${issue?.path.map(String).slice(0, 2).join('.') ?? ''}`);
}
