// The databases of all users, a page after the other, in the order of their owners and of their creation.
import type { Collection, Document, Filter } from 'mongodb';
import { z } from 'zod';
import { databaseEntrySchema, type DatabaseEntry } from '../../domain/database-entry.js';
import { resolveDefaultDatabase } from '../../domain/default-database.js';
import type { OwnedDatabase } from '../../ports/databases.js';
import type { CursorPage, DatabasesOfAllQuery } from '../../ports/users.js';
import { controlCollections } from './control-collections.js';
import { inSession, userKey, userKeysAfter, type StoreSession, type UserKey } from './store-session.js';

interface UserDocument extends Document {
  readonly _id: UserKey;
}

const ownerSchema = z.object({ _id: z.unknown(), databases: z.array(databaseEntrySchema), default_database_id: z.string().nullable().default(null) });
const projection = { databases: 1, default_database_id: 1 };
/** So many users are brought along at once: their databases are what bounds the memory. */
const usersPerBatch = 20;

function conditionsOf({ databaseId, clusterId, status, environment, quotaLevel }: DatabasesOfAllQuery): Document {
  return {
    ...(databaseId === undefined ? {} : { id: databaseId }), ...(clusterId === undefined ? {} : { cluster_id: clusterId }), ...(status === undefined ? {} : { status }),
    ...(environment === undefined ? {} : { environment }), ...(quotaLevel === undefined ? {} : { quota_level: quotaLevel === 'normal' ? { $in: ['normal', null] } : quotaLevel }),
  };
}

/** Users with such a database. Entries that were never written in full, as of users who are not migrated yet, are left out. */
function filterOf(query: DatabasesOfAllQuery): Document {
  const conditions = conditionsOf(query);
  const indexed = ['id', 'cluster_id', 'status'].find((field) => conditions[field] !== undefined) ?? (query.quotaLevel === undefined || query.quotaLevel === 'normal' ? undefined : 'quota_level');
  return {
    databases: { $elemMatch: { cluster_id: { $exists: true }, ...conditions } },
    // The same again in the form that an index serves.
    ...(indexed === undefined ? {} : { [`databases.${indexed}`]: conditions[indexed] as unknown }),
  };
}

function isWanted({ databaseId, clusterId, status, environment, quotaLevel }: DatabasesOfAllQuery, entry: DatabaseEntry): boolean {
  return (databaseId === undefined || entry.id === databaseId) && (clusterId === undefined || entry.cluster_id === clusterId) && (status === undefined || entry.status === status)
    && (environment === undefined || entry.environment === environment) && (quotaLevel === undefined || (entry.quota_level ?? 'normal') === quotaLevel);
}

/** The databases of one owner that are wanted, after the one of this id. */
function wantedOf(document: Document, query: DatabasesOfAllQuery, afterDatabaseId: string | null): readonly OwnedDatabase[] {
  const { _id, databases, default_database_id: named } = ownerSchema.parse(document);
  const defaultId = resolveDefaultDatabase(databases, named)?.id;
  const start = afterDatabaseId === null ? 0 : databases.findIndex(({ id }) => id === afterDatabaseId) + 1;
  return databases.slice(start).filter((entry) => isWanted(query, entry)).map((entry) => ({ userId: String(_id), entry, isDefault: entry.id === defaultId }));
}

function parseCursor(after: string | null): { readonly userId: string; readonly databaseId: string } | null {
  const separator = after?.lastIndexOf('/') ?? -1;
  return after === null || separator < 1 ? null : { userId: after.slice(0, separator), databaseId: after.slice(separator + 1) };
}

async function* walk(at: StoreSession, query: DatabasesOfAllQuery): AsyncGenerator<OwnedDatabase, void> {
  const users: Collection<UserDocument> = at.db.collection<UserDocument>(controlCollections.users);
  const find = (filter: Document) => users.find(filter as Filter<UserDocument>, { projection, ...inSession(at) });
  const from = parseCursor(query.after);
  if (from !== null) {
    const rest = await find({ ...filterOf(query), _id: userKey(from.userId) ?? null }).next();
    if (rest !== null) yield* wantedOf(rest, query, from.databaseId);
  }
  const owner = query.userId === undefined ? undefined : userKey(query.userId) ?? null;
  if (owner !== undefined && from !== null) return;
  for (const after of owner === undefined ? userKeysAfter(from?.userId ?? null) : [{ _id: owner }]) {
    for await (const document of find({ ...filterOf(query), ...after }).sort({ _id: 1 }).batchSize(usersPerBatch)) yield* wantedOf(document, query, null);
  }
}

/** See `UserDirectory.databases`. */
export async function pageOfAllDatabases(at: StoreSession, query: DatabasesOfAllQuery): Promise<CursorPage<OwnedDatabase>> {
  const items: OwnedDatabase[] = [];
  for await (const database of walk(at, query)) {
    if (items.length === query.limit) {
      const last = items.at(-1)!;
      return { items, next: `${last.userId}/${last.entry.id}` };
    }
    items.push(database);
  }
  return { items, next: null };
}
