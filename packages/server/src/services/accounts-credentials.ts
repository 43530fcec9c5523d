// The secrets that prove who calls: how they look, and what is stored of them.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from '../domain/secret.js';

const sessionPrefix = 'fhs_';
const tokenPrefix = 'fh_';
const checksumLength = 8;
const hintLength = 8;

/** A session token: a prefix that scanners know, and 256 random bits. */
export function sessionSecret(random: Secret): Secret {
  return new Secret(`${sessionPrefix}${random.reveal()}`);
}

/** An API token: as above, and a checksum, so that a mistyped one is refused without asking the database. */
export function tokenSecret(random: Secret): Secret {
  const body = random.reveal();
  return new Secret(`${tokenPrefix}${body}${checksum(body)}`);
}

/** What of a token may be shown, to tell it from others. */
export function hintOf(secret: Secret): string {
  return secret.reveal().slice(0, hintLength);
}

/** What a presented secret can be, by its looks. */
export function kindOf(presented: string): 'session' | 'api_token' | undefined {
  if (presented.startsWith(sessionPrefix)) return 'session';
  if (!presented.startsWith(tokenPrefix)) return undefined;
  const body = presented.slice(tokenPrefix.length, -checksumLength);
  return checksum(body) === presented.slice(-checksumLength) ? 'api_token' : undefined;
}

/** What is stored of a secret. 256 random bits need no slow hash. */
export function secretHash(presented: string): string {
  return createHash('sha256').update(presented).digest('hex');
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(checksumLength, '0');
}
