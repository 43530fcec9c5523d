// Look-ups and lists of databases: evaluated where the documents are, so that a user with 1,000 databases costs no more on
// the way than one with 10 (R6.2). All are queries by the user's `_id`. Those with many databases have rows, which are asked first
// (`databases-row-queries.ts`); what is here answers for everybody else, in every transaction, and what rows cannot.
import type { Document } from 'mongodb';
import { z } from 'zod';
import { legacyDatabaseId } from '../../credentials/legacy-database-id.js';
import { databaseEntrySchema, databaseStatuses, type DatabaseEntry } from '../../domain/database-entry.js';
import { isPlainQuery, selectDatabases, type DatabaseListQuery } from '../../domain/database-list.js';
import { largestOwnerWithoutRows } from '../../domain/database-rows.js';
import { namedDefaultStatuses } from '../../domain/default-database.js';
import { parseLegacyUser } from '../../domain/legacy-user.js';
import type { OwnedDatabase } from '../../ports/databases.js';
import { controlCollections } from './control-collections.js';
import { findInRows, isAnsweredByRows, isSearch, listFromRows, type OwnedPage } from './databases-row-queries.js';
import { rowsMark } from './databases-rows.js';
import { legacyProjection, readThrough, storedDefault, storedEntries } from './legacy-read-through.js';
import type { RowsKeeper } from './rows-keeper.js';
import { inSession, userKey, type StoreSession, type UserKey } from './store-session.js';

const databases = { $ifNull: ['$databases', []] };

const firstSchema = z.object({ databases: z.array(z.object({ id: z.string() })).default([]) });
/** How many databases the first look brings along. */
const headLength = largestOwnerWithoutRows;
const headProjection = { _id: 1, databases: { $slice: headLength }, total: { $size: databases }, default_database_id: 1, [rowsMark]: 1, ...legacyProjection };
const headSchema = z.object({ databases: storedEntries, total: z.number().default(0), default_database_id: storedDefault, [rowsMark]: z.boolean().default(false) });
type Head = z.infer<typeof headSchema>;

interface ListPage {
  readonly default_id: string | null;
  readonly items: readonly DatabaseEntry[];
  readonly total: number;
}

function owned(userId: string, { default_id, items }: ListPage): OwnedDatabase[] {
  return items.map((entry) => ({ userId, entry, isDefault: entry.id === default_id }));
}

/** The database that `default_database_id` names; where it names none that is there, some other one, or null. */
const namedDatabase: Document = { $arrayElemAt: ['$databases', { $indexOfArray: ['$databases.id', '$default_database_id'] }] };
const lookSchema = z.object({
  databases: storedEntries,
  default_database_id: storedDefault,
  [rowsMark]: z.boolean().default(false),
  // Of an unmigrated user it may be anything.
  named: z.object({ id: z.string(), status: z.enum(databaseStatuses) }).nullish().catch(null),
});

/** See `DatabaseStore.find`. One query by `_id` brings the entry alone, and what tells whether it is the default. */
export async function findOwned(at: StoreSession, keeper: RowsKeeper, userId: string, databaseId: string): Promise<OwnedDatabase | undefined> {
  const _id = userKey(userId);
  if (_id === undefined) return undefined;
  // What a transaction decides, it decides by the document.
  if (at.session === undefined && keeper.hasRows(userId)) {
    const { hasRows, found } = await findInRows(at, userId, databaseId);
    if (hasRows) {
      keeper.wereUsed(userId);
      return found;
    }
    keeper.forget(userId);
  }
  const projection = { _id: 0, databases: { $elemMatch: { id: databaseId } }, default_database_id: 1, [rowsMark]: 1, named: namedDatabase };
  const document = await at.db.collection<{ _id: UserKey }>(controlCollections.users).findOne({ _id }, { projection, ...inSession(at) });
  const { databases: [entry], default_database_id: defaultId, [rowsMark]: hasRows, named } = lookSchema.parse(document ?? {});
  if (hasRows) keeper.remember(userId);
  // Only for the id that this user's legacy database has or had: a stranger's id and an absent one cost the same.
  if (entry === undefined) return databaseId === legacyDatabaseId(userId) ? findLegacy(at, userId, _id) : undefined;
  if (entry.id === defaultId) return { userId, entry, isDefault: namedDefaultStatuses.includes(entry.status) };
  if (entry.status !== 'active') return { userId, entry, isDefault: false };
  const isNamedUsable = named?.id === defaultId && namedDefaultStatuses.includes(named.status);
  return { userId, entry, isDefault: !isNamedUsable && (await fallbackDefault(at, _id)) === entry.id };
}

