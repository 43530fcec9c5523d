import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyringError } from '../../ports/keyring.js';
import { describeKeyringContract } from '../../ports/keyring.contract.fixture.js';
import { AesGcmKeyring } from './aes-gcm-keyring.js';
import { ensureMasterKeyFile, readMasterKeyFile } from './master-key-file.js';
import { parseMasterKeys } from './master-keys.js';
import { verifyMasterKeys, type KeyCheck, type KeyCheckStore } from './verify-master-keys.js';

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function keyringOf(...keyIds: readonly string[]): AesGcmKeyring {
  return new AesGcmKeyring(parseMasterKeys(keyIds.map((keyId) => `${keyId}:${keyOf(keyId)}`).join(',')));
}

function failureOf(work: () => unknown): KeyringError {
  try {
    work();
  } catch (error) {
    if (error instanceof KeyringError) return error;
  }
  throw new Error('no KeyringError was thrown');
}

describeKeyringContract('AES-256-GCM with master keys of the environment', { withKeys: keyringOf });

describe('master keys', () => {
  it('are a list of ids and keys, the first being current', () => {
    expect(parseMasterKeys(`k2:${keyOf('b')}, k1:${keyOf('a')}`).map(({ keyId, key }) => [keyId, key.length])).toEqual([['k2', 32], ['k1', 32]]);
  });

  it('may stand one on a line, in either alphabet of base64', () => {
    const urlSafe = Buffer.from(keyOf('a'), 'base64').toString('base64url');
    expect(parseMasterKeys(`k1:${keyOf('a')}\n\nk2:${urlSafe}\n`).map(({ key }) => key.toString('hex'))).toEqual(Array(2).fill(Buffer.from(keyOf('a'), 'base64').toString('hex')));
  });

  it.each([
    ['nothing', '', 'there is no master key'],
    ['a bare key', keyOf('secret'), 'not of the form kid:base64'],
    ['a short key', `k1:${Buffer.from('secret').toString('base64')}`, 'master key "k1" is not 32 bytes'],
    ['a key in hexadecimal', `k1:${'ab'.repeat(32)}`, 'master key "k1" is not 32 bytes'],
    ['a key that is not base64', 'k1:§§§', 'master key "k1" is not 32 bytes'],
    ['an id with other characters', `k.1:${keyOf('secret')}`, 'has an id that is not'],
    ['one id twice', `k1:${keyOf('secret')},k1:${keyOf('other')}`, 'the same id'],
  ])('refuse %s without repeating it', (_what, text, message) => {
    const { code, message: words } = failureOf(() => parseMasterKeys(text));
    expect(code).toBe('malformed_keys');
    expect(words).toContain(message);
    for (const part of text.split(/[:,]/).filter((piece) => piece.length > 6)) expect(words).not.toContain(part);
  });
});

describe('the master key file', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'freehold-keys-')); });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone, and found again', async () => {
    const first = await ensureMasterKeyFile(join(folder, 'data'));
    const second = await ensureMasterKeyFile(join(folder, 'data'));
    expect([first.isNew, second.isNew]).toEqual([true, false]);
    expect(second.contents).toBe(first.contents);
    expect(parseMasterKeys(first.contents)).toHaveLength(1);
    expect((await stat(first.path)).mode & 0o777).toBe(0o600);
  });

  it('is refused where others can read it', async () => {
    const { path } = await ensureMasterKeyFile(folder);
    await chmod(path, 0o644);
    await expect(ensureMasterKeyFile(folder)).rejects.toThrow(`chmod 600 ${path}`);
  });

  it('that somebody names is read, or its absence explained', async () => {
    await writeFile(join(folder, 'keys'), 'k1:abc');
    expect(await readMasterKeyFile(join(folder, 'keys'))).toBe('k1:abc');
    await expect(readMasterKeyFile(join(folder, 'none'))).rejects.toThrow('cannot be read (ENOENT)');
  });
});

describe('master keys at a start', () => {
  function checkStore(): KeyCheckStore {
    const checks = new Map<string, KeyCheck>();
    const insert = async (check: KeyCheck): Promise<void> => {
      if (!checks.has(check.keyId)) checks.set(check.keyId, check);
    };
    return { all: async () => [...checks.values()], insert };
  }

  it('are accepted again, and so are new ones beside them', async () => {
    const store = checkStore();
    await verifyMasterKeys(keyringOf('k1'), store);
    await verifyMasterKeys(keyringOf('k1'), store);
    await verifyMasterKeys(keyringOf('k2', 'k1'), store);
    expect((await store.all()).map(({ keyId }) => keyId)).toEqual(['k1', 'k2']);
  });

  it('are refused where a key is another one under the same id', async () => {
    const store = checkStore();
    await verifyMasterKeys(keyringOf('k1'), store);
    const wrong = new AesGcmKeyring(parseMasterKeys(`k1:${keyOf('another')}`));
    await expect(verifyMasterKeys(wrong, store)).rejects.toMatchObject({ code: 'wrong_master_key' });
  });

  it('are refused where one that may be needed is missing', async () => {
    const store = checkStore();
    await verifyMasterKeys(keyringOf('k1'), store);
    await expect(verifyMasterKeys(keyringOf('k2'), store)).rejects.toMatchObject({ code: 'unknown_key' });
  });
});
