// Databases of users: elements of `users.databases[]` (R1.1, R1.2).
import type { Collection, Document, Filter } from 'mongodb';
import { z } from 'zod';
import type { DatabaseEntry, DatabaseOwner } from '../../domain/database-entry.js';
import type { DatabaseListQuery } from '../../domain/database-list.js';
import { resolveDefaultDatabase } from '../../domain/default-database.js';
import { defaultPlanName, limitOf, type UserLimits } from '../../domain/limits.js';
import type { Plan } from '../../domain/plans.js';
import {
  DatabaseIdTaken, DatabaseNameTaken, UserAbsent, type ChangeConditions, type DatabaseChange, type DatabaseStore, type OwnedDatabase, type RowsState,
} from '../../ports/databases.js';
import { controlCollections } from './control-collections.js';
import { findOwned, listOwned } from './databases-queries.js';
import { parseTotals, totalsCollection } from './databases-rows.js';
import { rowsState, settleRows } from './databases-settle.js';
import { measuredStatuses, writeDatabases, writeSizes, type DatabaseWrite } from './databases-write.js';
import { hasCode, mongoCodes } from './failures.js';
import { legacyProjection, readThrough, storedDefault, storedEntries } from './legacy-read-through.js';
import type { RowsKeeper } from './rows-keeper.js';
import { inSession, isUserBefore, textInAnyCase, userKey, userKeysAfter, type StoreSession, type UserKey } from './store-session.js';
import { plansCollection, plansOf, userLimitsOf, userLimitsProjection } from './user-limits.js';

/** So many sizes of one owner are written one by one. */
const singleWrites = 3;

/** The part of a user's document that is kept here; accounts keep the rest. */
interface UserDocument {
  readonly _id: UserKey;
  readonly databases: DatabaseEntry[];
  readonly default_database_id: string | null;
  readonly total_quota_mb: number | null;
  readonly plan?: string;
  readonly databases_suspended?: boolean;
}

/** Some of the owners. Their partial index is named where there is one: a planner may walk all users by their ids instead, since both are in the order asked for. */
interface OwnersOf {
  readonly filter: Filter<UserDocument>;
  readonly index?: Readonly<Record<string, 1>>;
}

const ownerSchema = z.object({
  _id: z.unknown(),
  databases: storedEntries,
  default_database_id: storedDefault,
});
/** What `toOwner` needs. */
export const ownerProjection = { databases: 1, default_database_id: 1, databases_suspended: 1, ...legacyProjection, ...userLimitsProjection };

/** Throws ZodError where the databases of the document cannot be read. */
export function toOwner(document: Document, plans: ReadonlyMap<string, Plan>): DatabaseOwner {
  const owner = ownerSchema.parse(readThrough(document));
  const limits = userLimitsOf(document, plans);
  return { userId: String(owner._id), defaultDatabaseId: owner.default_database_id, totalQuotaMb: limitOf('total_quota_mb', limits), limits,
    ...(document['databases_suspended'] === true ? { areDatabasesSuspended: true } : {}), databases: owner.databases };
}

function nameIsFree(name: string, exceptDatabaseId: string | null): Filter<UserDocument> {
  const taken = { name: textInAnyCase(name), ...(exceptDatabaseId === null ? {} : { id: { $ne: exceptDatabaseId } }) };
  return { databases: { $not: { $elemMatch: taken } } };
}

export class MongoDatabaseStore implements DatabaseStore {
  readonly #at: StoreSession;
  readonly #keeper: RowsKeeper;

  constructor(at: StoreSession, keeper: RowsKeeper) {
    this.#at = at;
    this.#keeper = keeper;
  }

