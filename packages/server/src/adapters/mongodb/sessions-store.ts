// Sessions in the control database. They expire by themselves.
import { ObjectId, type Collection } from 'mongodb';
import type { SessionRecord, SessionStore } from '../../ports/accounts.js';
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
