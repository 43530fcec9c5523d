// Fernet, as Python's `cryptography` makes it: version 0x80, time (8 bytes), iv (16), AES-128-CBC ciphertext, HMAC-SHA-256, all in
// URL-safe base64. Source: github.com/fernet/spec, Spec.md. The time is not looked at: stored passwords have no lifetime.
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../domain/secret.js';
import { LegacyPasswordUnreadable } from '../../ports/legacy-cipher.js';

const version = 0x80;
const ivAt = 1 + 8;
const ciphertextAt = ivAt + 16;
const macBytes = 32;
const blockBytes = 16;
const keyBytes = 32;
const tokenPattern = /^[A-Za-z0-9_-]+={0,2}$/;

/** A key as it is written: 32 bytes in URL-safe base64, the first half for signing, the second for encryption. Undefined: it has another form. */
export function parseFernetKey(text: string): Buffer | undefined {
  const key = Buffer.from(text, 'base64');
  return key.length === keyBytes ? key : undefined;
}

/** Decrypts with the first of the keys whose signature fits, as MultiFernet does. Throws LegacyPasswordUnreadable. */
export function decryptFernet(token: string, keys: readonly Buffer[]): Secret {
  if (!tokenPattern.test(token)) throw new LegacyPasswordUnreadable('the text is no Fernet token');
  const bytes = Buffer.from(token, 'base64');
  const macAt = bytes.length - macBytes;
  const ciphertextBytes = macAt - ciphertextAt;
  if (bytes[0] !== version || ciphertextBytes < blockBytes || ciphertextBytes % blockBytes !== 0) throw new LegacyPasswordUnreadable('the text is no Fernet token');
  const key = keys.find((candidate) => timingSafeEqual(createHmac('sha256', candidate.subarray(0, 16)).update(bytes.subarray(0, macAt)).digest(), bytes.subarray(macAt)));
  if (key === undefined) throw new LegacyPasswordUnreadable('none of the keys has signed this Fernet token');
  try {
    const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), bytes.subarray(ivAt, ciphertextAt));
    return new Secret(Buffer.concat([decipher.update(bytes.subarray(ciphertextAt, macAt)), decipher.final()]).toString('utf8'));
  } catch {
    throw new LegacyPasswordUnreadable('the padding of this Fernet token is wrong');
  }
}
