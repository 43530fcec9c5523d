// Accounts in the control database's `users`, which they share with the users' databases.
import { ObjectId, type Collection, type Db } from 'mongodb';
import { z } from 'zod';
import { parseStoredOverrides } from '../../domain/rate-limits.js';
import { EmailTaken, type AccountRecord, type AccountStore, type NewAccount } from '../../ports/accounts.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';
import { userKey } from './store-session.js';

const documentSchema = z.object({
  _id: z.instanceof(ObjectId),
  email: z.string(),
  name: z.string().default(''),
  role: z.enum(['user', 'operator']).default('user'),
  // An account without a password cannot sign in with one.
  password_hash: z.string().default(''),
  created_at: z.date().optional(),
  default_database_id: z.string().nullable().default(null),
  total_quota_mb: z.number().nullable().default(null),
  rate_limits: z.unknown().default(null).transform(parseStoredOverrides),
});

const heldSchema = z.object({ held_mb: z.number().default(0) });

const projection = { email: 1, name: 1, role: 1, password_hash: 1, created_at: 1, default_database_id: 1, total_quota_mb: 1, rate_limits: 1 } as const;

function parse(document: unknown): AccountRecord | undefined {
  if (document === null) return undefined;
  const fields = documentSchema.parse(document);
  return {
    id: fields._id.toHexString(), email: fields.email, name: fields.name, role: fields.role, passwordHash: fields.password_hash,
    createdAt: fields.created_at ?? fields._id.getTimestamp(), defaultDatabaseId: fields.default_database_id, totalQuotaMb: fields.total_quota_mb,
    rateLimits: fields.rate_limits,
  };
}

export class MongoAccountStore implements AccountStore {
  readonly #users: Collection;

  constructor(db: Db) {
    this.#users = db.collection(controlCollections.users);
  }

  /** Makes the indexes that accounts need; safe on every start. */
  async prepare(): Promise<void> {
    await this.#users.createIndexes([
      // Sparse: users of an earlier platform may lack the field.
      { key: { email_lower: 1 }, unique: true, sparse: true },
      { key: { role: 1 }, partialFilterExpression: { role: 'operator' } },
    ]);
  }

  async insert({ email, name, role, passwordHash, createdAt }: NewAccount): Promise<AccountRecord> {
    const document = {
      _id: new ObjectId(), email, email_lower: email.toLowerCase(), name, role, password_hash: passwordHash, created_at: createdAt,
      databases: [], default_database_id: null, total_quota_mb: null,
    };
    try {
      await this.#users.insertOne(document);
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) throw new EmailTaken('the e-mail address has an account', { cause: error });
      throw error;
    }
    return { id: document._id.toHexString(), email, name, role, passwordHash, createdAt, defaultDatabaseId: null, totalQuotaMb: null, rateLimits: {} };
  }

  async find(userId: string): Promise<AccountRecord | undefined> {
    const _id = userKey(userId);
    return _id === undefined ? undefined : parse(await this.#users.findOne({ _id }, { projection }));
  }

  async findByEmail(email: string): Promise<AccountRecord | undefined> {
    return parse(await this.#users.findOne({ email_lower: email.toLowerCase() }, { projection }));
  }

  async heldMegabytes(userId: string): Promise<number> {
    const _id = userKey(userId);
    if (_id === undefined) return 0;
    const document = await this.#users.findOne({ _id }, { projection: { _id: 0, held_mb: { $sum: '$databases.current_size_mb' } } });
    return heldSchema.parse(document ?? {}).held_mb;
  }

  async hasOperator(): Promise<boolean> {
    return (await this.#users.findOne({ role: 'operator' }, { projection: { _id: 1 } })) !== null;
  }
}