/** The database of a user who is not migrated yet. */
async function findLegacy(at: StoreSession, userId: string, _id: UserKey): Promise<OwnedDatabase | undefined> {
  const projection = { databases: 1, default_database_id: 1, ...legacyProjection };
  const document = await at.db.collection<{ _id: UserKey }>(controlCollections.users).findOne({ _id }, { projection, ...inSession(at) });
  if (parseLegacyUser(document) === undefined) return undefined;
  const [entry] = headSchema.parse(readThrough(document!)).databases;
  return entry === undefined ? undefined : { userId, entry, isDefault: true };
}

function containsInAnyCase(field: string, part: string): Document {
  return { $gte: [{ $indexOfCP: [{ $toLower: field }, { $literal: part.toLowerCase() }] }, 0] };
}

function conditions(query: DatabaseListQuery, defaultId: string | null): Document[] {
  const found: Document[] = [];
  if (query.status !== undefined) found.push({ $eq: ['$$d.status', query.status] });
  if (query.environment !== undefined) found.push({ $eq: ['$$d.environment', query.environment] });
  if (query.isDefault !== undefined) found.push({ [query.isDefault ? '$eq' : '$ne']: ['$$d.id', { $literal: defaultId }] });
  if (query.search !== undefined && query.search !== '') found.push({ $or: [containsInAnyCase('$$d.name', query.search), containsInAnyCase('$$d.description', query.search)] });
  return found;
}

function sortKey(key: DatabaseListQuery['sort']['key']): Document | string {
  return key === 'name' ? { $toLower: '$$d.name' } : `$$d.${key}`;
}

/** What is to be sorted: of each entry no more than decides its place. Sorting the entries themselves copies all of them several times. */
function sortedKeys(input: Document | string, { key, descending }: DatabaseListQuery['sort']): Document {
  return { $sortArray: { input: { $map: { input, as: 'd', in: { id: '$$d.id', key: sortKey(key), at: '$$d.created_at' } } }, sortBy: { key: descending ? -1 : 1, at: 1, id: 1 } } };
}

const keysSchema = z.object({ total: z.number(), keys: z.array(z.object({ id: z.string(), key: z.unknown() })) });
const itemsSchema = z.object({ total: z.number(), items: z.array(databaseEntrySchema) });

interface UserAt {
  readonly at: StoreSession;
  readonly _id: UserKey;
}

async function projected({ at, _id }: UserAt, ...stages: readonly Document[]): Promise<Document | undefined> {
  return (await at.db.collection<{ _id: UserKey }>(controlCollections.users).aggregate([{ $match: { _id } }, ...stages.map((stage) => ({ $project: { _id: 0, ...stage } }))], inSession(at)).toArray())[0];
}

/** The page in the order of creation, which is that of the array: new databases are pushed at its end. */
async function filteredPage(user: UserAt, matching: Document | string, { offset, limit, sort }: DatabaseListQuery): Promise<z.infer<typeof itemsSchema> | undefined> {
  const inOrder = sort.descending ? { $reverseArray: '$found' } : '$found';
  const document = await projected(user, { found: matching }, { total: { $size: '$found' }, items: { $slice: [inOrder, offset, limit] } });
  return document === undefined ? undefined : itemsSchema.parse(document);
}

/** The page in another order: first which entries are on it, then those. One that goes in between is left out. */
async function sortedPage(user: UserAt, matching: Document | string, { offset, limit, sort }: DatabaseListQuery): Promise<z.infer<typeof itemsSchema> | undefined> {
  const found = await projected(user, { keys: sortedKeys(matching, sort) }, { total: { $size: '$keys' }, keys: { $slice: ['$keys', offset, limit] } });
  if (found === undefined) return undefined;
  const { total, keys } = keysSchema.parse(found);
  const ids = keys.map(({ id }) => id);
  const [first, last] = sort.descending ? [keys.at(-1), keys[0]] : [keys[0], keys.at(-1)];
  // The keys of the page's ends leave few entries whose ids have to be looked at.
  const isBetween = [{ $gte: [sortKey(sort.key), { $literal: first?.key }] }, { $lte: [sortKey(sort.key), { $literal: last?.key }] }, { $in: ['$$d.id', ids] }];
  const document = ids.length === 0 ? undefined : await projected(user, { items: { $filter: { input: databases, as: 'd', cond: { $and: isBetween } } } });
  const entries = new Map(itemsSchema.pick({ items: true }).parse(document ?? { items: [] }).items.map((entry) => [entry.id, entry]));
  return { total, items: ids.flatMap((id) => entries.get(id) ?? []) };
}

async function searchList(at: StoreSession, _id: UserKey, query: DatabaseListQuery, head: Head): Promise<ListPage> {
  const named = head.default_database_id;
  // Which one is the default costs more to find than most pages: it is asked for beforehand only where the query is about it.
  const known = query.isDefault === undefined ? undefined : await defaultAmong(at, _id, [], named);
  const wanted = conditions(query, known ?? null);
  const matching = wanted.length === 0 ? databases : { $filter: { input: databases, as: 'd', cond: { $and: wanted } } };
  const page = await (query.sort.key === 'created_at' ? filteredPage : sortedPage)({ at, _id }, matching, query) ?? { items: [], total: 0 };
  return { ...page, default_id: known === undefined ? await defaultAmong(at, _id, page.items, named) : known };
}

