// All users, for operators: pages by index, each as far as it goes.
import type { Collection, Document, Filter } from 'mongodb';
import { z } from 'zod';
import { defaultPlanName } from '../../domain/limits.js';
import { builtInPlan, PlanAbsent, type Plan } from '../../domain/plans.js';
import { parseStoredOverrides, storedOverrides } from '../../domain/rate-limits.js';
import type { OwnedDatabase } from '../../ports/databases.js';
import type { CursorPage, DatabasesOfAllQuery, UserChange, UserDirectory, UserListQuery, UserRecord } from '../../ports/users.js';
import { pageOfAllDatabases } from './all-databases.js';
import { controlCollections } from './control-collections.js';
import { followLimits } from './databases-rows.js';
import { inSession, userKey, userKeysAfter, type StoreSession, type UserKey } from './store-session.js';
import { planNameOf, plansCollection, plansOf, userLimitsOf, userLimitsProjection } from './user-limits.js';

interface UserDocument extends Document {
  readonly _id: UserKey;
}

const databases = { $ifNull: ['$databases', []] };
const held = { $map: { input: databases, as: 'd', in: { $max: [{ $ifNull: ['$$d.quota_mb', 0] }, { $ifNull: ['$$d.current_size_mb', 0] }] } } };

const projection = {
  email: 1, email_lower: 1, name: 1, role: 1, created_at: 1, rate_limits: 1, rate_limit_resets: 1, disabled_at: 1, databases_suspended: 1, ...userLimitsProjection,
  database_count: { $size: databases }, used_mb: { $sum: '$databases.current_size_mb' }, promised_mb: { $sum: held },
};

// Users of an earlier platform may lack any of these.
const documentSchema = z.object({
  email: z.string().catch(''),
  name: z.string().catch(''),
  role: z.enum(['user', 'operator']).catch('user'),
  created_at: z.date().nullable().catch(null),
  rate_limits: z.unknown().default(null).transform(parseStoredOverrides),
  rate_limit_resets: z.number().catch(0),
  disabled_at: z.date().nullable().catch(null),
  databases_suspended: z.boolean().catch(false),
  database_count: z.number().catch(0),
  used_mb: z.number().catch(0),
  promised_mb: z.number().catch(0),
});

function toRecord(document: Document, plans: ReadonlyMap<string, Plan>): UserRecord {
  const fields = documentSchema.parse(document);
  const key = document['_id'] as UserKey;
  return {
    id: String(key), email: fields.email, name: fields.name, role: fields.role,
    createdAt: fields.created_at ?? (typeof key === 'string' ? new Date(0) : key.getTimestamp()),
    limits: userLimitsOf(document, plans), rateLimits: fields.rate_limits, planRateLimits: (plans.get(planNameOf(document)) ?? builtInPlan).rateLimits, rateLimitResets: fields.rate_limit_resets,
    disabled: fields.disabled_at === null ? null : { at: fields.disabled_at, areDatabasesSuspended: fields.databases_suspended },
    databaseCount: fields.database_count, usedMb: fields.used_mb, promisedMb: fields.promised_mb,
  };
}

function conditionsOf({ plan, role, isDisabled }: UserListQuery): Document {
  return {
    // Whoever is on no other plan is on the default one.
    ...(plan === undefined ? {} : { plan: plan === defaultPlanName ? { $exists: false } : plan }),
    ...(role === undefined ? {} : { role: role === 'user' ? { $ne: 'operator' } : role }),
    ...(isDisabled === undefined ? {} : { disabled_at: { $exists: isDisabled } }),
  };
}

/** After every text that begins so. */
function endOfPrefix(prefix: string): string {
  return `${prefix}\uffff`;
}

