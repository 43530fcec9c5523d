// Lists and look-ups of owners of many databases, from their rows: a page costs what is on it, however many databases there are (R6.2).
// What cannot be answered so is left to the owner's document.
import type { Document } from 'mongodb';
import { databaseEntrySchema, databaseEnvironments, databaseStatuses, type DatabaseEntry } from '../../domain/database-entry.js';
import { isPlainQuery, selectAmong, type DatabaseListQuery } from '../../domain/database-list.js';
import { facetFor } from '../../domain/database-rows.js';
import type { OwnedDatabase } from '../../ports/databases.js';
import { parseTotals, rowKey, rowsCollection, totalsCollection, type RowDocument, type StoredTotals } from './databases-rows.js';
import { searchTexts, type TextsDocument } from './databases-texts.js';
import { hasCode, mongoCodes } from './failures.js';
import type { SearchedTexts } from './searched-texts.js';
import { userKey, type StoreSession, type UserKey } from './store-session.js';

export interface OwnedPage {
  readonly items: readonly OwnedDatabase[];
  readonly total: number;
}

/** An order of rows, and the index that has it, in whichever direction it is walked. */
interface Order {
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly index: Readonly<Record<string, 1 | -1>>;
}

function orderBy(fields: Order['sort']): Order {
  return { sort: fields, index: { '_id.user': 1, facets: 1, ...fields } };
}

function reversed({ sort, index }: Order): Order {
  return { sort: Object.fromEntries(Object.entries(sort).map(([field, direction]) => [field, direction === 1 ? -1 : 1])), index };
}

const age = { 'entry.created_at': 1, '_id.id': 1 } as const;
/** The order within entries that are alike. */
const byAge = orderBy(age);
const [bySequence, byName] = [orderBy({ sequence: 1 }), orderBy({ name_key: 1 })];
// Two, because entries of one size are in the order of age either way.
const [bySize, bySizeDescending] = [orderBy({ 'entry.current_size_mb': 1, ...age }), orderBy({ 'entry.current_size_mb': -1, ...age })];

/** Part of the rows of one facet. */
interface Window {
  readonly facet: string;
  readonly order: Order;
  readonly offset: number;
  readonly limit: number;
  /** A database that is left out. */
  readonly without?: string;
}

/** From here on it is worth knowing how many there are: the page may be nearer to the end. */
const farOffset = 100;

/** Undefined: there is no index of it, because there are few groups of one status or environment. */
function orderOf({ key, descending }: DatabaseListQuery['sort']): Order | undefined {
  if (key === 'created_at') return descending ? reversed(bySequence) : bySequence;
  if (key === 'name') return descending ? reversed(byName) : byName;
  if (key !== 'current_size_mb') return undefined;
  return descending ? bySizeDescending : bySize;
}

async function totalsOf(at: StoreSession, user: UserKey): Promise<StoredTotals | undefined> {
  return parseTotals(await totalsCollection(at).findOne({ _id: user }));
}

async function windowOf(at: StoreSession, user: UserKey, { facet, order, offset, limit, without }: Window): Promise<readonly DatabaseEntry[]> {
  const filter: Document = { '_id.user': user, facets: facet, ...(without === undefined ? {} : { '_id.id': { $ne: without } }) };
  const find = (hint: Document): Promise<RowDocument[]> => rowsCollection(at).find(filter, { projection: { _id: 0, entry: 1 }, ...hint }).sort(order.sort).skip(offset).limit(limit).toArray();
  // Named, because to choose among indexes that differ in their last fields alone takes longer than to read the page.
  const rows = await find({ hint: { ...order.index } }).catch((error: unknown) => {
    if (hasCode(error, mongoCodes.badValue)) return find({});
    throw error;
  });
  return rows.map(({ entry }) => databaseEntrySchema.parse(entry));
}

