// What the reconciler reads in bulk: everything by an index, and nothing that grows with one user's databases where others are asked for.
import type { Collection, Db, Document, Filter } from 'mongodb';
import { z } from 'zod';
import { appRecordSchema, type AppRecord } from '../../domain/app.js';
import type { DatabaseOwner } from '../../domain/database-entry.js';
import { isLegacyApp } from '../../domain/legacy-app.js';
import type { DriftReads, ExpiringRecords, KnownCredential } from '../../ports/drift-reads.js';
import { controlCollections } from './control-collections.js';
import { totalsCollection } from './databases-rows.js';
import { ownerProjection, toOwner } from './databases-store.js';
import { userKey, userKeysAfter, type UserKey } from './store-session.js';
import { plansOf } from './user-limits.js';

interface UserDocument extends Document {
  readonly _id: UserKey;
}

const ownerSchema = z.object({ _id: z.unknown().transform(String), databases: z.number() });
const entrySchema = z.object({ id: z.string(), cluster_id: z.string(), mongo_username: z.string() });
const countSchema = z.object({ _id: z.object({ user_id: z.unknown().transform(String), database_id: z.string() }), count: z.number() });

const expiring: Readonly<Record<ExpiringRecords, { readonly collection: string; readonly field: string }>> = {
  sessions: { collection: 'sessions', field: 'expires_at' },
  tokens: { collection: 'api_tokens', field: 'expires_at' },
  confirm_tokens: { collection: controlCollections.confirmTokens, field: 'expires_at' },
  idempotency_keys: { collection: 'idempotency_keys', field: 'forget_at' },
};

export class MongoDriftReads implements DriftReads {
  readonly #users: Collection<UserDocument>;
  readonly #apps: Collection<{ readonly _id: string; readonly user_id: string }>;

  constructor(private readonly db: Db) {
    this.#users = db.collection(controlCollections.users);
    this.#apps = db.collection(controlCollections.apps);
  }

  async nextOwners(afterUserId: string | null, bounds: { readonly owners: number; readonly databases: number }, clusterId: string | null): Promise<readonly string[]> {
    const ids: string[] = [];
    let databases = 0;
    for (const after of userKeysAfter(afterUserId)) {
      if (ids.length >= bounds.owners) break;
      // One after the other: the ids of the second kind come after all of the first. Only how many there are is read of the databases.
      const owners = await this.#users.find({ ...after, 'databases.cluster_id': clusterId ?? { $exists: true } } as Filter<UserDocument>, { projection: { _id: 1, databases: { $size: '$databases' } } })
        .sort({ _id: 1 }).limit(bounds.owners - ids.length).toArray();
      for (const owner of owners.map((document) => ownerSchema.parse(document))) {
        databases += owner.databases;
        if (ids.length > 0 && databases > bounds.databases) return ids;
        ids.push(owner._id);
      }
    }
    return ids;
  }

  async owners(userIds: readonly string[]): Promise<{ readonly owners: readonly DatabaseOwner[]; readonly malformed: readonly string[] }> {
    const keys = userIds.flatMap((userId) => userKey(userId) ?? []);
    const documents = await this.#users.find({ _id: { $in: keys } }, { projection: ownerProjection }).toArray();
    const plans = await plansOf({ db: this.db }, documents);
    const malformed: string[] = [];
    const owners = documents.flatMap((document) => {
      try {
        return [toOwner(document, plans)];
      } catch (error) {
        if (!(error instanceof z.ZodError)) throw error;
        malformed.push(String(document._id));
        return [];
      }
    });
    return { owners, malformed };
  }

  async ownersWithRows(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const keys = userIds.flatMap((userId) => userKey(userId) ?? []);
    const totals = await totalsCollection({ db: this.db }).find({ _id: { $in: keys } }, { projection: { _id: 1 } }).toArray();
    return new Set(totals.map(({ _id }) => String(_id)));
  }

  async credentials(databaseIds: readonly string[]): Promise<ReadonlyMap<string, KnownCredential>> {
    if (databaseIds.length === 0) return new Map();
    const wanted = new Set(databaseIds);
    // What is wanted is picked out here: a look-up in a set for each entry, where the database would compare it with every id.
    const fields = { $map: { input: '$databases', as: 'd', in: { id: '$$d.id', cluster_id: '$$d.cluster_id', mongo_username: '$$d.mongo_username' } } };
    const known = new Map<string, KnownCredential>();
    for await (const { _id, ['databases']: entries } of this.#users.find({ 'databases.id': { $in: [...wanted] } }, { projection: { _id: 1, databases: fields } })) {
      for (const entry of entries as readonly { readonly id?: unknown }[]) {
        if (typeof entry.id !== 'string' || !wanted.has(entry.id)) continue;
        const { id, cluster_id: clusterId, mongo_username: username } = entrySchema.parse(entry);
        known.set(id, { userId: String(_id), databaseId: id, clusterId, username });
      }
    }
    return known;
  }

  async scheduledPurges(databaseIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (databaseIds.length === 0) return new Set();
    const jobs = await this.db.collection<{ database_id: string }>(controlCollections.schedule).find({ kind: 'database.purge', database_id: { $in: [...databaseIds] } }, { projection: { _id: 0, database_id: 1 } }).toArray();
    return new Set(jobs.map(({ database_id }) => database_id));
  }

  async appCounts(userIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
    const counts = new Map<string, Map<string, number>>();
    const groups = this.#apps.aggregate([
      { $match: { user_id: { $in: [...userIds] }, database_id: { $type: 'string' } } }, { $group: { _id: { user_id: '$user_id', database_id: '$database_id' }, count: { $sum: 1 } } },
    ]);
    for await (const group of groups) {
      const { _id: { user_id: userId, database_id: databaseId }, count } = countSchema.parse(group);
      const ofUser = counts.get(userId) ?? new Map<string, number>();
      counts.set(userId, ofUser.set(databaseId, count));
    }
    return counts;
  }

  async nextApps(afterAppId: string | null, limit: number, userId: string | null): Promise<readonly string[]> {
    // Ids of an earlier platform's apps may be of another type: they are looked after by the migration of its users.
    const filter = { _id: { $gt: afterAppId ?? '' }, ...(userId === null ? {} : { user_id: userId }) };
    return (await this.#apps.find(filter, { projection: { _id: 1 } }).sort({ _id: 1 }).limit(limit).toArray()).map(({ _id }) => _id);
  }

  async apps(appIds: readonly string[]): Promise<readonly AppRecord[]> {
    const apps = await this.#apps.find({ _id: { $in: [...appIds] } }).toArray();
    return apps.filter((app) => !isLegacyApp(app)).map((app) => appRecordSchema.parse(app));
  }

  async countExpired(of: ExpiringRecords, before: Date): Promise<number> {
    const { collection, field } = expiring[of];
    return this.db.collection(collection).countDocuments({ [field]: { $lt: before } });
  }

  async removeExpired(of: ExpiringRecords, before: Date): Promise<void> {
    const { collection, field } = expiring[of];
    await this.db.collection(collection).deleteMany({ [field]: { $lt: before } });
  }
}
