import { describe, expect, it } from 'vitest';
import { credentialPlace } from '../../ports/keyring.js';
import { LegacyPasswordUnreadable } from '../../ports/legacy-cipher.js';
import { AesGcmKeyring } from '../environment-keyring/aes-gcm-keyring.js';
import { parseMasterKeys } from '../environment-keyring/master-keys.js';
import { LegacyCipherSettingError, parseLegacyCiphers } from './configured-ciphers.js';
import { withLegacyCiphers } from './legacy-reading-keyring.js';

const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const key = bytes.toString('base64url');
const otherKey = Buffer.alloc(32, 9).toString('base64url');
const password = 'pa55 wörd/@:%';

function cipher(setting: object) {
  return parseLegacyCiphers(JSON.stringify({ old: setting })).standard!;
}

// Made by Python's `cryptography` 48.0.0: Fernet(key)._encrypt_from_parts(password, 1700000000, bytes(range(16))).
const fernetToken = 'gAAAAABlU_EAAAECAwQFBgcICQoLDA0ODzjMZc-nCQyeVgPGwzpCOdvggumiqBoTrJGpHKkL0bkCpWflxKSrjUuJpN1O4Kra_A==';

describe('Fernet', () => {
  it.each([
    [password, fernetToken],
    ['', 'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD7eteCFsVWnW2hqrh_bbxWG2kgARxHn5BD1_8db41B-9AjTeFsfNLWkqNE3aSOKVfQ=='],
    ['x'.repeat(47), 'gAAAAABlU_EAAAECAwQFBgcICQoLDA0ODwxnxuU1LvDJI85gh9NvOEzm__hCwC_mDHLg27CXwQzUyPAG8-FiYuAS6MmuQYedMnVgj9mXyCGfBvoKE3nbgGfHiCnMLMKwdxV9zaFxAwFm'],
  ])('reads what Python wrote: %j', (plaintext, token) => {
    expect(cipher({ kind: 'fernet', keys: [key] }).decrypt(token, 'u').reveal()).toBe(plaintext);
  });

  // github.com/fernet/spec, verify.json.
  it('reads the vector of the specification', () => {
    const token = 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';
    expect(cipher({ kind: 'fernet', keys: ['cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4='] }).decrypt(token, 'u').reveal()).toBe('hello');
  });

  it('tries one key after the other, as MultiFernet does', () => {
    expect(cipher({ kind: 'fernet', keys: [otherKey, key] }).decrypt(fernetToken, 'u').reveal()).toBe(password);
  });

  it.each([
    ['another key', fernetToken, otherKey],
    ['a changed byte', `${fernetToken.slice(0, 40)}A${fernetToken.slice(41)}`, key],
    ['another version', `B${fernetToken.slice(1)}`, key],
    ['a token cut short', fernetToken.slice(0, 60), key],
    ['an empty text', '', key],
    ['a text that is no base64', 'pa55 wörd', key],
  ])('refuses %s', (_what, token, given) => {
    expect(() => cipher({ kind: 'fernet', keys: [given] }).decrypt(token, 'u')).toThrow(LegacyPasswordUnreadable);
  });
});

// Made by Python's AESGCM(bytes(range(32))).encrypt(iv, password, b'user:u1').
const samples = [
  { iv: '6465666768696a6b6c6d6e6f', tag: '19f2055af077f2ee7c4548a282b46391', ciphertext: '387aeb53599e95284c0670a8e040' },
  { iv: '6465666768696a6b6c6d6e6f70717273', tag: '2f1d16aecf10763a452e3cb4da6c9a01', ciphertext: 'a8d27664c463e46ec09d82c97df2' },
];
const encodings = ['hex', 'base64', 'base64url'] as const;
const layouts = samples.flatMap(({ iv, tag, ciphertext }) => encodings.flatMap((encoding) => {
  const as = (...parts: readonly string[]): string => Buffer.concat(parts.map((part) => Buffer.from(part, 'hex'))).toString(encoding);
  const name = `${iv.length / 2} bytes of iv, ${encoding}`;
  return [
    ...[':', '|', '.'].flatMap((separator) => [
      [`${name}, iv${separator}tag${separator}ciphertext`, [as(iv), as(tag), as(ciphertext)].join(separator)],
      [`${name}, iv${separator}ciphertext${separator}tag`, [as(iv), as(ciphertext), as(tag)].join(separator)],
      [`${name}, iv${separator}ciphertext+tag`, [as(iv), as(ciphertext, tag)].join(separator)],
    ]),
    [`${name}, iv+tag+ciphertext`, as(iv, tag, ciphertext)],
    [`${name}, iv+ciphertext+tag`, as(iv, ciphertext, tag)],
  ] as [string, string][];
}));

