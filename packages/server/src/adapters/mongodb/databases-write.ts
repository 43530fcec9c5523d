// The one way in which `users.databases[]` and `default_database_id` are changed: whoever has rows gets them changed in the same
// transaction. Owners of few databases have none, and for them it is the one write that it would be anyway. That nobody else writes
// there is held by `databases-write.test.ts`.
import type { Collection, Document, Filter } from 'mongodb';
import type { DatabaseStatus } from '../../domain/database-entry.js';
import { controlCollections } from './control-collections.js';
import { followEntry, followSizes } from './databases-follow.js';
import { removeRows, rowsMark } from './databases-rows.js';
import { removeTexts } from './databases-texts.js';
import { inSession, type StoreSession, type UserKey } from './store-session.js';

interface UserDocument extends Document {
  readonly _id: UserKey;
}

export interface DatabaseWrite {
  readonly user: UserKey;
  /** The entry that is changed, beside the flags of other defaults. Null: others take the place of all entries. */
  readonly databaseId: string | null;
  /** What has to be so beside the user's id: where it is not, nothing is written. */
  readonly condition?: Document;
  readonly update: Document;
  readonly arrayFilters?: Document[];
}

function usersOf({ db }: StoreSession): Collection<UserDocument> {
  return db.collection<UserDocument>(controlCollections.users);
}

async function updated(at: StoreSession, { user, condition = {}, update, arrayFilters }: DatabaseWrite, mark: Document): Promise<boolean> {
  const filter = { $and: [{ _id: user, ...mark }, condition] } as Filter<UserDocument>;
  const { matchedCount } = await usersOf(at).updateOne(filter, update, { ...inSession(at), ...(arrayFilters === undefined ? {} : { arrayFilters }) });
  return matchedCount === 1;
}

/** False: the condition does not hold. Throws the driver's errors. */
export async function writeDatabases(at: StoreSession, write: DatabaseWrite): Promise<boolean> {
  if (await updated(at, write, { [rowsMark]: { $ne: true } })) return true;
  // Either the condition does not hold, or there are rows.
  const { user, databaseId, update } = write;
  if ((await usersOf(at).findOne({ _id: user, [rowsMark]: true }, { projection: { _id: 1 }, ...inSession(at) })) === null) return false;
  return at.transact(async (session) => {
    const within = { ...at, session };
    // An owner whose entries are all others than before has no rows until somebody lists them.
    const complete = databaseId === null ? { ...write, update: { ...update, $unset: { ...update['$unset'] as Document | undefined, [rowsMark]: 1 } } } : write;
    if (!(await updated(within, complete, {}))) return false;
    if (databaseId !== null) await followEntry(within, user, databaseId);
    else {
      await removeRows(within, user);
      await removeTexts(within, user);
    }
    return true;
  });
}

/** So many sizes are written at once: each write rewrites the whole document of their owner. */
const sizesPerWrite = 1000;
/** Databases that are measured: those in use. */
export const measuredStatuses: readonly DatabaseStatus[] = ['active', 'migrating'];

/** Sizes of one owner's databases, by their ids; those that are not in use are left as they are. */
export async function writeSizes(at: StoreSession, user: UserKey, sizes: ReadonlyMap<string, number>): Promise<void> {
  const ids = [...sizes.keys()];
  for (let from = 0; from < ids.length; from += sizesPerWrite) {
    const some = new Map(ids.slice(from, from + sizesPerWrite).map((id) => [id, sizes.get(id)!]));
    // One after the other: they write to one document.
    await at.transact((session) => writeSomeSizes({ ...at, session }, user, some));
  }
}

async function writeSomeSizes(at: StoreSession, user: UserKey, sizes: ReadonlyMap<string, number>): Promise<void> {
  const projection = { _id: 0, ids: '$databases.id', statuses: '$databases.status', hasRows: `$${rowsMark}` };
  const document = await usersOf(at).findOne({ _id: user }, { projection, ...inSession(at) });
  const statuses = (document?.['statuses'] ?? []) as readonly DatabaseStatus[];
  // Places hold for as long as the transaction: whoever changes the document meanwhile makes it run again.
  const places = ((document?.['ids'] ?? []) as readonly string[]).flatMap((id, place) => (sizes.has(id) && measuredStatuses.includes(statuses[place]!) ? [{ id, place }] : []));
  if (places.length === 0) return;
  await usersOf(at).updateOne({ _id: user }, { $set: Object.fromEntries(places.map(({ id, place }) => [`databases.${place}.current_size_mb`, sizes.get(id)])) }, inSession(at));
  if (document?.['hasRows'] === true) await followSizes(at, user, new Map(places.map(({ id }) => [id, sizes.get(id)!])));
}