/** The same, walked from the end that is nearer. */
async function nearerWindow(at: StoreSession, user: UserKey, window: Window, total: number): Promise<readonly DatabaseEntry[]> {
  const { offset, order } = window;
  const limit = Math.min(window.limit, total - offset);
  if (limit <= 0) return [];
  const fromEnd = total - offset - limit;
  if (fromEnd >= offset) return windowOf(at, user, { ...window, limit });
  return [...await windowOf(at, user, { ...window, order: reversed(order), offset: fromEnd, limit })].reverse();
}

const groups = { status: databaseStatuses, environment: databaseEnvironments } as const;

/** By status or environment: one group of rows after the other, each in the order of age; how many each has is known. */
async function groupedPage(at: StoreSession, user: UserKey, key: keyof typeof groups, query: DatabaseListQuery, { counts }: StoredTotals): Promise<readonly DatabaseEntry[]> {
  const wanted = query[key];
  const values = [...groups[key]].filter((value) => wanted === undefined || value === wanted).sort();
  const items: DatabaseEntry[] = [];
  let { offset } = query;
  for (const value of query.sort.descending ? values.reverse() : values) {
    const facet = facetFor({ ...query, [key]: value });
    const count = counts[facet] ?? 0;
    // One after the other: what is left of the page depends on those before. Mostly one has all of it.
    if (offset < count && items.length < query.limit) items.push(...await nearerWindow(at, user, { facet, order: byAge, offset, limit: query.limit - items.length }, count));
    offset = Math.max(0, offset - count);
  }
  return items;
}

/** Whether the default is among the rows that the other filters leave. */
async function defaultAmong(at: StoreSession, user: UserKey, facet: string, { default_id: id }: StoredTotals): Promise<DatabaseEntry | undefined> {
  if (id === null) return undefined;
  const row = await rowsCollection(at).findOne({ _id: rowKey(user, id), facets: facet }, { projection: { _id: 0, entry: 1 } });
  return row === null ? undefined : databaseEntrySchema.parse(row.entry);
}

interface Found {
  readonly entries: readonly DatabaseEntry[];
  readonly total: number;
  readonly totals: StoredTotals;
}

/** A page of a query that is about the default, in an order that rows have. */
async function pageAboutDefault(at: StoreSession, user: UserKey, query: DatabaseListQuery, order: Order, totals: StoredTotals): Promise<Found> {
  const facet = facetFor(query);
  const found = await defaultAmong(at, user, facet, totals);
  const { offset, limit } = query;
  if (query.isDefault === true) return { entries: found === undefined ? [] : [found].slice(offset, offset + limit), total: found === undefined ? 0 : 1, totals };
  const total = (totals.counts[facet] ?? 0) - (found === undefined ? 0 : 1);
  return { entries: await nearerWindow(at, user, { facet, order, offset, limit, ...(found === undefined ? {} : { without: found.id }) }, total), total, totals };
}

async function pageOf(at: StoreSession, user: UserKey, query: DatabaseListQuery): Promise<Found | undefined> {
  const { sort: { key }, offset, limit } = query;
  const [facet, order] = [facetFor(query), orderOf(query.sort)];
  if (order !== undefined && query.isDefault === undefined && offset < farOffset) {
    const [totals, entries] = await Promise.all([totalsOf(at, user), windowOf(at, user, { facet, order, offset, limit })]);
    return totals === undefined ? undefined : { entries, total: totals.counts[facet] ?? 0, totals };
  }
  const totals = await totalsOf(at, user);
  if (totals === undefined) return undefined;
  if (query.isDefault !== undefined) return pageAboutDefault(at, user, query, order ?? byAge, totals);
  const total = totals.counts[facet] ?? 0;
  const entries = await (key === 'status' || key === 'environment' ? groupedPage(at, user, key, query, totals) : nearerWindow(at, user, { facet, order: order ?? byAge, offset, limit }, total));
  return { entries, total, totals };
}

/** Of so many databases that a search has found, all are read, to filter and to order them. */
const mostFoundInAll = 300;

