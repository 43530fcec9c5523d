// Brings the rows of an owner after a change of their document, in the transaction that changes it.
import { ObjectId, type Document } from 'mongodb';
import { flaggedRows, rowOf } from '../../domain/database-rows.js';
import { namedDefaultStatuses } from '../../domain/default-database.js';
import { controlCollections } from './control-collections.js';
import { parseTotals, rowKey, rowsCollection, totalsCollection, type RowDocument, type StoredEntry } from './databases-rows.js';
import { followTexts } from './databases-texts.js';
import { storedDefault } from './legacy-read-through.js';
import { inSession, type StoreSession, type UserKey } from './store-session.js';

interface Change {
  readonly before: Pick<RowDocument, 'facets' | 'sequence' | 'entry'> | null;
  readonly after: RowDocument | undefined;
  /** Rows of other entries that lost the flag of the default. */
  readonly unflagged: number;
}

/** The entry as it is now. */
async function entryOf(at: StoreSession, user: UserKey, databaseId: string): Promise<{ readonly entry: StoredEntry | undefined; readonly named: string | null }> {
  const projection = { _id: 0, databases: { $elemMatch: { id: databaseId } }, default_database_id: 1 };
  const document = await at.db.collection<{ _id: UserKey }>(controlCollections.users).findOne({ _id: user }, { projection, ...inSession(at) }) as Document | null;
  return { entry: (document?.['databases'] as readonly StoredEntry[] | undefined)?.[0], named: storedDefault.parse(document?.['default_database_id']) };
}

/** The default in force: the named one where it is in use, else the first active one (R1.2). */
async function defaultOf(at: StoreSession, user: UserKey, named: string | null): Promise<string | null> {
  const rows = rowsCollection(at);
  const isNamed = named !== null && (await rows.findOne({ _id: rowKey(user, named), facets: { $in: namedDefaultStatuses } }, { projection: { _id: 1 }, ...inSession(at) })) !== null;
  if (isNamed) return named;
  const first = await rows.findOne({ '_id.user': user, facets: 'active' }, { projection: { _id: 1 }, sort: { sequence: 1 }, ...inSession(at) });
  return first?._id.id ?? null;
}

/** How the totals change, as increments. */
function increments({ before, after, unflagged }: Change): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  const add = (facet: string, difference: number): unknown => counts.set(`counts.${facet}`, (counts.get(`counts.${facet}`) ?? 0) + difference);
  for (const facet of before?.facets ?? []) add(facet, -1);
  for (const facet of after?.facets ?? []) add(facet, 1);
  if (unflagged > 0) add(flaggedRows, -unflagged);
  return { version: 1, ...(before === null && after !== undefined ? { next_sequence: 1 } : {}), ...Object.fromEntries([...counts].filter(([, difference]) => difference !== 0)) };
}

/** Brings the row of one entry, and the totals, after what the owner's document says now. */
export async function followEntry(at: StoreSession, user: UserKey, databaseId: string): Promise<void> {
  const [rows, totalsOfAll, _id] = [rowsCollection(at), totalsCollection(at), rowKey(user, databaseId)];
  const totals = parseTotals(await totalsOfAll.findOne({ _id: user }, inSession(at)));
  // Somebody took them away: the next who lists, or reconciles, makes them again.
  if (totals === undefined) return;
  const { entry, named } = await entryOf(at, user, databaseId);
  const before = await rows.findOne({ _id }, { projection: { facets: 1, sequence: 1, 'entry.name': 1, 'entry.description': 1 }, ...inSession(at) });
  const after = entry === undefined ? undefined : toDocument(_id, entry, before?.sequence ?? totals.next_sequence);
  if (after === undefined) await rows.deleteOne({ _id }, inSession(at));
  else await rows.replaceOne({ _id }, after, { upsert: true, ...inSession(at) });
  const isTextSame = before?.entry.name === after?.entry.name && before?.entry.description === after?.entry.description;
  if (!isTextSame) await followTexts(at, user, (after ?? before)?.sequence ?? 0);
  // Who becomes the default takes the flag from all others.
  const isNewDefault = named === databaseId && named !== totals.named_default_id;
  const unflagged = isNewDefault || (after?.facets.includes(flaggedRows) === true && before?.facets.includes(flaggedRows) !== true) ? await unflagOthers(at, user, databaseId) : 0;
  const default_id = await defaultOf(at, user, named);
  await totalsOfAll.updateOne({ _id: user }, { $inc: increments({ before, after, unflagged }), $set: { named_default_id: named, default_id, ...(isTextSame ? {} : { texts_revision: new ObjectId() }) } }, inSession(at));
}

async function unflagOthers(at: StoreSession, user: UserKey, databaseId: string): Promise<number> {
  const others = { '_id.user': user, facets: flaggedRows, '_id.id': { $ne: databaseId } };
  return (await rowsCollection(at).updateMany(others, { $set: { 'entry.is_default': false }, $pull: { facets: flaggedRows } }, inSession(at))).modifiedCount;
}

/** The document of an entry's row. */
export function toDocument(_id: RowDocument['_id'], entry: StoredEntry, sequence: number): RowDocument {
  const { facets, ...row } = rowOf(entry, sequence);
  return { _id, ...row, facets: [...facets] };
}

/** Writes sizes into rows. */
export async function followSizes(at: StoreSession, user: UserKey, sizes: ReadonlyMap<string, number>): Promise<void> {
  await rowsCollection(at).bulkWrite([...sizes].map(([id, size]) => ({ updateOne: { filter: { _id: rowKey(user, id) }, update: { $set: { 'entry.current_size_mb': size } } } })), { ordered: false, ...inSession(at) });
  await totalsCollection(at).updateOne({ _id: user }, { $inc: { version: 1 } }, inSession(at));
}
