// Sessions, and failed sign-ins, in the control database. Both expire by themselves.
import { ObjectId, type Collection, type Db } from 'mongodb';
import type { SessionRecord, SessionStore, SignInFailureStore } from '../../ports/accounts.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

interface SessionDocument {
  readonly _id: ObjectId;
  readonly secret_hash: string;
  readonly user_id: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

export class MongoSessionStore implements SessionStore {
  readonly #at: Pick<StoreSession, 'db' | 'session'>;
  readonly #sessions: Collection<SessionDocument>;

  constructor(at: Pick<StoreSession, 'db' | 'session'>) {
    this.#at = at;
    this.#sessions = at.db.collection(controlCollections.sessions);
  }

  async insert(secretHash: string, session: Omit<SessionRecord, 'id'>): Promise<SessionRecord> {
    const _id = new ObjectId();
    await this.#sessions.insertOne({ _id, secret_hash: secretHash, user_id: session.userId, created_at: session.createdAt, expires_at: session.expiresAt }, inSession(this.#at));
    return { id: _id.toHexString(), ...session };
  }

  async findBySecretHash(secretHash: string): Promise<SessionRecord | undefined> {
    const document = await this.#sessions.findOne({ secret_hash: secretHash }, inSession(this.#at));
    if (document === null) return undefined;
    return { id: document._id.toHexString(), userId: document.user_id, createdAt: document.created_at, expiresAt: document.expires_at };
  }

  async extend(sessionId: string, expiresAt: Date): Promise<void> {
    await this.#sessions.updateOne({ _id: new ObjectId(sessionId) }, { $set: { expires_at: expiresAt } }, inSession(this.#at));
  }

  async remove(sessionId: string): Promise<void> {
    await this.#sessions.deleteOne({ _id: new ObjectId(sessionId) }, inSession(this.#at));
  }
}

interface FailureDocument {
  readonly _id: string;
  readonly failures: number;
  readonly locked_until?: Date;
  readonly forget_at: Date;
}

export class MongoSignInFailureStore implements SignInFailureStore {
  readonly #failures: Collection<FailureDocument>;

  constructor(db: Db) {
    this.#failures = db.collection('sign_in_failures');
  }

  /** Makes the indexes; safe on every start. */
  async prepare(): Promise<void> {
    await this.#failures.createIndexes([{ key: { forget_at: 1 }, expireAfterSeconds: 0 }]);
  }

  async lockedUntil(key: string, now: Date): Promise<Date | undefined> {
    const document = await this.#failures.findOne({ _id: key });
    const until = document?.locked_until;
    return until !== undefined && until > now ? until : undefined;
  }

  async recordFailure(key: string, forgetAt: Date): Promise<number> {
    const document = await this.#failures.findOneAndUpdate(
      { _id: key }, { $inc: { failures: 1 }, $set: { forget_at: forgetAt } }, { upsert: true, returnDocument: 'after' },
    );
    return document?.failures ?? 1;
  }

  async lock(key: string, until: Date): Promise<void> {
    // Of two failures at once the longer lock stays.
    await this.#failures.updateOne({ _id: key }, { $max: { locked_until: until, forget_at: until } });
  }

  async clear(key: string): Promise<void> {
    await this.#failures.deleteOne({ _id: key });
  }
}