async function entriesOf(at: StoreSession, user: UserKey, ids: readonly string[]): Promise<readonly DatabaseEntry[]> {
  const rows = await rowsCollection(at).find({ _id: { $in: ids.map((id) => rowKey(user, id)) } }, { projection: { _id: 0, entry: 1 } }).toArray();
  const entries = new Map(rows.map(({ entry }) => [entry.id, databaseEntrySchema.parse(entry)]));
  return ids.flatMap((id) => entries.get(id) ?? []);
}

interface Matches {
  readonly total: number;
  /** Those of the page, or all where they are to be filtered or ordered first. */
  readonly entries: readonly DatabaseEntry[];
}

function isPlainSearch(query: DatabaseListQuery): boolean {
  return isPlainQuery({ ...query, search: '' });
}

/** What matches, by these texts. Undefined: too many of what is to be ordered or filtered besides. */
async function matchesOf(at: StoreSession, user: UserKey, query: DatabaseListQuery, texts: readonly TextsDocument[]): Promise<Matches | undefined> {
  const { offset, limit, sort, search = '' } = query;
  const ids = searchTexts(texts, search);
  if (!isPlainSearch(query)) return ids.length > mostFoundInAll ? undefined : { total: ids.length, entries: await entriesOf(at, user, ids) };
  return { total: ids.length, entries: await entriesOf(at, user, (sort.descending ? [...ids].reverse() : ids).slice(offset, offset + limit)) };
}

/** A search, by the texts. Undefined: the owner has no rows, or too many match what is to be ordered or filtered besides. */
async function searchPage(at: StoreSession, user: UserKey, query: DatabaseListQuery, texts: SearchedTexts): Promise<Found | undefined> {
  // Texts that are kept are hardly ever out of date: what they find is read beside the totals, which tell.
  const kept = texts.kept(user);
  const [totals, likely] = await Promise.all([totalsOf(at, user), kept === undefined ? undefined : matchesOf(at, user, query, kept.texts)]);
  if (totals === undefined) return undefined;
  const isCurrent = kept !== undefined && totals.texts_revision?.equals(kept.revision) === true;
  const found = isCurrent ? likely : await matchesOf(at, user, query, await texts.read(at, user, totals));
  if (found === undefined) return undefined;
  if (isPlainSearch(query)) return { ...found, totals };
  const { items, total } = selectAmong(found.entries, totals.default_id ?? undefined, query);
  return { entries: items.map(({ entry }) => entry), total, totals };
}

export function isSearch({ search = '' }: DatabaseListQuery): boolean {
  return search !== '';
}

/** Whether rows can answer it: not an order of groups from which one database is left out. */
export function isAnsweredByRows(query: DatabaseListQuery): boolean {
  const { isDefault, sort: { key } } = query;
  return isSearch(query) || !(isDefault === false && (key === 'status' || key === 'environment'));
}

/** Undefined: the owner has no rows; or, of a search, they cannot tell. */
export async function listFromRows(at: StoreSession, userId: string, query: DatabaseListQuery, texts: SearchedTexts): Promise<OwnedPage | undefined> {
  const user = userKey(userId);
  const found = user === undefined ? undefined : await (isSearch(query) ? searchPage(at, user, query, texts) : pageOf(at, user, query));
  return found === undefined ? undefined : { items: found.entries.map((entry) => ({ userId, entry, isDefault: entry.id === found.totals.default_id })), total: found.total };
}

/** See `DatabaseStore.find`; `hasRows` is false where the owner has none, which says nothing of the database. */
export async function findInRows(at: StoreSession, userId: string, databaseId: string): Promise<{ readonly hasRows: boolean; readonly found?: OwnedDatabase }> {
  const user = userKey(userId);
  if (user === undefined) return { hasRows: false };
  const [row, totals] = await Promise.all([rowsCollection(at).findOne({ _id: rowKey(user, databaseId) }, { projection: { _id: 0, entry: 1 } }), totalsOf(at, user)]);
  if (totals === undefined) return { hasRows: false };
  return { hasRows: true, ...(row === null ? {} : { found: { userId, entry: databaseEntrySchema.parse(row.entry), isDefault: databaseId === totals.default_id } }) };
}
