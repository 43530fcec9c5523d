// The token that confirms a deletion (R5.6): bound to a user, a database and the state the user saw; ten minutes; once.
import type { DatabaseEntry } from './database-entry.js';
import type { BoundApp } from './deletion.js';

export const confirmTokenLifetimeMilliseconds = 10 * 60_000;

/** The token is unknown, used, expired, or was given for something else. */
export class ConfirmTokenRefused extends Error {
  override readonly name = 'ConfirmTokenRefused';
}

/** What is kept of a token that was handed out. */
export interface ConfirmToken {
  /** SHA-256 of the token; the token itself is kept nowhere. */
  readonly tokenHash: string;
  readonly userId: string;
  readonly databaseId: string;
  /** SHA-256 of `deletionState` at the time it was handed out. */
  readonly stateHash: string;
  readonly expiresAt: Date;
}

/** What the user agrees to lose, as one text: another state needs another token. */
export function deletionState(entry: DatabaseEntry, apps: readonly BoundApp[]): string {
  const appIds = apps.map((app) => app.id).sort();
  return JSON.stringify([entry.id, entry.name, entry.status, entry.environment, entry.is_default, entry.created_at.getTime(), appIds]);
}

/** Whether a stored token allows the deletion of this database, in this state, now. */
export function confirmsDeletion(token: ConfirmToken, { userId, databaseId, stateHash }: Pick<ConfirmToken, 'userId' | 'databaseId' | 'stateHash'>, now: Date): boolean {
  return token.userId === userId && token.databaseId === databaseId && token.stateHash === stateHash && token.expiresAt.getTime() > now.getTime();
}
