// API tokens in the control database, by the hashes of their secrets.
import { scopes, type Scope } from '@freehold/api';
import { ObjectId, type Collection } from 'mongodb';
import type { TokenRecord, TokenStore } from '../../ports/accounts.js';
import { controlCollections } from './control-collections.js';
import { holdToLimit } from './count-limit.js';
import { inSession, type StoreSession } from './store-session.js';

interface TokenDocument {
  readonly _id: ObjectId;
  readonly secret_hash: string;
  readonly user_id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly hint: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

const known: ReadonlySet<string> = new Set(scopes);

function toRecord(document: TokenDocument): TokenRecord {
  return {
    id: document._id.toHexString(), userId: document.user_id, name: document.name, hint: document.hint,
    // A scope of another version of the platform grants nothing in this one.
    scopes: document.scopes.filter((scope): scope is Scope => known.has(scope)),
    createdAt: document.created_at, expiresAt: document.expires_at, lastUsedAt: document.last_used_at,
  };
}

export class MongoTokenStore implements TokenStore {
  readonly #at: StoreSession;
  readonly #tokens: Collection<TokenDocument>;

  constructor(at: StoreSession) {
    this.#at = at;
    this.#tokens = at.db.collection(controlCollections.tokens);
  }

  async insert(secretHash: string, token: Omit<TokenRecord, 'id'>, largestCount: number | null = null): Promise<TokenRecord> {
    const _id = new ObjectId();
    const document = {
      _id, secret_hash: secretHash, user_id: token.userId, name: token.name, scopes: token.scopes, hint: token.hint,
      created_at: token.createdAt, expires_at: token.expiresAt, last_used_at: token.lastUsedAt,
    };
    await this.#at.transact(async (session) => {
      await holdToLimit(this.#at.db, session, token.userId, { name: 'max_tokens', limit: largestCount, collection: this.#tokens.collectionName });
      await this.#tokens.insertOne(document, { session });
    });
    return { id: _id.toHexString(), ...token };
  }

  async findBySecretHash(secretHash: string): Promise<TokenRecord | undefined> {
    const document = await this.#tokens.findOne({ secret_hash: secretHash }, inSession(this.#at));
    return document === null ? undefined : toRecord(document);
  }

  async list(userId: string, page: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly TokenRecord[]; readonly total: number }> {
    const filter = { user_id: userId };
    const inTransaction = inSession(this.#at);
    // A transaction takes one command at a time.
    const documents = await this.#tokens.find(filter, inTransaction).sort({ _id: -1 }).skip(page.offset).limit(page.limit).toArray();
    const total = await this.#tokens.countDocuments(filter, inTransaction);
    return { items: documents.map(toRecord), total };
  }

  async remove(userId: string, tokenId: string): Promise<boolean> {
    // A text that is no id asks the database too, so that it takes as long as one that is.
    const _id = /^[0-9a-f]{24}$/u.test(tokenId) ? new ObjectId(tokenId) : new ObjectId('0'.repeat(24));
    const { deletedCount } = await this.#tokens.deleteOne({ _id, user_id: userId }, inSession(this.#at));
    return deletedCount === 1;
  }

  async markUsed(tokenId: string, at: Date): Promise<void> {
    await this.#tokens.updateOne({ _id: new ObjectId(tokenId) }, { $set: { last_used_at: at } }, inSession(this.#at));
  }
}
