// What every store of the control database is made from: the database, and the session of the transaction it takes part in.
import { ObjectId, WriteConcern, type ClientSession, type Db, type Document, type TransactionOptions } from 'mongodb';

export interface StoreSession {
  readonly db: Db;
  /** The transaction that all calls belong to; absent: each call stands alone. */
  readonly session?: ClientSession;
  /** Runs several writes as one: in the transaction at hand, or in one of their own. */
  transact<Result>(work: (session: ClientSession) => Promise<Result>): Promise<Result>;
}

/** How every transaction of the control database runs. */
export const transactionOptions: TransactionOptions = { readConcern: { level: 'snapshot' }, writeConcern: new WriteConcern('majority') };

/** The options that put an operation into the store's transaction. */
export function inSession({ session }: Pick<StoreSession, 'session'>): { readonly session?: ClientSession } {
  return session === undefined ? {} : { session };
}

/** What users have as `_id`: those of an earlier platform may have texts (R3.1). */
export type UserKey = ObjectId | string;

const longestUserKey = 128;

/** A user's `_id`; undefined for a text that no user can have as id. 24 hexadecimal digits are always an ObjectId. */
export function userKey(userId: string): UserKey | undefined {
  if (/^[0-9a-f]{24}$/.test(userId)) return new ObjectId(userId);
  return userId === '' || userId.length > longestUserKey ? undefined : userId;
}

/**
 * What comes after a user in the order of `_id`: texts, then ObjectIds, as MongoDB orders types. Comparisons with `$gt` stay within
 * one type, so the walk over all users takes these filters one after the other.
 */
export function userKeysAfter(userId: string | null): readonly Document[] {
  const after = userId === null ? undefined : userKey(userId);
  if (after === undefined) return [{}];
  return typeof after === 'string' ? [{ _id: { $gt: after } }, { _id: { $type: 'objectId' } }] : [{ _id: { $gt: after } }];
}

/** Whether one user comes before another in that order. */
export function isUserBefore(a: string, b: string): boolean {
  const [isTextA, isTextB] = [typeof userKey(a) === 'string', typeof userKey(b) === 'string'];
  return isTextA === isTextB ? a < b : isTextA;
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
