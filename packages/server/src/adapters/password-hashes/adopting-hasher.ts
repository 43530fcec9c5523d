// The hasher of a platform that has adopted users of an earlier one: it writes as ours does, and verifies what others have written as well.
import { passwordHashKind, type PasswordHashKind } from '../../domain/password-hash.js';
import type { PasswordHasher } from '../../ports/accounts.js';
import { argon2Hasher } from '../argon2/password-hasher.js';
import { verifyBcrypt } from './foreign-bcrypt.js';
import { verifyPbkdf2, verifyScrypt } from './foreign-digests.js';

const verifiers: Readonly<Record<PasswordHashKind, (stored: string, password: string) => Promise<boolean>>> = {
  argon2: (stored, password) => argon2Hasher.verify(stored.slice(stored.indexOf('$argon2')), password),
  bcrypt: verifyBcrypt,
  scrypt: verifyScrypt,
  pbkdf2: verifyPbkdf2,
  // It may be anything, the password itself included: nobody signs in with it.
  unknown: () => Promise.resolve(false),
};

export const adoptingHasher: PasswordHasher = {
  hash: (password) => argon2Hasher.hash(password),
  verify: (stored, password) => verifiers[passwordHashKind(stored)](stored, password),
  isOurs: (stored) => stored.startsWith('$argon2'),
  isReadable: (stored) => passwordHashKind(stored) !== 'unknown',
};
