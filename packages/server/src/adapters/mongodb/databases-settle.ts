// Makes the rows of an owner of many databases from their document, and mends what differs. Each step is a transaction that reads
// everything anew and writes a bounded part, so that it may be stopped anywhere, and several replicas may be at it at once.
import { BSON, ObjectId, type Collection, type Document } from 'mongodb';
import { largestOwnerWithoutRows, rowsOf, totalsOf, type DatabaseRow, type RowTotals } from '../../domain/database-rows.js';
import type { RowsState } from '../../ports/databases.js';
import { controlCollections } from './control-collections.js';
import { limitFieldsOf, parseTotals, rowKey, rowsCollection, rowsMark, totalsCollection, type RowDocument, type StoredEntry, type StoredTotals } from './databases-rows.js';
import { differingParts, readTexts, textsOf, writeTexts, type TextsDocument } from './databases-texts.js';
import { storedDefault, storedEntries } from './legacy-read-through.js';
import { inSession, userKey, type StoreSession, type UserKey } from './store-session.js';
import { userLimitsProjection } from './user-limits.js';

/** So many rows are written in one transaction. */
const rowsPerStep = 2500;

/** What is stored of one owner, at one moment. */
interface Stored {
  readonly entries: readonly StoredEntry[];
  readonly named: string | null;
  readonly limits: Document;
  readonly isMarked: boolean;
  /** Nothing is derived from a document whose entries cannot be read: whoever lists them is to be told. */
  readonly isReadable: boolean;
  readonly rows: ReadonlyMap<string, RowDocument>;
  readonly totals: StoredTotals | undefined;
  readonly texts: readonly TextsDocument[];
}

/** What has to be written to bring rows in line with the document. */
interface Difference {
  readonly put: readonly DatabaseRow<StoredEntry>[];
  readonly remove: readonly string[];
  /** Undefined: there are to be none. */
  readonly totals: RowTotals | undefined;
  readonly areTotalsWrong: boolean;
  readonly isMarkWrong: boolean;
  readonly texts: ReadonlyMap<number, TextsDocument>;
  /** Of the texts, those that differ. */
  readonly parts: readonly number[];
}

function usersOf({ db }: StoreSession): Collection<Document & { _id: UserKey }> {
  return db.collection(controlCollections.users);
}

async function read(at: StoreSession, user: UserKey): Promise<Stored> {
  const document = await usersOf(at).findOne({ _id: user }, { projection: { databases: 1, default_database_id: 1, [rowsMark]: 1, ...userLimitsProjection }, ...inSession(at) }) as Document | null;
  const rows = await rowsCollection(at).find({ '_id.user': user }, inSession(at)).toArray();
  const totals = parseTotals(await totalsCollection(at).findOne({ _id: user }, inSession(at)));
  const isReadable = storedEntries.safeParse(document?.['databases']).success;
  return {
    entries: isReadable ? (document?.['databases'] as readonly StoredEntry[] | null | undefined) ?? [] : [], named: storedDefault.parse(document?.['default_database_id']),
    limits: limitFieldsOf(document), isMarked: document?.[rowsMark] === true, isReadable, rows: new Map(rows.map((row) => [row._id.id, row])), totals, texts: await readTexts(at, user),
  };
}

function isSame(one: Document, other: Document): boolean {
  return Buffer.from(BSON.serialize(one)).equals(Buffer.from(BSON.serialize(other)));
}

function isRowSame({ sequence, facets, name_key, entry }: DatabaseRow<StoredEntry>, stored: RowDocument | undefined): boolean {
  return stored !== undefined && isSame({ sequence, facets, name_key, entry }, { sequence: stored.sequence, facets: stored.facets, name_key: stored.name_key, entry: stored.entry });
}

/** Facets that no row has may be written as 0. */
function areTotalsSame(totals: RowTotals, stored: StoredTotals | undefined): boolean {
  if (stored === undefined || stored.default_id !== totals.default_id || stored.named_default_id !== totals.named_default_id || stored.next_sequence < totals.next_sequence) return false;
  return [...Object.keys(stored.counts), ...Object.keys(totals.counts)].every((facet) => (stored.counts[facet] ?? 0) === (totals.counts[facet] ?? 0));
}

