// Randomness and what is made of it, injected so that tests may force collisions.
import type { Secret } from '../domain/secret.js';

export interface Identifiers {
  /** A UUIDv4. */
  uuid(): string;
  /** A password for a MongoDB user: at least 192 bits. */
  password(): Secret;
  /** An opaque token to hand out once: 256 bits, base64url. */
  token(): Secret;
}
