// bcrypt, as PHP (`$2y$`), Node, Ruby and Python (`$2b$`, `$2a$`) write it, and as Django does: with its own prefix, and over the SHA-256 of the
// password where it is called `bcrypt_sha256` (Django documentation, "Password management"). In the thread pool.
import { createHash } from 'node:crypto';
import { verify } from '@node-rs/bcrypt';

/** One check takes this many doublings of work at most: 2^17 is about ten seconds. */
const largestCost = 16;

export async function verifyBcrypt(stored: string, password: string): Promise<boolean> {
  const start = stored.indexOf('$2');
  const hash = stored.slice(start);
  if (Number(hash.slice(4, 6)) > largestCost) return false;
  const secret = stored.startsWith('bcrypt_sha256$') ? createHash('sha256').update(password, 'utf8').digest('hex') : password;
  return verify(secret, hash);
}