/** Where the page of a plain query begins in the array, and how many entries it has. */
function sliceOf({ offset, limit, sort }: DatabaseListQuery, total: number): readonly [number, number] {
  if (!sort.descending) return [offset, limit];
  const end = Math.max(0, total - offset);
  return [Math.max(0, end - limit), Math.min(limit, end)];
}

function inTurn(items: DatabaseEntry[], { sort }: DatabaseListQuery): DatabaseEntry[] {
  return sort.descending ? items.reverse() : items;
}

/** A page in the order of creation: a slice of the array, whose other entries are not even looked at. */
async function sliceList(at: StoreSession, _id: UserKey, query: DatabaseListQuery, head: Head): Promise<ListPage> {
  const { total } = head;
  const [start, count] = sliceOf(query, total);
  if (count === 0 || start >= total) return { default_id: null, items: [], total };
  if (start + count <= headLength) return { default_id: await defaultAmong(at, _id, head.databases, head.default_database_id), items: inTurn(head.databases.slice(start, start + count), query), total };
  const document = await at.db.collection<{ _id: UserKey }>(controlCollections.users).findOne({ _id }, { projection: { databases: { $slice: [start, count] }, default_database_id: 1 }, ...inSession(at) });
  const { databases: items, default_database_id } = headSchema.parse(document ?? {});
  return { default_id: await defaultAmong(at, _id, items, default_database_id), items: inTurn(items, query), total };
}

/** The default's id, if it is named and active; looked up in full only where neither the items nor the name settle it. */
async function defaultAmong(at: StoreSession, _id: UserKey, items: readonly DatabaseEntry[], named: string | null): Promise<string | null> {
  if (items.some(({ id, status }) => id === named && namedDefaultStatuses.includes(status))) return named;
  const users = at.db.collection<{ _id: UserKey }>(controlCollections.users);
  const isUsable = named !== null && (await users.findOne({ _id, databases: { $elemMatch: { id: named, status: { $in: namedDefaultStatuses } } } }, { projection: { _id: 1 }, ...inSession(at) })) !== null;
  if (isUsable) return named;
  return fallbackDefault(at, _id);
}

/** The default's id by R1.2 where none is named that can be it: the first active one. */
async function fallbackDefault(at: StoreSession, _id: UserKey): Promise<string | null> {
  const document = await at.db.collection<{ _id: UserKey }>(controlCollections.users).findOne({ _id }, { projection: { _id: 0, databases: { $elemMatch: { status: 'active' } } }, ...inSession(at) });
  return firstSchema.parse(document ?? {}).databases[0]?.id ?? null;
}

/** From the owner's rows, where there are some, and they can tell. */
async function rowsPage(at: StoreSession, keeper: RowsKeeper, userId: string, query: DatabaseListQuery): Promise<OwnedPage | undefined> {
  if (at.session !== undefined || !keeper.hasRows(userId) || !isAnsweredByRows(query)) return undefined;
  const page = await listFromRows(at, userId, query, keeper.texts);
  if (page !== undefined) keeper.wereUsed(userId);
  else if (!isSearch(query)) keeper.forget(userId);
  return page;
}

/**
 * See `DatabaseStore.list`. The first look brings the length of the array and its beginning; that is all there is for most
 * users, and then the rest is done on values. Larger lists come from rows, or are cut or searched where they are.
 */
export async function listOwned(at: StoreSession, keeper: RowsKeeper, userId: string, query: DatabaseListQuery): Promise<OwnedPage> {
  const _id = userKey(userId);
  if (_id === undefined) return { items: [], total: 0 };
  const known = await rowsPage(at, keeper, userId, query);
  if (known !== undefined) return known;
  const document = await at.db.collection<{ _id: UserKey }>(controlCollections.users).findOne({ _id }, { projection: headProjection, ...inSession(at) });
  if (document === null) return { items: [], total: 0 };
  const head = headSchema.parse(readThrough(document));
  if (head.total <= headLength) {
    const { items, total } = selectDatabases(head.databases, head.default_database_id, query);
    return { items: items.map((item) => ({ userId, ...item })), total };
  }
  if (head[rowsMark]) keeper.remember(userId);
  else keeper.areWanted(userId);
  const found = await rowsPage(at, keeper, userId, query);
  if (found !== undefined) return found;
  const page = isPlainQuery(query) ? await sliceList(at, _id, query, head) : await searchList(at, _id, query, head);
  return { items: owned(userId, page), total: page.total };
}
