// AES-256-GCM as platforms wrote it by themselves: iv, tag and ciphertext one behind the other or with a separator, in hexadecimal
// or base64. Which of the layouts a text has is found by trying: the tag fits one of them only.
import { createDecipheriv } from 'node:crypto';
import { Secret } from '../../domain/secret.js';
import { LegacyPasswordUnreadable } from '../../ports/legacy-cipher.js';

const keyBytes = 32;
const tagBytes = 16;
const ivLengths = [12, 16] as const;
const separators = [':', '.', '|', '$', ','] as const;
const longestText = 16_384;

interface Parts {
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly ciphertext: Buffer;
}

/** A key as it is written: 32 bytes in base64 or hexadecimal. Undefined: it has another form. */
export function parseAesKey(text: string): Buffer | undefined {
  const key = Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? 'hex' : 'base64');
  return key.length === keyBytes ? key : undefined;
}

/** What a text may stand for: hexadecimal digits are base64 too. */
function decodings(text: string): readonly Buffer[] {
  const found: Buffer[] = [];
  if (text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text)) found.push(Buffer.from(text, 'hex'));
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) found.push(Buffer.from(text, 'base64'));
  return found;
}

function fits({ iv, tag }: Parts): boolean {
  return ivLengths.some((length) => length === iv.length) && tag.length === tagBytes;
}

/** iv, tag and ciphertext as three texts, the tag before or behind the ciphertext; of one encoding. */
function separated(pieces: readonly string[]): readonly Parts[] {
  const [first, second, third] = pieces.map(decodings);
  return first!.flatMap((iv, encoding) => {
    const [middle, last] = [second![encoding] ?? second![0], third![encoding] ?? third![0]];
    if (middle === undefined || last === undefined) return [];
    return [{ iv, tag: middle, ciphertext: last }, { iv, tag: last, ciphertext: middle }];
  });
}

function concatenated(bytes: Buffer): readonly Parts[] {
  return ivLengths.flatMap((ivBytes) => {
    if (bytes.length < ivBytes + tagBytes) return [];
    const [iv, rest, end] = [bytes.subarray(0, ivBytes), bytes.subarray(ivBytes), bytes.length - ivBytes - tagBytes];
    return [
      { iv, tag: rest.subarray(0, tagBytes), ciphertext: rest.subarray(tagBytes) },
      { iv, tag: rest.subarray(end), ciphertext: rest.subarray(0, end) },
    ];
  });
}

function layoutsOf(text: string): readonly Parts[] {
  for (const separator of separators) {
    const pieces = text.split(separator);
    if (pieces.length === 3) return separated(pieces).filter(fits);
    // iv, then ciphertext and tag together.
    if (pieces.length === 2) return decodings(pieces[0]!).flatMap((iv, encoding) => {
      const rest = decodings(pieces[1]!)[encoding];
      return rest === undefined || rest.length < tagBytes ? [] : [{ iv, tag: rest.subarray(rest.length - tagBytes), ciphertext: rest.subarray(0, rest.length - tagBytes) }, { iv, tag: rest.subarray(0, tagBytes), ciphertext: rest.subarray(tagBytes) }];
    }).filter(fits);
  }
  return decodings(text).flatMap(concatenated);
}

function open({ iv, tag, ciphertext }: Parts, key: Buffer, aad: string): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes }).setAuthTag(tag);
    if (aad !== '') decipher.setAAD(Buffer.from(aad, 'utf8'));
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Decrypts with whichever key and layout the tag fits. Throws LegacyPasswordUnreadable. */
export function decryptAesGcm(text: string, keys: readonly Buffer[], aad: string): Secret {
  if (text.length > longestText) throw new LegacyPasswordUnreadable('the text is longer than any encrypted password');
  for (const parts of layoutsOf(text)) {
    for (const key of keys) {
      const plaintext = open(parts, key, aad);
      if (plaintext !== undefined) return new Secret(plaintext);
    }
  }
  throw new LegacyPasswordUnreadable('none of the keys and layouts fits this text');
}
