// Limits of how many of something a user may have, held to in the transaction that makes one more (R5.3).
import type { ClientSession, Db, Filter } from 'mongodb';
import { LimitReached, type LimitName } from '../../domain/limits.js';
import { controlCollections } from './control-collections.js';
import { userKey, type UserKey } from './store-session.js';

export interface CountLimit {
  readonly name: LimitName;
  /** Null: there is none. */
  readonly limit: number | null;
  /** Its documents have the user's id in `user_id`, which an index begins with. */
  readonly collection: string;
}

/**
 * Throws LimitReached where the user has as many as they may. Writes to the user's document: of transactions that meet, one is
 * run again and then sees what the other made.
 */
export async function holdToLimit(db: Db, session: ClientSession, userId: string, { name, limit, collection }: CountLimit): Promise<void> {
  if (limit === null) return;
  const key = { _id: userKey(userId) ?? null } as Filter<{ readonly _id: UserKey; readonly counted: number }>;
  await db.collection<{ readonly _id: UserKey; readonly counted: number }>(controlCollections.users).updateOne(key, { $inc: { counted: 1 } }, { session });
  const used = await db.collection(collection).countDocuments({ user_id: userId }, { session });
  if (used >= limit) throw new LimitReached(name, limit, used);
}
