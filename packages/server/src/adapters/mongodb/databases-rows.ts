// Where the rows of owners of many databases are kept (`domain/database-rows.ts`): a small document an entry, and one an owner with the
// totals. `users.databases[]` stays the truth; what is here is derived from it in the same transactions.
import { ObjectId, type Collection, type Document } from 'mongodb';
import { z } from 'zod';
import type { DatabaseEntry } from '../../domain/database-entry.js';
import type { DatabaseRow, RowTotals } from '../../domain/database-rows.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession, type UserKey } from './store-session.js';
import { userLimitsProjection } from './user-limits.js';

/** The field of a user's document that says that every change of its databases has to go into rows as well. */
export const rowsMark = 'has_database_rows';

export interface RowKey {
  readonly user: UserKey;
  readonly id: string;
}

/** An entry as it is stored, with whatever a newer version has added to it. */
export type StoredEntry = DatabaseEntry & Document;

export type RowDocument = Pick<DatabaseRow, 'sequence' | 'name_key'> & { readonly _id: RowKey; readonly facets: string[]; readonly entry: StoredEntry };
export type TotalsDocument = RowTotals & {
  readonly _id: UserKey;
  /** Grows with every change, so that two of them at the same moment conflict. */
  readonly version: number;
  /** The fields of the owner's document that say what their limits are, so that nobody reads all of it for these. */
  readonly limits: Document;
  /** Another with every change of the owner's texts. */
  readonly texts_revision: ObjectId;
};

const totalsSchema = z.object({
  counts: z.record(z.string(), z.number()), named_default_id: z.string().nullable(), default_id: z.string().nullable(), next_sequence: z.number(), version: z.number(),
  limits: z.record(z.string(), z.unknown()).default({}), texts_revision: z.instanceof(ObjectId).optional(),
});
export type StoredTotals = z.infer<typeof totalsSchema>;

/** Undefined: the owner has no rows. */
export function parseTotals(document: unknown): StoredTotals | undefined {
  return document === null ? undefined : totalsSchema.parse(document);
}

/** With its fields in the order in which they are compared. */
export function rowKey(user: UserKey, id: string): RowKey {
  return { user, id };
}

export function rowsCollection({ db }: Pick<StoreSession, 'db'>): Collection<RowDocument> {
  return db.collection<RowDocument>(controlCollections.databaseRows);
}

export function totalsCollection({ db }: Pick<StoreSession, 'db'>): Collection<TotalsDocument> {
  return db.collection<TotalsDocument>(controlCollections.databaseTotals);
}

/** Takes all rows of an owner away. */
export async function removeRows(at: StoreSession, user: UserKey): Promise<void> {
  await rowsCollection(at).deleteMany({ '_id.user': user }, inSession(at));
  await totalsCollection(at).deleteOne({ _id: user }, inSession(at));
}

/** What a user's document says of their limits, for the totals. */
export function limitFieldsOf(document: Document | null): Document {
  return Object.fromEntries(Object.keys(userLimitsProjection).flatMap((field) => (document !== null && field in document ? [[field, document[field] as unknown]] : [])));
}

/** Brings the totals after a change of the owner's limits, in the transaction that changes them. Who has no rows has no totals to bring after. */
export async function followLimits(at: StoreSession, user: UserKey): Promise<void> {
  const document = await at.db.collection<{ _id: UserKey }>(controlCollections.users).findOne({ _id: user }, { projection: { _id: 0, ...userLimitsProjection }, ...inSession(at) });
  await totalsCollection(at).updateOne({ _id: user }, { $set: { limits: limitFieldsOf(document) }, $inc: { version: 1 } }, inSession(at));
}