function compare(user: UserKey, { entries, named, limits, isMarked, isReadable, rows, totals, texts: storedTexts }: Stored): Difference {
  // Who has rows keeps them, also with few databases left.
  const areWanted = isReadable && (isMarked || entries.length > largestOwnerWithoutRows);
  if (!areWanted) {
    const none = new Map<number, TextsDocument>();
    return { put: [], remove: [...rows.keys()], totals: undefined, areTotalsWrong: totals !== undefined, isMarkWrong: isMarked, texts: none, parts: differingParts(none, storedTexts) };
  }
  const right = rowsOf(entries, (id) => rows.get(id)?.sequence);
  const ids = new Set(entries.map(({ id }) => id));
  const [rightTotals, texts] = [totalsOf(right, named), textsOf(user, right)];
  return {
    put: right.filter((row) => !isRowSame(row, rows.get(row.entry.id))), remove: [...rows.keys()].filter((id) => !ids.has(id)),
    totals: rightTotals, areTotalsWrong: !areTotalsSame(rightTotals, totals) || !isSame(limits, totals?.limits ?? {}), isMarkWrong: !isMarked, texts, parts: differingParts(texts, storedTexts),
  };
}

function isNothing({ put, remove, areTotalsWrong, isMarkWrong, parts }: Difference): boolean {
  return put.length === 0 && remove.length === 0 && parts.length === 0 && !areTotalsWrong && !isMarkWrong;
}

async function writeRows(at: StoreSession, user: UserKey, put: readonly DatabaseRow<StoredEntry>[], remove: readonly string[]): Promise<void> {
  const writes = [
    ...put.map(({ facets, ...row }) => ({ replaceOne: { filter: { _id: rowKey(user, row.entry.id) }, replacement: { ...row, facets: [...facets] }, upsert: true } })),
    ...remove.map((id) => ({ deleteOne: { filter: { _id: rowKey(user, id) } } })),
  ];
  if (writes.length > 0) await rowsCollection(at).bulkWrite(writes, { ordered: false, ...inSession(at) });
}

/** The texts, the totals and the mark, from which on every change goes into rows as well. */
async function publish(at: StoreSession, user: UserKey, { totals, isMarkWrong, texts, parts }: Difference, { totals: stored, limits }: Stored): Promise<void> {
  await writeTexts(at, user, texts, parts);
  if (totals === undefined) await totalsCollection(at).deleteOne({ _id: user }, inSession(at));
  else {
    const next_sequence = Math.max(totals.next_sequence, stored?.next_sequence ?? 0);
    await totalsCollection(at).replaceOne({ _id: user }, { ...totals, limits, next_sequence, texts_revision: new ObjectId(), version: (stored?.version ?? 0) + 1 }, { upsert: true, ...inSession(at) });
  }
  if (isMarkWrong) await usersOf(at).updateOne({ _id: user }, totals === undefined ? { $unset: { [rowsMark]: 1 } } : { $set: { [rowsMark]: true } }, inSession(at));
}

type Step = 'nothing' | 'part' | 'last';

async function step(at: StoreSession, user: UserKey): Promise<Step> {
  const stored = await read(at, user);
  const difference = compare(user, stored);
  if (isNothing(difference)) return 'nothing';
  const put = difference.put.slice(0, rowsPerStep);
  const remove = difference.remove.slice(0, rowsPerStep - put.length);
  await writeRows(at, user, put, remove);
  const isLast = put.length === difference.put.length && remove.length === difference.remove.length;
  if (isLast) await publish(at, user, difference, stored);
  // Conflicts with every change that brings rows after it: what was read here stays true until it is written.
  else if (stored.totals !== undefined) await totalsCollection(at).updateOne({ _id: user }, { $inc: { version: 1 } }, inSession(at));
  return isLast ? 'last' : 'part';
}

/** See `DatabaseStore.rowsState`. Reads everything of the owner, at one moment. */
export async function rowsState(at: StoreSession, userId: string): Promise<RowsState> {
  const user = userKey(userId);
  if (user === undefined) return 'right';
  return at.transact(async (session) => {
    const stored = await read({ ...at, session }, user);
    if (isNothing(compare(user, stored))) return 'right';
    // Rows that nobody reads yet are no more than begun.
    return stored.isMarked || stored.totals !== undefined ? 'wrong' : 'absent';
  });
}

/** Makes them so. False: they were so already. */
export async function settleRows(at: StoreSession, userId: string): Promise<boolean> {
  const user = userKey(userId);
  if (user === undefined) return false;
  for (let hasWritten = false; ; hasWritten = true) {
    // One after the other: each goes on where the one before ended.
    const done = await at.transact((session) => step({ ...at, session }, user));
    if (done !== 'part') return hasWritten || done === 'last';
  }
}
