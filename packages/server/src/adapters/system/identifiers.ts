// Randomness from the operating system.
import { randomBytes, randomUUID } from 'node:crypto';
import { Secret } from '../../domain/secret.js';
import type { Identifiers } from '../../ports/identifiers.js';

const passwordBytes = 24;
const tokenBytes = 32;

export const systemIdentifiers: Identifiers = {
  uuid: () => randomUUID(),
  password: () => new Secret(randomBytes(passwordBytes).toString('base64url')),
  token: () => new Secret(randomBytes(tokenBytes).toString('base64url')),
};