describe('AES-256-GCM of a platform\'s own making', () => {
  const gcm = { kind: 'aes-gcm-iv-tag-ciphertext', keys: [otherKey, bytes.toString('hex')], aad: 'user:{user_id}' };

  it.each(layouts)('reads %s', (_layout, text) => {
    expect(cipher(gcm).decrypt(text, 'u1').reveal()).toBe(password);
  });

  it.each([
    ['another user\'s', layouts[0]![1], 'u2'], ['a changed', layouts[0]![1].replace('3', '4'), 'u1'], ['a short', 'abcd', 'u1'], ['an empty', '', 'u1'], ['a very long', 'ab'.repeat(20_000), 'u1'],
    ['a half', layouts[0]![1].split(':').slice(0, 2).join(':'), 'u1'],
  ])('refuses %s text', (_what, text, userId) => {
    expect(() => cipher(gcm).decrypt(text, userId)).toThrow(LegacyPasswordUnreadable);
  });

  it('takes a passphrase whose SHA-256 is the key', () => {
    const derived = { kind: 'fernet', keys: ['a long passphrase'], key_derivation: 'sha256' };
    // Made by Python's Fernet(base64.urlsafe_b64encode(hashlib.sha256(passphrase).digest())).
    expect(cipher(derived).decrypt('gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD2IOtrMOSS14-G45fC3ebPh_JZLJqnnnUL61L6IyYYf-ZuIi-L6IS64dWtDk5Zyf3A==', 'u').reveal()).toBe(password);
  });
});

describe('Freehold\'s envelope with other keys', () => {
  it('is read with its additional data', () => {
    const legacyKeyring = new AesGcmKeyring(parseMasterKeys(`k1:${Buffer.alloc(32, 4).toString('base64')}`));
    const old = cipher({ kind: 'aes-gcm-freehold', keys: [`k1:${Buffer.alloc(32, 4).toString('base64')}`], aad: '["user","{user_id}"]' });
    const envelope = legacyKeyring.encrypt(password, '["user","u1"]');
    expect(old.decrypt(envelope, 'u1').reveal()).toBe(password);
    expect(() => old.decrypt(envelope, 'u2')).toThrow(LegacyPasswordUnreadable);
  });
});

describe('the setting of legacy ciphers', () => {
  it('may name several; the first is the standard one', () => {
    const ciphers = parseLegacyCiphers(JSON.stringify({ main: { kind: 'fernet', keys: [key] }, older: { kind: 'plain' } }));
    expect([ciphers.standard?.name, ciphers.names, ciphers.find('older')?.kind, ciphers.find('none')]).toEqual(['main', ['main', 'older'], 'plain', undefined]);
    expect(parseLegacyCiphers(undefined).standard).toBeUndefined();
  });

  it.each([
    ['no JSON', '{'], ['a list', '[]'], ['an unknown kind', '{"a": {"kind": "rot13"}}'], ['no key', '{"a": {"kind": "fernet"}}'],
    ['a short key', '{"a": {"kind": "fernet", "keys": ["c2VjcmV0LWtleQ"]}}'], ['an unknown field', '{"a": {"kind": "plain", "secret-key": 1}}'],
    ['a name with other characters', '{"A b": {"kind": "plain"}}'],
  ])('is refused with %s, and repeats no key', (_what, text) => {
    expect(() => parseLegacyCiphers(text)).toThrow(LegacyCipherSettingError);
    expect(() => parseLegacyCiphers(text)).not.toThrow(/c2VjcmV0|secret-key/u);
  });
});

describe('the keyring of a platform with unmigrated users', () => {
  const keyring = new AesGcmKeyring(parseMasterKeys(`k1:${bytes.toString('base64')}`));
  const place = credentialPlace('u1', 'd1', 'mongo_password_encrypted');
  const reading = withLegacyCiphers(keyring, parseLegacyCiphers(JSON.stringify({ main: { kind: 'fernet', keys: [key] } })));

  it('reads legacy passwords and its own envelopes, and writes envelopes only', () => {
    expect(reading.decrypt(`legacy:${fernetToken}`, place)).toBe(password);
    expect(reading.isCurrent(`legacy:${fernetToken}`)).toBe(false);
    const envelope = reading.encrypt('new', place);
    expect(envelope).toMatch(/^v1\.k1\./u);
    expect(reading.decrypt(envelope, place)).toBe('new');
  });

  it('says what is missing', () => {
    expect(() => withLegacyCiphers(keyring, parseLegacyCiphers(undefined)).decrypt(`legacy:${fernetToken}`, place)).toThrow(/FREEHOLD_LEGACY_CIPHERS/u);
    expect(() => reading.decrypt('legacy:something', place)).toThrow(/cannot be read/u);
    expect(() => reading.decrypt(`legacy:${fernetToken}`, 'elsewhere')).toThrow(/belongs/u);
  });
});
