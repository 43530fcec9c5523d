// Users who are brought from another control database: written here with their apps, and, where a migration is put back, removed again. Documents stay the
// bytes that they are on the way.
import type { Collection, Document, Filter } from 'mongodb';
import { z } from 'zod';
import { isLegacyApp } from '../../domain/legacy-app.js';
import { legacyMarkField } from '../../domain/legacy-user.js';
import { DatabaseIdTaken } from '../../ports/databases.js';
import { PermanentFailure } from '../../ports/failures.js';
import { LegacyAppTaken, LegacyUserChanged, type Bringing } from '../../ports/legacy-users.js';
import { controlCollections } from './control-collections.js';
import { documentSequence } from './document-sequence.js';
import { mongoCodes } from './failures.js';
import { idOf, typed, withFields } from './raw-documents.js';
import { inSession, userKey, type StoreSession, type UserKey } from './store-session.js';

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
  if (!(await areInserted(at, controlCollections.users, [withFields(document, fields)]))) throw new DatabaseIdTaken('the database id, or the e-mail address, is taken');
  if (!(await areInserted(at, controlCollections.apps, apps))) throw new LegacyAppTaken('an app of this id is here');
  return apps.map((app) => typed(idOf(app))['_id'] as unknown);
}

const answerSchema = z.object({ writeErrors: z.array(z.object({ code: z.number() })).default([]) });

/** Writes documents as the bytes that they are. False: something of theirs that may be there once is taken. Throws the driver's errors. */
async function areInserted(at: StoreSession, collection: string, documents: readonly Uint8Array[]): Promise<boolean> {
  if (documents.length === 0) return true;
  const { writeErrors: [refusal] } = answerSchema.parse(await at.db.command({ insert: collection, documents: documentSequence('documents', documents), ordered: true }, inSession(at)));
  if (refusal !== undefined && refusal.code !== mongoCodes.duplicateKey) throw new PermanentFailure(`WRITE_${refusal.code}`, 'the control database refused a document of a legacy user');
  return refusal === undefined;
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
