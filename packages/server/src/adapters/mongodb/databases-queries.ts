// Look-ups and lists of databases: evaluated where the documents are, so that a user with 1,000 databases costs no more on
// the way than one with 10 (R6.2). Each is one query by the user's `_id`.
import type { Document } from 'mongodb';
import { z } from 'zod';
import { databaseEntrySchema } from '../../domain/database-entry.js';
import type { DatabaseListQuery, OwnedDatabase } from '../../ports/databases.js';
import { controlCollections } from './control-collections.js';
import { inSession, userKey, type StoreSession } from './store-session.js';

const databases = { $ifNull: ['$databases', []] };

/** The id of the database that is the default by R1.2: the named one if it is active, else the first active one, else null. */
const defaultDatabaseId: Document = {
  $let: {
    vars: {
      named: { $filter: { input: databases, as: 'd', cond: { $and: [{ $eq: ['$$d.id', '$default_database_id'] }, { $eq: ['$$d.status', 'active'] }] } } },
      active: { $filter: { input: databases, as: 'd', cond: { $eq: ['$$d.status', 'active'] } } },
    },
    in: { $ifNull: [{ $arrayElemAt: ['$$named.id', 0] }, { $arrayElemAt: ['$$active.id', 0] }, null] },
  },
};

const foundSchema = z.object({ default_id: z.string().nullable(), items: z.array(databaseEntrySchema) });
const pageSchema = foundSchema.extend({ total: z.number() });

function owned(userId: string, { default_id, items }: z.infer<typeof foundSchema>): OwnedDatabase[] {
  return items.map((entry) => ({ userId, entry, isDefault: entry.id === default_id }));
}

/** See `DatabaseStore.find`. */
export async function findOwned(at: StoreSession, userId: string, databaseId: string): Promise<OwnedDatabase | undefined> {
  const _id = userKey(userId);
  if (_id === undefined) return undefined;
  // $literal: an id is a value, whatever it looks like.
  const items = { $filter: { input: databases, as: 'd', cond: { $eq: ['$$d.id', { $literal: databaseId }] } } };
  const [document] = await at.db.collection(controlCollections.users)
    .aggregate([{ $match: { _id } }, { $project: { _id: 0, default_id: defaultDatabaseId, items } }], inSession(at)).toArray();
  return document === undefined ? undefined : owned(userId, foundSchema.parse(document))[0];
}

function containsInAnyCase(field: string, part: string): Document {
  return { $gte: [{ $indexOfCP: [{ $toLower: field }, { $literal: part.toLowerCase() }] }, 0] };
}

function conditions(query: DatabaseListQuery): Document[] {
  const found: Document[] = [];
  if (query.status !== undefined) found.push({ $eq: ['$$d.status', query.status] });
  if (query.environment !== undefined) found.push({ $eq: ['$$d.environment', query.environment] });
  if (query.isDefault !== undefined) found.push({ [query.isDefault ? '$eq' : '$ne']: ['$$d.id', '$default_id'] });
  if (query.search !== undefined && query.search !== '') found.push({ $or: [containsInAnyCase('$$d.name', query.search), containsInAnyCase('$$d.description', query.search)] });
  return found;
}

/** The order is that of creation where nothing else is asked for: new databases are pushed at the end of the array. */
function inOrder(input: Document | string, { key, descending }: DatabaseListQuery['sort']): Document | string {
  if (key === 'created_at') return descending ? { $reverseArray: input } : input;
  const sortable = key === 'name' ? { $map: { input, as: 'd', in: { $mergeObjects: ['$$d', { sort_key: { $toLower: '$$d.name' } }] } } } : input;
  return { $sortArray: { input: sortable, sortBy: { [key === 'name' ? 'sort_key' : key]: descending ? -1 : 1, created_at: 1, id: 1 } } };
}

/** See `DatabaseStore.list`. */
export async function listOwned(at: StoreSession, userId: string, query: DatabaseListQuery): Promise<{ readonly items: readonly OwnedDatabase[]; readonly total: number }> {
  const _id = userKey(userId);
  if (_id === undefined) return { items: [], total: 0 };
  const wanted = conditions(query);
  const matching = wanted.length === 0 ? '$databases' : { $filter: { input: '$databases', as: 'd', cond: { $and: wanted } } };
  const [document] = await at.db.collection(controlCollections.users).aggregate([
    { $match: { _id } },
    { $project: { _id: 0, databases, default_id: defaultDatabaseId } },
    { $project: { default_id: 1, databases: inOrder(matching, query.sort) } },
    { $project: { default_id: 1, total: { $size: '$databases' }, items: { $slice: ['$databases', query.offset, query.limit] } } },
    ...(query.sort.key === 'name' ? [{ $unset: 'items.sort_key' }] : []),
  ], inSession(at)).toArray();
  if (document === undefined) return { items: [], total: 0 };
  const page = pageSchema.parse(document);
  return { items: owned(userId, page), total: page.total };
}
