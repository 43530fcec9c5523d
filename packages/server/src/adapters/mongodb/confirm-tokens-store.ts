// Confirm tokens, by their hash; MongoDB removes those that have expired.
import type { Collection } from 'mongodb';
import { z } from 'zod';
import type { ConfirmToken } from '../../domain/confirm-token.js';
import type { ConfirmTokenStore } from '../../ports/confirm-tokens.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.strictObject({ _id: z.string(), user_id: z.string(), database_id: z.string(), state_hash: z.string(), expires_at: z.date() });
type ConfirmTokenDocument = z.infer<typeof documentSchema>;

export class MongoConfirmTokenStore implements ConfirmTokenStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async insert(token: ConfirmToken): Promise<void> {
    const { tokenHash: _id, userId: user_id, databaseId: database_id, stateHash: state_hash, expiresAt: expires_at } = token;
    await this.#tokens.insertOne({ _id, user_id, database_id, state_hash, expires_at }, inSession(this.#at));
  }

  async take(tokenHash: string): Promise<ConfirmToken | undefined> {
    const document = await this.#tokens.findOneAndDelete({ _id: tokenHash }, inSession(this.#at));
    if (document === null) return undefined;
    const { _id, user_id: userId, database_id: databaseId, state_hash: stateHash, expires_at: expiresAt } = documentSchema.parse(document);
    return { tokenHash: _id, userId, databaseId, stateHash, expiresAt };
  }

  get #tokens(): Collection<ConfirmTokenDocument> {
    return this.#at.db.collection<ConfirmTokenDocument>(controlCollections.confirmTokens);
  }
}
