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

/** One way to write a hash down. The pattern's groups are `salt`, `derived`, and the parameters of the function. */
interface Layout {
  readonly pattern: RegExp;
  readonly read: (salt: string, derived: string) => Stored;
}

interface Parsed extends Stored {
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** As the first layout that fits reads it; undefined where none does. */
function parse(stored: string, layouts: readonly Layout[]): Parsed | undefined {
  for (const { pattern, read } of layouts) {
    const groups = pattern.exec(stored)?.groups;
    if (groups !== undefined) return { parameters: groups, ...read(groups['salt'] ?? '', groups['derived'] ?? '') };
  }
  return undefined;
}

const pbkdf2Layouts: readonly Layout[] = [
  { pattern: /^pbkdf2:(?<digest>sha\d+):(?<iterations>\d+)\$(?<salt>[^$]+)\$(?<derived>[0-9a-f]+)$/u, read: hexadecimal },
  { pattern: /^pbkdf2_(?<digest>sha\d+)\$(?<iterations>\d+)\$(?<salt>[^$]+)\$(?<derived>[A-Za-z0-9+/=]+)$/u, read: django },
  { pattern: /^\$pbkdf2(?:-(?<digest>sha\d+))?\$(?<iterations>\d+)\$(?<salt>[A-Za-z0-9./]*)\$(?<derived>[A-Za-z0-9./]+)$/u, read: passlib },
];

/** False, too, for what is not of these layouts, or would take too long. */
export async function verifyPbkdf2(stored: string, password: string): Promise<boolean> {
  const parsed = parse(stored, pbkdf2Layouts);
  if (parsed === undefined || !isSensible(parsed)) return false;
  const { salt, derived, parameters } = parsed;
  const iterations = Number(parameters['iterations']);
  if (iterations < 1 || iterations > largestIterations) return false;
  // passlib writes no digest where it is SHA-1.
  return timingSafeEqual(await derivePbkdf2(password, salt, iterations, derived.length, parameters['digest'] ?? 'sha1'), derived);
}

const scryptLayouts: readonly Layout[] = [
  { pattern: /^scrypt:(?<N>\d+):(?<r>\d+):(?<p>\d+)\$(?<salt>[^$]+)\$(?<derived>[0-9a-f]+)$/u, read: hexadecimal },
  { pattern: /^scrypt\$(?<N>\d+)\$(?<salt>[^$]+)\$(?<r>\d+)\$(?<p>\d+)\$(?<derived>[A-Za-z0-9+/=]+)$/u, read: django },
  { pattern: /^\$scrypt\$ln=(?<log2N>\d+),r=(?<r>\d+),p=(?<p>\d+)\$(?<salt>[A-Za-z0-9+/.]*)\$(?<derived>[A-Za-z0-9+/.]+)$/u, read: passlib },
];

/** False, too, for what is not of these layouts, or would take too much. */
export async function verifyScrypt(stored: string, password: string): Promise<boolean> {
  const parsed = parse(stored, scryptLayouts);
  if (parsed === undefined || !isSensible(parsed)) return false;
  const { salt, derived, parameters } = parsed;
  const [r, p] = [Number(parameters['r']), Number(parameters['p'])];
  const N = parameters['log2N'] === undefined ? Number(parameters['N']) : 2 ** Number(parameters['log2N']);
  const isPossible = N >= 2 && Number.isInteger(Math.log2(N)) && r >= 1 && p >= 1 && 128 * N * r * p <= largestMemoryBytes;
  if (!isPossible) return false;
  return timingSafeEqual(await deriveScrypt(password, salt, derived.length, { N, r, p, maxmem: largestMemoryBytes + 1024 * 1024 }), derived);
}
