// Accounts in the control database's `users`, which they share with the users' databases.
import { ObjectId, type Collection, type Document } from 'mongodb';
import { z } from 'zod';
import { legacyDatabaseId } from '../../credentials/legacy-database-id.js';
import { legacyMarkField, replacedHashField } from '../../domain/legacy-user.js';
import { limitOf, noUserLimits } from '../../domain/limits.js';
import { mergeRateLimits, type Plan } from '../../domain/plans.js';
import { parseStoredOverrides } from '../../domain/rate-limits.js';
import { EmailTaken, type AccountRecord, type AccountStore, type NewAccount } from '../../ports/accounts.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';
import { inSession, userKey, type StoreSession, type UserKey } from './store-session.js';
import { planNameOf, plansOf, userLimitsOf, userLimitsProjection } from './user-limits.js';

const documentSchema = z.object({
  _id: z.union([z.instanceof(ObjectId), z.string()]),
  // Users of an earlier platform may lack any of these, or have them in another form (R3.1).
  email: z.string().catch(''),
  name: z.string().catch(''),
  role: z.enum(['user', 'operator']).catch('user'),
  // An account without a password cannot sign in with one.
  password_hash: z.string().catch(''),
  created_at: z.date().optional().catch(undefined),
  default_database_id: z.string().nullable().catch(null),
  mongo_password_encrypted: z.unknown().optional(),
  [legacyMarkField]: z.unknown().optional(),
  rate_limits: z.unknown().default(null).transform(parseStoredOverrides),
  rate_limit_resets: z.number().catch(0),
  disabled_at: z.date().nullable().catch(null),
});

const heldSchema = z.object({ held_mb: z.number().default(0) });

const projection = { email: 1, name: 1, role: 1, password_hash: 1, created_at: 1, default_database_id: 1, rate_limits: 1, rate_limit_resets: 1, disabled_at: 1, ...userLimitsProjection, mongo_password_encrypted: 1, [legacyMarkField]: 1 } as const;

function parse(document: Document, plans: ReadonlyMap<string, Plan>): AccountRecord {
  const fields = documentSchema.parse(document);
  const id = String(fields._id);
  const limits = userLimitsOf(document, plans);
  const isUnmigrated = fields.mongo_password_encrypted !== undefined && fields[legacyMarkField] === undefined;
  return {
    id, email: fields.email, name: fields.name, role: fields.role, passwordHash: fields.password_hash,
    createdAt: fields.created_at ?? (typeof fields._id === 'string' ? new Date(0) : fields._id.getTimestamp()),
    defaultDatabaseId: isUnmigrated ? legacyDatabaseId(id) : fields.default_database_id, totalQuotaMb: limitOf('total_quota_mb', limits), limits,
    rateLimits: mergeRateLimits(plans.get(planNameOf(document))?.rateLimits ?? {}, fields.rate_limits), rateLimitResets: fields.rate_limit_resets, isDisabled: fields.disabled_at !== null,
  };
}

interface UserDocument extends Document {
  readonly _id: UserKey;
}

export class MongoAccountStore implements AccountStore {
  readonly #at: Pick<StoreSession, 'db' | 'session'>;
  readonly #users: Collection<UserDocument>;

  constructor(at: Pick<StoreSession, 'db' | 'session'>) {
    this.#at = at;
    this.#users = at.db.collection(controlCollections.users);
  }

  async insert({ email, name, role, passwordHash, createdAt }: NewAccount): Promise<AccountRecord> {
    const document = {
      _id: new ObjectId(), email, email_lower: email.toLowerCase(), name, role, password_hash: passwordHash, created_at: createdAt,
      databases: [], default_database_id: null, total_quota_mb: null,
    };
    if ((await this.#findUnmigrated(email)) !== null) throw new EmailTaken('the e-mail address has an account of the earlier platform');
    try {
      await this.#users.insertOne(document, this.#options);
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) throw new EmailTaken('the e-mail address has an account', { cause: error });
      throw error;
    }
    return { id: document._id.toHexString(), email, name, role, passwordHash, createdAt, defaultDatabaseId: null, totalQuotaMb: null, limits: noUserLimits, rateLimits: {}, rateLimitResets: 0, isDisabled: false };
  }

  async find(userId: string): Promise<AccountRecord | undefined> {
    const _id = userKey(userId);
    return _id === undefined ? undefined : this.#read(await this.#users.findOne({ _id }, { projection, ...this.#options }));
  }

  async findByEmail(email: string): Promise<AccountRecord | undefined> {
    const [keyed, unkeyed] = [await this.#users.findOne({ email_lower: email.toLowerCase() }, { projection, ...this.#options }), await this.#findUnmigrated(email)];
    // Of two who differ in case only, the one whose spelling it is.
    return this.#read(unkeyed?.['email'] === email ? unkeyed : (keyed ?? unkeyed));
  }

  /** A user of an earlier platform, who has no `email_lower` yet: as the address was written there, or in lower case; of several, the oldest. */
  async #findUnmigrated(email: string): Promise<Document | null> {
    const filter = { email: { $in: [email, email.toLowerCase()] }, email_lower: { $exists: false } };
    return this.#users.findOne(filter, { projection, sort: { _id: 1 }, ...this.#options });
  }

  async replacePasswordHash(userId: string, from: string, to: string): Promise<boolean> {
    const _id = userKey(userId);
    if (_id === undefined) return false;
    const isAdopted = { _id, password_hash: from, [legacyMarkField]: { $exists: true } };
    // A rollback tells by the copy that the hash is this one, and not one that was set later.
    const adopted = await this.#users.updateOne(isAdopted, { $set: { password_hash: to, [`${legacyMarkField}.${replacedHashField}`]: to } }, this.#options);
    if (adopted.matchedCount === 1) return true;
    const isOfNobodyElse = { _id, password_hash: from, [legacyMarkField]: { $exists: false }, mongo_password_encrypted: { $exists: false } };
    return (await this.#users.updateOne(isOfNobodyElse, { $set: { password_hash: to } }, this.#options)).matchedCount === 1;
  }

  async #read(document: Document | null): Promise<AccountRecord | undefined> {
    return document === null ? undefined : parse(document, await plansOf(this.#at, [document]));
  }

  get #options(): ReturnType<typeof inSession> {
    return inSession(this.#at);
  }

  async heldMegabytes(userId: string): Promise<number> {
    const _id = userKey(userId);
    if (_id === undefined) return 0;
    const document = await this.#users.findOne({ _id }, { projection: { _id: 0, held_mb: { $sum: '$databases.current_size_mb' } }, ...this.#options });
    return heldSchema.parse(document ?? {}).held_mb;
  }

  async hasOperator(): Promise<boolean> {
    return (await this.#users.findOne({ role: 'operator' }, { projection: { _id: 1 }, ...this.#options })) !== null;
  }
}
