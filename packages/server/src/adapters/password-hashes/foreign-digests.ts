// Derives again what scrypt (RFC 7914) and PBKDF2 (RFC 8018) made of a password, with the parameters that stand before it, in the thread pool.
// Three layouts of each: Werkzeug's (hexadecimal), Django's (base64) and passlib's (base64 with `.` for `+`, salt included).
import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derivePbkdf2 = promisify(pbkdf2);
const deriveScrypt = promisify(scrypt) as (password: string, salt: Buffer, length: number, options: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number }) => Promise<Buffer>;

interface Stored {
  readonly salt: Buffer;
  readonly derived: Buffer;
}

const text = (salt: string): Buffer => Buffer.from(salt, 'utf8');
const adapted = (value: string): Buffer => Buffer.from(value.replaceAll('.', '+'), 'base64');

const hexadecimal = (salt: string, derived: string): Stored => ({ salt: text(salt), derived: Buffer.from(derived, 'hex') });
const django = (salt: string, derived: string): Stored => ({ salt: text(salt), derived: Buffer.from(derived, 'base64') });
const passlib = (salt: string, derived: string): Stored => ({ salt: adapted(salt), derived: adapted(derived) });

// What stands in a document is no reason to keep a thread, or memory, for long.
const largestIterations = 10_000_000;
const largestMemoryBytes = 256 * 1024 * 1024;
const smallestKeyBytes = 16;
const largestKeyBytes = 128;

function isSensible({ derived }: Stored): boolean {
  return derived.length >= smallestKeyBytes && derived.length <= largestKeyBytes;
}

interface Pbkdf2 extends Stored {
  readonly digest: string;
  readonly iterations: number;
}

function parsePbkdf2(stored: string): Pbkdf2 | undefined {
  const werkzeug = /^pbkdf2:(sha\d+):(\d+)\$([^$]+)\$([0-9a-f]+)$/u.exec(stored);
  if (werkzeug !== null) return { digest: werkzeug[1]!, iterations: Number(werkzeug[2]), ...hexadecimal(werkzeug[3]!, werkzeug[4]!) };
  const ofDjango = /^pbkdf2_(sha\d+)\$(\d+)\$([^$]+)\$([A-Za-z0-9+/=]+)$/u.exec(stored);
  if (ofDjango !== null) return { digest: ofDjango[1]!, iterations: Number(ofDjango[2]), ...django(ofDjango[3]!, ofDjango[4]!) };
  const ofPasslib = /^\$pbkdf2(?:-(sha\d+))?\$(\d+)\$([A-Za-z0-9./]*)\$([A-Za-z0-9./]+)$/u.exec(stored);
  return ofPasslib === null ? undefined : { digest: ofPasslib[1] ?? 'sha1', iterations: Number(ofPasslib[2]), ...passlib(ofPasslib[3]!, ofPasslib[4]!) };
}

/** False, too, for what is not of these layouts, or would take too long. */
export async function verifyPbkdf2(stored: string, password: string): Promise<boolean> {
  const parsed = parsePbkdf2(stored);
  if (parsed === undefined || !isSensible(parsed) || parsed.iterations < 1 || parsed.iterations > largestIterations) return false;
  return timingSafeEqual(await derivePbkdf2(password, parsed.salt, parsed.iterations, parsed.derived.length, parsed.digest), parsed.derived);
}

interface Scrypt extends Stored {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

function parseScrypt(stored: string): Scrypt | undefined {
  const werkzeug = /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([0-9a-f]+)$/u.exec(stored);
  if (werkzeug !== null) return { N: Number(werkzeug[1]), r: Number(werkzeug[2]), p: Number(werkzeug[3]), ...hexadecimal(werkzeug[4]!, werkzeug[5]!) };
  const ofDjango = /^scrypt\$(\d+)\$([^$]+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/=]+)$/u.exec(stored);
  if (ofDjango !== null) return { N: Number(ofDjango[1]), r: Number(ofDjango[3]), p: Number(ofDjango[4]), ...django(ofDjango[2]!, ofDjango[5]!) };
  const ofPasslib = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/.]*)\$([A-Za-z0-9+/.]+)$/u.exec(stored);
  return ofPasslib === null ? undefined : { N: 2 ** Number(ofPasslib[1]), r: Number(ofPasslib[2]), p: Number(ofPasslib[3]), ...passlib(ofPasslib[4]!, ofPasslib[5]!) };
}

/** False, too, for what is not of these layouts, or would take too much. */
export async function verifyScrypt(stored: string, password: string): Promise<boolean> {
  const parsed = parseScrypt(stored);
  if (parsed === undefined || !isSensible(parsed)) return false;
  const { N, r, p, salt, derived } = parsed;
  const isPossible = N >= 2 && Number.isInteger(Math.log2(N)) && r >= 1 && p >= 1 && 128 * N * r * p <= largestMemoryBytes;
  if (!isPossible) return false;
  return timingSafeEqual(await deriveScrypt(password, salt, derived.length, { N, r, p, maxmem: largestMemoryBytes + 1024 * 1024 }), derived);
}