  async owner(userId: string): Promise<DatabaseOwner | undefined> {
    const _id = userKey(userId);
    const document = _id === undefined ? null : await this.#users.findOne({ _id }, { projection: ownerProjection, ...inSession(this.#at) });
    return document === null ? undefined : toOwner(document, await plansOf(this.#at, [document]));
  }

  async limitsOf(userId: string): Promise<UserLimits | undefined> {
    const _id = userKey(userId);
    if (_id !== undefined && this.#at.session === undefined && this.#keeper.hasRows(userId)) {
      const totals = parseTotals(await totalsCollection(this.#at).findOne({ _id }));
      if (totals !== undefined) return userLimitsOf(totals.limits, await plansOf(this.#at, [totals.limits]));
    }
    const document = _id === undefined ? null : await this.#users.findOne({ _id }, { projection: userLimitsProjection, ...inSession(this.#at) });
    return document === null ? undefined : userLimitsOf(document, await plansOf(this.#at, [document]));
  }

  find(userId: string, databaseId: string): Promise<OwnedDatabase | undefined> {
    return findOwned(this.#at, this.#keeper, userId, databaseId);
  }

  async findById(databaseId: string): Promise<OwnedDatabase | undefined> {
    const document = await this.#users.findOne({ 'databases.id': databaseId }, { projection: ownerProjection, ...inSession(this.#at) });
    if (document === null) return undefined;
    const { _id, databases, default_database_id: defaultDatabaseId } = ownerSchema.parse(document);
    const entry = databases.find(({ id }) => id === databaseId);
    return entry === undefined ? undefined : { userId: String(_id), entry, isDefault: resolveDefaultDatabase(databases, defaultDatabaseId)?.id === databaseId };
  }

  list(userId: string, query: DatabaseListQuery): Promise<{ readonly items: readonly OwnedDatabase[]; readonly total: number }> {
    return listOwned(this.#at, this.#keeper, userId, query);
  }

  async insert(userId: string, entry: DatabaseEntry): Promise<void> {
    const _id = userKey(userId);
    if (_id === undefined) throw new UserAbsent('no such user');
    const condition = { $and: [{ 'databases.id': { $ne: entry.id } }, nameIsFree(entry.name, null)] };
    if (await this.#write({ user: _id, databaseId: entry.id, condition, update: { $push: { databases: { ...entry } } } })) return;
    const owner = await this.owner(userId);
    if (owner === undefined) throw new UserAbsent('no such user');
    throw owner.databases.some(({ id }) => id === entry.id) ? new DatabaseIdTaken('the database id is taken') : new DatabaseNameTaken('the name is taken');
  }

  async change(userId: string, databaseId: string, change: DatabaseChange, conditions: ChangeConditions = {}): Promise<boolean> {
    const _id = userKey(userId);
    if (_id === undefined) return false;
    const { whereStatus, whereQuotaLevel, whereConnectionsWarnedBefore, makeDefault = false } = conditions;
    const status = whereStatus === undefined ? {} : { status: { $in: [...whereStatus] } };
    // An entry that was never above the first level may lack the field.
    const level = whereQuotaLevel === undefined ? {} : { quota_level: whereQuotaLevel === 'normal' ? { $in: ['normal', null] } : whereQuotaLevel };
    const warned = whereConnectionsWarnedBefore === undefined ? {} : { connections_warned_at: { $not: { $gte: whereConnectionsWarnedBefore } } };
    const isThere: Document = { databases: { $elemMatch: { id: databaseId, ...status, ...level, ...warned } } };
    const condition: Document = change.name === undefined ? isThere : { $and: [isThere, nameIsFree(change.name, databaseId)] };
    const holds = async (conditions: Document): Promise<boolean> => (await this.#users.findOne({ $and: [{ _id }, conditions] } as Filter<UserDocument>, { projection: { _id: 1 }, ...inSession(this.#at) })) !== null;
    const set: Document = Object.fromEntries(Object.entries(change).map(([field, value]) => [`databases.$[this].${field}`, value]));
    const arrayFilters: Document[] = [{ 'this.id': databaseId }];
    if (makeDefault) {
      Object.assign(set, { default_database_id: databaseId, 'databases.$[this].is_default': true, 'databases.$[other].is_default': false });
      arrayFilters.push({ 'other.id': { $ne: databaseId }, 'other.is_default': true });
    }
    if (Object.keys(set).length === 0) return holds(condition);
    if (await this.#write({ user: _id, databaseId, condition, update: { $set: set }, arrayFilters })) return true;
    // Refused for the name, or because it is not there: only the former is left if the rest of the condition holds.
    if (change.name !== undefined && (await holds(isThere))) throw new DatabaseNameTaken('the name is taken');
    return false;
  }

  async clearDefault(userId: string, databaseId: string): Promise<void> {
    const _id = userKey(userId);
    if (_id === undefined) return;
    await this.#write({ user: _id, databaseId, condition: { default_database_id: databaseId }, update: { $set: { default_database_id: null } } });
    const update = { $set: { 'databases.$[this].is_default': false } };
    await this.#write({ user: _id, databaseId, condition: { 'databases.id': databaseId }, update, arrayFilters: [{ 'this.id': databaseId }] });
  }

  async remove(userId: string, databaseId: string): Promise<boolean> {
    const _id = userKey(userId);
    return _id !== undefined && this.#write({ user: _id, databaseId, condition: { 'databases.id': databaseId }, update: { $pull: { databases: { id: databaseId } } } });
  }

  async writeSizes(userId: string, sizes: ReadonlyMap<string, number>): Promise<void> {
    const _id = userKey(userId);
    if (_id === undefined) return;
    if (sizes.size > singleWrites) {
      await writeSizes(this.#at, _id, sizes);
      return;
    }
    // One after the other: they write to one document, and each is a single write, where all together would be a transaction.
    for (const [databaseId, current_size_mb] of sizes) await this.change(userId, databaseId, { current_size_mb }, { whereStatus: measuredStatuses });
  }

  rowsState(userId: string): Promise<RowsState> {
    return rowsState(this.#at, userId);
  }

  settleRows(userId: string): Promise<boolean> {
    return settleRows(this.#at, userId);
  }

  async pageOfOwners(afterUserId: string | null, limit: number): Promise<readonly DatabaseOwner[]> {
    // Walks by _id: the databases of a page of users are what bounds the memory. Legacy users are left out: nothing works on their
    // databases before they are migrated.
    return this.#toOwners(await this.#pageOf({ filter: { 'databases.cluster_id': { $exists: true } } }, afterUserId, limit));
  }

  async pageOfOwnersWithQuota(afterUserId: string | null, limit: number): Promise<readonly DatabaseOwner[]> {
    const plans = await this.#plansWithTotalQuota();
    // Whoever is on no other plan is on the default one: where that has a total, nearly everybody has a quota.
    if (plans.includes(defaultPlanName)) return this.pageOfOwners(afterUserId, limit);
    const quotas: readonly OwnersOf[] = [
      { filter: { total_quota_mb: { $gte: 0 } }, index: { _id: 1, total_quota_mb: 1 } }, { filter: { 'databases.quota_mb': { $gte: 0 } }, index: { _id: 1, 'databases.quota_mb': 1 } },
      { filter: { 'databases.quota_level': { $exists: true } }, index: { _id: 1, 'databases.quota_level': 1 } }, ...plans.map((plan) => ({ filter: { plan } })),
    ];
    return this.#pageOfUnion(quotas, afterUserId, limit);
  }

  pageOfOwnersWithSuspensions(afterUserId: string | null, limit: number): Promise<readonly DatabaseOwner[]> {
    return this.#pageOfUnion([
      { filter: { databases_suspended: true }, index: { _id: 1, databases_suspended: 1 } }, { filter: { 'databases.is_suspended': true }, index: { _id: 1, 'databases.is_suspended': 1 } },
    ], afterUserId, limit);
  }

  /** The next users that meet one of the conditions, in the order of their ids. */
  async #pageOfUnion(conditions: readonly OwnersOf[], afterUserId: string | null, limit: number): Promise<readonly DatabaseOwner[]> {
    const documents: Document[] = [];
    for (const condition of conditions) {
      // Each walks an index of its own in the order of ids; the first of all together are the first of their union. One after the
      // other, because a transaction takes one command at a time.
      documents.push(...await this.#pageOf(condition, afterUserId, limit));
    }
    const owners = new Map((await this.#toOwners(documents)).map((owner) => [owner.userId, owner]));
    return [...owners.values()].sort((a, b) => (isUserBefore(a.userId, b.userId) ? -1 : 1)).slice(0, limit);
  }

  async #toOwners(documents: readonly Document[]): Promise<readonly DatabaseOwner[]> {
    const plans = await plansOf(this.#at, documents);
    return documents.map((document) => toOwner(document, plans));
  }

  /** The next users that meet a condition, in the order of their ids. */
  async #pageOf({ filter, index }: OwnersOf, afterUserId: string | null, limit: number): Promise<readonly Document[]> {
    const documents: Document[] = [];
    for (const after of userKeysAfter(afterUserId)) {
      if (documents.length >= limit) break;
      // One after the other: the ids of the second kind come after all of the first.
      documents.push(...await this.#users.find({ ...after, ...filter } as Filter<UserDocument>, { projection: ownerProjection, ...(index === undefined ? {} : { hint: { ...index } }), ...inSession(this.#at) }).sort({ _id: 1 }).limit(limit - documents.length).toArray());
    }
    return documents;
  }

  /** Names of the plans that limit what all databases of a user hold together. */
  async #plansWithTotalQuota(): Promise<readonly string[]> {
    const documents = await plansCollection(this.#at).find({ 'limits.total_quota_mb': { $gte: 0 } }, { projection: { _id: 1 }, ...inSession(this.#at) }).toArray();
    return documents.map(({ _id }) => _id);
  }

  get #users(): Collection<UserDocument> {
    return this.#at.db.collection<UserDocument>(controlCollections.users);
  }

  async #write(write: DatabaseWrite): Promise<boolean> {
    try {
      return await writeDatabases(this.#at, write);
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) throw new DatabaseIdTaken('the database id is taken', { cause: error });
      throw error;
    }
  }
}
