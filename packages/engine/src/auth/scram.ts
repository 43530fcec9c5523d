// SCRAM: what is kept of a password, and how a proof of knowing it is checked. Pure, but for the deliberately slow hash.
// Source: RFC 5802, RFC 7677 and the specification "Authentication" of MongoDB's drivers.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import saslprep from 'saslprep';
import { CommandError } from '../errors.js';

const deriveKey = promisify(pbkdf2);

export type ScramMechanism = 'SCRAM-SHA-1' | 'SCRAM-SHA-256';

export interface ScramAlgorithm {
  readonly mechanism: ScramMechanism;
  readonly digest: 'sha1' | 'sha256';
  readonly keyBytes: number;
  /** MongoDB's salt is four bytes shorter than the digest: room for the block number of PBKDF2. */
  readonly saltBytes: number;
  readonly iterationCount: number;
}

export const scramAlgorithms: Readonly<Record<ScramMechanism, ScramAlgorithm>> = {
  'SCRAM-SHA-1': { mechanism: 'SCRAM-SHA-1', digest: 'sha1', keyBytes: 20, saltBytes: 16, iterationCount: 10_000 },
  'SCRAM-SHA-256': { mechanism: 'SCRAM-SHA-256', digest: 'sha256', keyBytes: 32, saltBytes: 28, iterationCount: 15_000 },
};

export const scramMechanisms: readonly ScramMechanism[] = ['SCRAM-SHA-1', 'SCRAM-SHA-256'];

export function isScramMechanism(name: string): name is ScramMechanism {
  return Object.hasOwn(scramAlgorithms, name);
}

/** The rounds of new credentials, where they are not the usual ones. */
export type IterationCounts = Readonly<Record<ScramMechanism, number>>;

/** What is stored for one mechanism; all but the count in base64. */
export interface ScramCredential {
  readonly iterationCount: number;
  readonly salt: string;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** The password that SCRAM-SHA-1 works with: MongoDB's old digest, which current clients compute too. */
export function passwordDigest(user: string, password: string): string {
  return createHash('md5').update(`${user}:mongo:${password}`).digest('hex');
}

/** SASLprep of a password for SCRAM-SHA-256; plain ASCII stays what it is. */
export function preparedPassword(password: string): string {
  if (/^[\x20-\x7e]*$/u.test(password)) return password;
  try {
    return saslprep(password);
  } catch {
    throw new CommandError('BadValue', 'Password contains characters that SASLprep does not allow');
  }
}

/** Derives what is stored from the password as the mechanism takes it. Off the event loop: it takes milliseconds. */
export async function deriveCredential(algorithm: ScramAlgorithm, password: string, iterationCount = algorithm.iterationCount): Promise<ScramCredential> {
  const salt = randomBytes(algorithm.saltBytes);
  const salted = await deriveKey(password, salt, iterationCount, algorithm.keyBytes, algorithm.digest);
  const clientKey = createHmac(algorithm.digest, salted).update('Client Key').digest();
  return {
    iterationCount,
    salt: salt.toString('base64'),
    storedKey: createHash(algorithm.digest).update(clientKey).digest('base64'),
    serverKey: createHmac(algorithm.digest, salted).update('Server Key').digest('base64'),
  };
}

/** Whether the client's proof shows the password, and the server's own proof for the client. Constant in time. */
export function verifyProof(
  algorithm: ScramAlgorithm,
  credential: ScramCredential,
  authMessage: string,
  proof: Buffer,
): { readonly isValid: boolean; readonly serverSignature: string } {
  const { digest, keyBytes } = algorithm;
  const storedKey = Buffer.from(credential.storedKey, 'base64');
  const signature = createHmac(digest, storedKey).update(authMessage).digest();
  const clientKey = Buffer.alloc(keyBytes);
  for (let index = 0; index < keyBytes; index += 1) clientKey[index] = signature[index]! ^ (proof[index] ?? 0);
  const isSame = timingSafeEqual(createHash(digest).update(clientKey).digest(), storedKey);
  const serverSignature = createHmac(digest, Buffer.from(credential.serverKey, 'base64')).update(authMessage).digest('base64');
  return { isValid: isSame && proof.length === keyBytes, serverSignature };
}

/** Salt and keys for a user that does not exist: always the same for the same name, so that nobody can tell. */
export function decoyCredential(algorithm: ScramAlgorithm, secret: Buffer, userId: string, iterationCount = algorithm.iterationCount): ScramCredential {
  const part = (label: string, length: number): string =>
    createHmac('sha512', secret).update(`${label}\0${algorithm.mechanism}\0${userId}`).digest().subarray(0, length).toString('base64');
  return {
    iterationCount,
    salt: part('salt', algorithm.saltBytes),
    storedKey: part('stored', algorithm.keyBytes),
    serverKey: part('server', algorithm.keyBytes),
  };
}
