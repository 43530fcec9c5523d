// Users who are brought from another control database: written here with their apps, and, where a migration is put back, removed again. Values keep their
// types on the way.
import { BSON, type Collection, type Document, type Filter } from 'mongodb';
import { isLegacyApp } from '../../domain/legacy-app.js';
import { legacyMarkField } from '../../domain/legacy-user.js';
import { DatabaseIdTaken } from '../../ports/databases.js';
import { LegacyAppTaken, LegacyUserChanged, type Bringing } from '../../ports/legacy-users.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';
import { inSession, userKey, type StoreSession, type UserKey } from './store-session.js';

/** Keeps the types of values, so that what is written again is what was read. */
export const exactly = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;

function usersOf({ db }: StoreSession): Collection<{ readonly _id: UserKey } & Document> {
  return db.collection(controlCollections.users);
}

function appsOf({ db }: StoreSession): Collection {
  return db.collection(controlCollections.apps);
}

/** The owner's id, as an app may have it. */
export function ownersOf(userId: string): readonly unknown[] {
  const key = userKey(userId);
  return typeof key === 'string' || key === undefined ? [userId] : [userId, key];
}

/** See `LegacyUserStore.bring`. */
export async function bringUser(at: StoreSession, { userId, document, apps, entry, mark, emailKey }: Bringing): Promise<readonly unknown[]> {
  const _id = userKey(userId);
  // Seen in the transaction that writes: who makes the document meanwhile makes it fail.
  if (_id === undefined || (await usersOf(at).findOne({ _id }, { projection: { _id: 1 }, ...inSession(at) })) !== null) throw new LegacyUserChanged('there is a user of this id by now');
  const fields = { databases: [entry], default_database_id: entry.id, [legacyMarkField]: mark, ...(emailKey === null ? {} : { email_lower: emailKey }) };
  await inserted(() => usersOf(at).insertOne({ ...BSON.deserialize(document, exactly), _id, ...fields }, inSession(at)), (cause) => new DatabaseIdTaken('the database id, or the e-mail address, is taken', { cause }));
  const documents = apps.map((bytes) => BSON.deserialize(bytes, exactly));
  if (documents.length > 0) await inserted(() => appsOf(at).insertMany(documents, inSession(at)), (cause) => new LegacyAppTaken('an app of this id is here', { cause }));
  return documents.map((app) => app['_id'] as unknown);
}

async function inserted(insert: () => Promise<unknown>, taken: (cause: unknown) => Error): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (hasCode(error, mongoCodes.duplicateKey)) throw taken(error);
    throw error;
  }
}

/** Apps of the user that did not come along, or that the platform has taken over since. */
export async function appsSince(at: StoreSession, userId: string, appIds: readonly unknown[]): Promise<readonly string[]> {
  const brought = new Set(appIds.map(String));
  const apps = await appsOf(at).find({ user_id: { $in: ownersOf(userId) } } as Filter<Document>, inSession(at)).toArray();
  return apps.filter((app) => !brought.has(String(app._id)) || !isLegacyApp(app)).map(({ _id }) => String(_id));
}

/** See `LegacyUserStore.removeBrought`. */
export async function removeBroughtUser(at: StoreSession, userId: string, appIds: readonly unknown[]): Promise<void> {
  const _id = userKey(userId);
  if (_id === undefined) return;
  await usersOf(at).deleteOne({ _id }, inSession(at));
  if (appIds.length > 0) await appsOf(at).deleteMany({ _id: { $in: [...appIds] }, user_id: { $in: ownersOf(userId) } } as Filter<Document>, inSession(at));
}
