// Passwords of accounts, hashed with argon2id in the thread pool, with the parameters of the OWASP Password Storage Cheat Sheet.
import { hash, verify, type Options } from '@node-rs/argon2';
import type { PasswordHasher } from '../../ports/accounts.js';

// The algorithm is not named: argon2id is the library's default, and its enum cannot be read by isolated modules. A test holds it.
const parameters: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const argon2Hasher: Pick<PasswordHasher, 'hash' | 'verify'> = {
  hash: (password) => hash(password, parameters),
  verify: async (passwordHash, password) => {
    try {
      return await verify(passwordHash, password);
    } catch {
      return false;
    }
  },
};
