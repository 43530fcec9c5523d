// What every store of the control database is made from: the database, and the session of the transaction it takes part in.
import { ObjectId, type ClientSession, type Db } from 'mongodb';

export interface StoreSession {
  readonly db: Db;
  /** The transaction that all calls belong to; absent: each call stands alone. */
  readonly session?: ClientSession;
  /** Runs several writes as one: in the transaction at hand, or in one of their own. */
  transact<Result>(work: (session: ClientSession) => Promise<Result>): Promise<Result>;
}

/** The options that put an operation into the store's transaction. */
export function inSession({ session }: StoreSession): { readonly session?: ClientSession } {
  return session === undefined ? {} : { session };
}

/** A user's `_id`; undefined for a text that no user can have as id. */
export function userKey(userId: string): ObjectId | undefined {
  return /^[0-9a-f]{24}$/.test(userId) ? new ObjectId(userId) : undefined;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** A pattern that matches exactly this text, in any case. */
export function textInAnyCase(text: string): RegExp {
  return new RegExp(`^${escapePattern(text)}$`, 'i');
}

/** A pattern that matches every text that contains this one, in any case. */
export function partInAnyCase(text: string): RegExp {
  return new RegExp(escapePattern(text), 'i');
}
