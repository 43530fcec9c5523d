// Tokens that confirm a deletion, hashed (R5.6).
import type { ConfirmToken } from '../domain/confirm-token.js';

export interface ConfirmTokenStore {
  insert(token: ConfirmToken): Promise<void>;
  /** Takes the token out, so that it cannot be used again. Undefined: unknown, used or expired. */
  take(tokenHash: string): Promise<ConfirmToken | undefined>;
}
