// What every keyring does, whatever holds its keys.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialPlace, KeyringError, type Keyring } from './keyring.js';

export interface KeyringsUnderTest {
  /** A keyring that has these keys, by id, the first being current. The same id is the same key each time. */
  readonly withKeys: (...keyIds: readonly [string, ...string[]]) => Keyring;
}

const place = credentialPlace('user', 'database', 'field');

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof KeyringError ? error.code : 'another error';
  }
  return 'no error';
}

/** Declares the tests for one implementation. */
export function describeKeyringContract(name: string, { withKeys }: KeyringsUnderTest): void {
  describe(`${name}, as a keyring`, () => {
    it('gives back what it encrypted', () => {
      const keyring = withKeys('k1');
      fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(text.isWellFormed());
        expect(keyring.decrypt(keyring.encrypt(text, place), place)).toBe(text);
      }));
    });

    it('makes another envelope each time', () => {
      const keyring = withKeys('k1');
      expect(keyring.encrypt('text', place)).not.toBe(keyring.encrypt('text', place));
    });

    it('writes version, key id, iv, ciphertext and tag, and nothing of the text', () => {
      const parts = withKeys('k1').encrypt('plaintext', place).split('.');
      expect(parts.slice(0, 2)).toEqual(['v1', 'k1']);
      expect(parts).toHaveLength(5);
      expect(Buffer.from(parts.join('.'), 'base64url').toString('latin1')).not.toContain('plaintext');
    });

    it('opens an envelope only in its own place', () => {
      const keyring = withKeys('k1');
      const envelope = keyring.encrypt('text', place);
      expect(codeOf(() => keyring.decrypt(envelope, credentialPlace('user', 'other', 'field')))).toBe('wrong_key_or_data');
      expect(codeOf(() => keyring.decrypt(envelope, credentialPlace('other', 'database', 'field')))).toBe('wrong_key_or_data');
      expect(codeOf(() => keyring.decrypt(envelope, credentialPlace('user', 'database', 'other')))).toBe('wrong_key_or_data');
    });

    it('tells places apart however their parts are cut', () => {
      expect(credentialPlace('a","b', 'c', 'f')).not.toBe(credentialPlace('a', 'b","c', 'f'));
    });

    it('notices every changed character', () => {
      const keyring = withKeys('k1');
      const envelope = keyring.encrypt('text', place);
      // The last character of a part carries padding bits that mean nothing; all others count.
      const positions = Array.from(envelope).flatMap((character, index) => (index > 2 && character !== '.' && envelope[index + 1] !== '.' && index < envelope.length - 1 ? [index] : []));
      for (const position of positions) {
        const changed = envelope.slice(0, position) + (envelope[position] === 'A' ? 'B' : 'A') + envelope.slice(position + 1);
        expect(codeOf(() => keyring.decrypt(changed, place)), `character ${position}`).toMatch(/wrong_key_or_data|unknown_key/);
      }
    });

    it('encrypts with the first key and opens with any', () => {
      const old = withKeys('k1').encrypt('text', place);
      const both = withKeys('k2', 'k1');
      expect(both.currentKeyId).toBe('k2');
      expect(both.decrypt(old, place)).toBe('text');
      expect(both.isCurrent(old)).toBe(false);
      expect(both.isCurrent(both.encrypt('text', place))).toBe(true);
    });

    it('names the key that is missing', () => {
      const envelope = withKeys('k1').encrypt('text', place);
      expect(codeOf(() => withKeys('k2').decrypt(envelope, place))).toBe('unknown_key');
      expect(() => withKeys('k2').decrypt(envelope, place)).toThrow('"k1"');
    });

    it.each(['', 'text', 'v1.k1.x.y', 'v2.k1.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA', 'v1..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'])('refuses %j, which is no envelope', (text) => {
      expect(codeOf(() => withKeys('k1').decrypt(text, place))).toBe('malformed_envelope');
    });
  });
}