export class MongoUserDirectory implements UserDirectory {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async find(userId: string): Promise<UserRecord | undefined> {
    const _id = userKey(userId);
    const document = _id === undefined ? null : await this.#users.findOne({ _id }, { projection, ...inSession(this.#at) });
    return document === null ? undefined : toRecord(document, await plansOf(this.#at, [document]));
  }

  async list(query: UserListQuery): Promise<CursorPage<UserRecord>> {
    const documents = await (query.search === undefined ? this.#inOrderOfIds(query) : this.#found(query, query.search));
    const page = documents.slice(0, query.limit);
    const last = page.at(-1);
    const plans = await plansOf(this.#at, page);
    const next = documents.length > query.limit && last !== undefined ? String(query.search === undefined ? last['_id'] : last['email_lower']) : null;
    return { items: page.map((document) => toRecord(document, plans)), next };
  }

  databases(query: DatabasesOfAllQuery): Promise<CursorPage<OwnedDatabase>> {
    return pageOfAllDatabases(this.#at, query);
  }

  async change(userId: string, change: UserChange): Promise<boolean> {
    const _id = userKey(userId);
    if (_id === undefined) return false;
    return this.#at.transact(async (session) => {
      if (change.plan !== undefined && change.plan !== defaultPlanName) {
        const { matchedCount } = await plansCollection(this.#at).updateOne({ _id: change.plan }, { $inc: { assignments: 1 } }, { session });
        if (matchedCount === 0) throw new PlanAbsent('there is no such plan');
      }
      const { matchedCount } = await this.#users.updateOne({ _id }, updateOf(change), { session });
      if (change.plan !== undefined || change.overrides !== undefined) await followLimits({ ...this.#at, session }, _id);
      return matchedCount === 1;
    });
  }

  async counts(userId: string): Promise<{ readonly apps: number; readonly tokens: number; readonly webhooks: number }> {
    const of = (collection: string): Promise<number> => this.#at.db.collection(collection).countDocuments({ user_id: userId }, inSession(this.#at));
    const [apps, tokens, webhooks] = await Promise.all([of(controlCollections.apps), of('api_tokens'), of('webhooks')]);
    return { apps, tokens, webhooks };
  }

  /** One more than the page has, to know whether there is another. */
  async #inOrderOfIds(query: UserListQuery): Promise<readonly Document[]> {
    const documents: Document[] = [];
    for (const after of userKeysAfter(query.after)) {
      const left = query.limit + 1 - documents.length;
      if (left <= 0) break;
      // One after the other: the ids of the second kind come after all of the first.
      documents.push(...await this.#users.find({ ...conditionsOf(query), ...after } as Filter<UserDocument>, { projection, ...inSession(this.#at) }).sort({ _id: 1 }).limit(left).toArray());
    }
    return documents;
  }

  async #found(query: UserListQuery, search: string): Promise<readonly Document[]> {
    const prefix = search.toLowerCase();
    const range = { $gte: prefix, $lt: endOfPrefix(prefix), ...(query.after === null ? {} : { $gt: query.after }) };
    const byAddress = await this.#users.find({ ...conditionsOf(query), email_lower: range } as Filter<UserDocument>, { projection, ...inSession(this.#at) })
      .sort({ email_lower: 1 }).limit(query.limit + 1).toArray();
    const _id = userKey(search);
    if (byAddress.length > 0 || _id === undefined || query.after !== null) return byAddress;
    return this.#users.find({ ...conditionsOf(query), _id } as Filter<UserDocument>, { projection, ...inSession(this.#at) }).toArray();
  }

  get #users(): Collection<UserDocument> {
    return this.#at.db.collection<UserDocument>(controlCollections.users);
  }
}

/** A change as fields are stored: a total in megabytes has a field of its own, and what is as for everybody has none. */
function updateOf({ plan, overrides, rateLimits, resetsRateLimits = false, disabled }: UserChange): Document {
  const set: Document = {};
  const unset: Document = {};
  const put = (field: string, value: unknown, isAbsent: boolean): void => {
    if (isAbsent) unset[field] = '';
    else set[field] = value;
  };
  if (plan !== undefined) put('plan', plan, plan === defaultPlanName);
  if (overrides !== undefined) {
    const { total_quota_mb: total, ...others } = overrides;
    const limits = total === 'unlimited' ? { ...others, total_quota_mb: total } : others;
    set['total_quota_mb'] = typeof total === 'number' ? total : null;
    put('limits', limits, Object.keys(limits).length === 0);
  }
  if (rateLimits !== undefined) put('rate_limits', storedOverrides(rateLimits), Object.keys(rateLimits).length === 0);
  if (disabled !== undefined) {
    put('disabled_at', disabled?.at, disabled === null);
    put('databases_suspended', true, disabled?.areDatabasesSuspended !== true);
  }
  return {
    ...(Object.keys(set).length === 0 ? {} : { $set: set }), ...(Object.keys(unset).length === 0 ? {} : { $unset: unset }), ...(resetsRateLimits ? { $inc: { rate_limit_resets: 1 } } : {}),
  };
}
