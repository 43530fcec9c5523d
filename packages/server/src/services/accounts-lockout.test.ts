import { describe, expect, it } from 'vitest';
import { argon2Hasher } from '../adapters/argon2/password-hasher.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { hintOf, kindOf, secretHash, sessionSecret, tokenSecret } from './accounts-credentials.js';
import { defaultLockoutRules, lockMs, networkOf } from './accounts-lockout.js';

describe('the time of a lock', () => {
  it.each([[5, 30], [6, 60], [7, 120], [11, 1920], [12, 3600], [1000, 3600]])('after %i failures is %i seconds', (failures, seconds) => {
    expect(lockMs(defaultLockoutRules, failures)).toBe(seconds * 1000);
  });
});

describe('where a sign-in comes from', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001:DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('secrets of credentials', () => {
  it('show what they are', () => {
    expect(kindOf(sessionSecret(systemIdentifiers.token()).reveal())).toBe('session');
    expect(kindOf(tokenSecret(systemIdentifiers.token()).reveal())).toBe('api_token');
    expect(kindOf('nonsense')).toBeUndefined();
  });

  it('are refused when mistyped, without a look-up', () => {
    const secret = tokenSecret(systemIdentifiers.token()).reveal();
    const mistyped = `${secret.slice(0, 10)}${secret[10] === 'x' ? 'y' : 'x'}${secret.slice(11)}`;
    expect(kindOf(mistyped)).toBeUndefined();
    expect(kindOf(secret.slice(0, -1))).toBeUndefined();
  });

  it('leave a hash, and a hint too short to be of use', () => {
    const secret = tokenSecret(systemIdentifiers.token());
    expect(secretHash(secret.reveal())).toMatch(/^[0-9a-f]{64}$/u);
    expect(hintOf(secret)).toMatch(/^fh_.{5}$/u);
  });
});

describe('passwords', () => {
  it('are hashed with argon2id, and verified', async () => {
    const hash = await argon2Hasher.hash('correct horse');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/u);
    await expect(argon2Hasher.verify(hash, 'correct horse')).resolves.toBe(true);
    await expect(argon2Hasher.verify(hash, 'wrong horse')).resolves.toBe(false);
    await expect(argon2Hasher.verify('not a hash', 'correct horse')).resolves.toBe(false);
  });
});
