import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../errors.js';
import {
  decoyCredential, deriveCredential, passwordDigest, preparedPassword, scramAlgorithms, verifyProof, type ScramAlgorithm, type ScramCredential,
} from './scram.js';
import { parseClientFinal, parseClientFirst } from './scram-messages.js';

function credentialOf(algorithm: ScramAlgorithm, password: string, salt: string, iterationCount: number): ScramCredential {
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), iterationCount, algorithm.keyBytes, algorithm.digest);
  const clientKey = createHmac(algorithm.digest, salted).update('Client Key').digest();
  return {
    iterationCount, salt,
    storedKey: createHash(algorithm.digest).update(clientKey).digest('base64'),
    serverKey: createHmac(algorithm.digest, salted).update('Server Key').digest('base64'),
  };
}

describe('verifyProof', () => {
  // The example conversations of RFC 5802, section 5, and RFC 7677, section 3.
  const conversations = [
    {
      algorithm: scramAlgorithms['SCRAM-SHA-1'], salt: 'QSXCR+Q6sek8bf92',
      first: 'n=user,r=fyko+d2lbbFgONRv9qkxdawL',
      serverFirst: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
      final: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
      signature: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
    },
    {
      algorithm: scramAlgorithms['SCRAM-SHA-256'], salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
      first: 'n=user,r=rOprNGfwEbeRWgbNEkqO',
      serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      final: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    },
  ];

  it.each(conversations)('agrees with the RFC for $algorithm.mechanism', ({ algorithm, salt, first, serverFirst, final, signature }) => {
    const credential = credentialOf(algorithm, 'pencil', salt, 4096);
    const parsed = parseClientFinal(final)!;
    const authMessage = `${first},${serverFirst},${parsed.withoutProof}`;
    expect(verifyProof(algorithm, credential, authMessage, parsed.proof)).toEqual({ isValid: true, serverSignature: signature });
    const wrong = Buffer.from(parsed.proof);
    wrong[0]! ^= 1;
    expect(verifyProof(algorithm, credential, authMessage, wrong).isValid).toBe(false);
    expect(verifyProof(algorithm, credential, authMessage, parsed.proof.subarray(1)).isValid).toBe(false);
  });
});

describe('credentials', () => {
  it('are salted anew each time, with MongoDB\'s sizes and counts', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => deriveCredential(scramAlgorithms['SCRAM-SHA-256'], 'p')));
    expect(a).not.toEqual(b);
    expect(a?.iterationCount).toBe(15_000);
    expect(Buffer.from(a!.salt, 'base64')).toHaveLength(28);
  });

  it('of a made-up user are the same each time and different for each name', () => {
    const secret = Buffer.alloc(32, 1);
    const of = (name: string): ScramCredential => decoyCredential(scramAlgorithms['SCRAM-SHA-256'], secret, name);
    expect(of('admin.a')).toEqual(of('admin.a'));
    expect(of('admin.a').salt).not.toBe(of('admin.b').salt);
    expect(Buffer.from(of('admin.a').salt, 'base64')).toHaveLength(28);
  });

  it('of SCRAM-SHA-1 take the digest that old clients compute', () => {
    expect(passwordDigest('user', 'pencil')).toBe('1c33006ec1ffd90f9cadcbcc0e118200');
  });
});

describe('preparedPassword', () => {
  it.each([
    ['plain', 'p@ss word~', 'p@ss word~'],
    ['compatibility characters', 'Ⅸ', 'IX'],
    ['soft hyphens', 'I­X', 'IX'],
  ])('normalises %s', (_name, given, expected) => {
    expect(preparedPassword(given)).toBe(expected);
  });

  it('refuses control characters', () => {
    expect(() => preparedPassword('a\u0007b')).toThrow(CommandError);
  });
});

describe('parseClientFirst', () => {
  it('decodes names with commas and equals signs', () => {
    expect(parseClientFirst('n,,n=a=2Cb=3Dc,r=abc')).toMatchObject({ user: 'a,b=c', clientNonce: 'abc', gs2Header: 'n,,' });
  });

  it.each(['', 'n,,', 'p=tls-unique,,n=a,r=b', 'n,,n=a', 'n,,n=a=2,r=b', 'n,a=other,n=a,r=b', 'n,,m=x,n=a,r=b'])('refuses %j', (message) => {
    expect(parseClientFirst(message)).toBeUndefined();
  });
});
