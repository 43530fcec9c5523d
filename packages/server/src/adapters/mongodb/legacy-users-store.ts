// Legacy users in the control database (R3.1-R3.3). What the migration writes is taken off again field by field, so that the earlier
// document comes back byte for byte, and what others have written meanwhile is not lost.
import { createHash } from 'node:crypto';
import { BSON, ObjectId, type Collection, type Document, type Filter } from 'mongodb';
import { z } from 'zod';
import type { DatabaseOwner } from '../../domain/database-entry.js';
import { legacyDatabaseName, legacyMarkField, parseLegacyUser, replacedHashField } from '../../domain/legacy-user.js';
import { DatabaseIdTaken } from '../../ports/databases.js';
import type { NextUsers } from '../../ports/legacy-user-pages.js';
import { LegacyUserChanged, type Adoption, type AppFix, type Bringing, type ChangesSince, type EmailHolder, type LegacyApp, type LegacyDocument, type LegacyUserStore, type Restoration } from '../../ports/legacy-users.js';
import { controlCollections } from './control-collections.js';
import { toOwner } from './databases-store.js';
import { writeDatabases } from './databases-write.js';
import { hasCode, mongoCodes } from './failures.js';
import { appsSince, bringUser, ownersOf, removeBroughtUser } from './legacy-brought-users.js';
import { differingFields, valuesOf } from './raw-documents.js';
import { inSession, userKey, type StoreSession, type UserKey } from './store-session.js';

interface UserDocument extends Document {
  readonly _id: UserKey;
}

/** The fields that a migration writes. */
const ownFields = ['databases', 'default_database_id', 'email_lower', legacyMarkField] as const;

const passwordHashField = 'password_hash';

const unmigrated: Filter<UserDocument> = { mongo_password_encrypted: { $type: 'string' }, [legacyMarkField]: { $exists: false } };
const anyLegacy: Filter<UserDocument> = { $or: [{ mongo_password_encrypted: { $exists: true } }, { [legacyMarkField]: { $exists: true } }] };

/** A place in the walk over users: texts come before ObjectIds, and the type has to be known. */
function cursorOf(_id: UserKey): string {
  return typeof _id === 'string' ? `text:${_id}` : `id:${_id.toHexString()}`;
}

function filtersAfter(cursor: string | null): readonly Filter<UserDocument>[] {
  if (cursor === null) return [{}];
  const id = cursor.slice(cursor.indexOf(':') + 1);
  return cursor.startsWith('text:') ? [{ _id: { $gt: id } }, { _id: { $type: 'objectId' } }] : [{ _id: { $gt: new ObjectId(id) } }];
}

export class MongoLegacyUserStore implements LegacyUserStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async read(userId: string): Promise<LegacyDocument | undefined> {
    const key = userKey(userId);
    const bytes = (key === undefined ? undefined : await this.#bytes(key)) ?? (typeof key === 'string' ? undefined : await this.#bytes(userId));
    return bytes === undefined ? undefined : toLegacyDocument(userId, bytes);
  }

  async readMany(userIds: readonly string[]): Promise<ReadonlyMap<string, LegacyDocument>> {
    const keys = userIds.flatMap((userId) => userKey(userId) ?? []);
    const found = new Map<string, LegacyDocument>();
    for (const bytes of await this.#users.find({ _id: { $in: keys } }, { raw: true, ...inSession(this.#at) }).toArray() as unknown as readonly Uint8Array[]) {
      const userId = String(BSON.deserialize(bytes)['_id']);
      found.set(userId, toLegacyDocument(userId, Buffer.from(bytes)));
    }
    return found;
  }

  async presentAmong(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (userIds.length === 0) return new Set();
    // An ObjectId's digits may stand in a document as a text.
    const keys: UserKey[] = userIds.flatMap((userId) => [userKey(userId) ?? [], userId]).flat();
    const found = await this.#users.find({ _id: { $in: keys } }, { projection: { _id: 1 }, ...inSession(this.#at) }).toArray();
    return new Set(found.map(({ _id }) => String(_id)));
  }

  ownerIn({ bytes }: LegacyDocument): Pick<DatabaseOwner, 'userId' | 'databases' | 'defaultDatabaseId'> | 'malformed' {
    try {
      return toOwner(BSON.deserialize(bytes), new Map());
    } catch (error) {
      if (error instanceof z.ZodError) return 'malformed';
      throw error;
    }
  }

  async holdersOf(emails: readonly string[]): Promise<readonly EmailHolder[]> {
    if (emails.length === 0) return [];
    const keys = [...new Set(emails.map((email) => email.toLowerCase()))];
    const options = { projection: { email: 1, email_lower: 1 }, ...inSession(this.#at) };
    // One after the other, each by its own index.
    const byKey = await this.#users.find({ email_lower: { $in: keys } }, options).toArray();
    const byAddress = await this.#users.find({ email: { $in: [...new Set([...emails, ...keys])] } }, options).toArray();
    return [...byKey, ...byAddress].map(({ _id, ['email']: email, ['email_lower']: emailKey }) =>
      ({ userId: String(_id), email: typeof email === 'string' ? email : null, emailKey: typeof emailKey === 'string' ? emailKey : null }));
  }

  async appsNamingDatabases(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly LegacyApp[]>> {
    const apps = await this.#apps.find({ user_id: { $in: userIds.flatMap(ownersOf) }, database_id: { $nin: [null, legacyDatabaseName] } } as Filter<Document>, { projection: { user_id: 1, database_id: 1 } }).toArray();
    return byOwner(apps);
  }

  async isUnmigrated(userId: string): Promise<boolean> {
    const _id = userKey(userId);
    return _id !== undefined && (await this.#users.findOne({ _id, ...unmigrated }, { projection: { _id: 1 }, ...inSession(this.#at) })) !== null;
  }

  async adopt({ userId, hash, entry, mark, emailKey }: Adoption): Promise<void> {
    const _id = userKey(userId);
    const bytes = _id === undefined ? undefined : await this.#bytes(_id);
    // Read in the transaction that writes: who changes the document meanwhile makes it fail.
    if (_id === undefined || bytes === undefined || hashOf(bytes) !== hash) throw new LegacyUserChanged('the document has changed');
    const fields = { databases: [entry], default_database_id: entry.id, [legacyMarkField]: mark, ...(emailKey === null ? {} : { email_lower: emailKey }) };
    try {
      await writeDatabases(this.#at, { user: _id, databaseId: null, update: { $set: fields } });
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) throw new DatabaseIdTaken('the database id, or the e-mail address, is taken', { cause: error });
      throw error;
    }
  }

  bring(bringing: Bringing): Promise<readonly unknown[]> {
    return bringUser(this.#at, bringing);
  }

  async changesSince(userId: string, document: Buffer, appIds: readonly unknown[]): Promise<ChangesSince> {
    const key = userKey(userId);
    const current = key === undefined ? undefined : await this.#bytes(key);
    if (current === undefined) throw new LegacyUserChanged('there is no such user');
    return { fields: laterChanges(document, current), appIds: await appsSince(this.#at, userId, appIds) };
  }

  removeBrought(userId: string, appIds: readonly unknown[]): Promise<void> {
    return removeBroughtUser(this.#at, userId, appIds);
  }

  async mendApps(userId: string, databaseIds: readonly string[]): Promise<readonly AppFix[]> {
    const filter = { user_id: { $in: ownersOf(userId) }, $or: [{ database_id: { $nin: [null, ...databaseIds] } }, { user_id: { $ne: userId } }] };
    const apps = await this.#apps.find(filter as Filter<Document>, { projection: { database_id: 1, user_id: 1 }, ...inSession(this.#at) }).toArray();
    for (const app of apps) {
      const isDangling = app['database_id'] !== undefined && app['database_id'] !== null && !databaseIds.includes(String(app['database_id']));
      // One after the other: a transaction takes one command at a time, and there are few.
      await this.#apps.updateOne({ _id: app._id }, { $set: { user_id: userId, ...(isDangling ? { database_id: null } : {}) } }, inSession(this.#at));
    }
    return apps.map((app) => ({ app_id: app._id, had_database_id: 'database_id' in app, database_id: app['database_id'] as unknown ?? null, user_id: app['user_id'] as unknown }));
  }

  async restoreApps(fixes: readonly AppFix[]): Promise<void> {
    for (const { app_id, had_database_id, database_id, user_id } of fixes) {
      const update = { $set: { user_id, ...(had_database_id ? { database_id } : {}) }, ...(had_database_id ? {} : { $unset: { database_id: 1 as const } }) };
      // One after the other, as above. An app that was deleted meanwhile stays deleted.
      await this.#apps.updateOne({ _id: app_id } as Filter<Document>, update, inSession(this.#at));
    }
  }

  async restore(userId: string, before: Buffer): Promise<Restoration> {
    const _id = userKey(userId);
    if (_id === undefined) throw new LegacyUserChanged('there is no such user');
    const current = await this.#bytes(_id);
    if (current === undefined) throw new LegacyUserChanged('there is no such user');
    const earlier = valuesOf(before);
    const returned = returnedFields(current);
    const present = returned.filter((field) => earlier.has(field));
    const absent = returned.filter((field) => !earlier.has(field));
    await writeDatabases(this.#at, { user: _id, databaseId: null, update: {
      ...(present.length === 0 ? {} : { $set: Object.fromEntries(present.map((field) => [field, earlier.get(field)])) }),
      $unset: Object.fromEntries(absent.map((field) => [field, 1])),
    } });
    return { laterChanges: laterChanges(before, current) };
  }

  async isEmailTaken(userId: string, email: string): Promise<boolean> {
    const key = userKey(userId);
    const options = { projection: { _id: 1 }, limit: 2, ...inSession(this.#at) };
    for (const filter of [{ email_lower: email.toLowerCase() }, { email: { $in: [email, email.toLowerCase()] } }]) {
      // One after the other, each by its own index. Who else has it is seen here: a condition on `_id` would tempt the planner to its index.
      const found = await this.#users.find(filter, options).toArray();
      if (found.some(({ _id }) => String(_id) !== String(key))) return true;
    }
    return false;
  }

  async setEmailKey(userId: string, email: string): Promise<boolean> {
    const _id = userKey(userId);
    if (_id === undefined) return false;
    try {
      await this.#users.updateOne({ _id, email_lower: { $exists: false } }, { $set: { email_lower: email.toLowerCase() } }, inSession(this.#at));
      return true;
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) return false;
      throw error;
    }
  }

  pageOfUnmigrated(cursor: string | null, limit: number): Promise<NextUsers> {
    return this.#page(unmigrated, cursor, limit);
  }

  pageOfAll(cursor: string | null, limit: number): Promise<NextUsers> {
    return this.#page(anyLegacy, cursor, limit);
  }

  countUnmigrated(): Promise<number> {
    return this.#users.countDocuments(unmigrated);
  }

  countAll(): Promise<number> {
    return this.#users.countDocuments(anyLegacy);
  }

  async danglingApps(userId: string, databaseIds: readonly string[]): Promise<readonly string[]> {
    const apps = await this.#apps.find({ user_id: { $in: ownersOf(userId) }, database_id: { $nin: [null, legacyDatabaseName, ...databaseIds] } } as Filter<Document>, { projection: { _id: 1 } }).toArray();
    return apps.map(({ _id }) => String(_id));
  }

  async #page(filter: Filter<UserDocument>, cursor: string | null, limit: number): Promise<NextUsers> {
    const keys: UserKey[] = [];
    for (const after of filtersAfter(cursor)) {
      if (keys.length >= limit) break;
      // One after the other: ids of the second type come after all of the first.
      const documents = await this.#users.find({ $and: [after, filter] }, { projection: { _id: 1 }, ...inSession(this.#at) }).sort({ _id: 1 }).limit(limit - keys.length).toArray();
      keys.push(...documents.map(({ _id }) => _id));
    }
    const last = keys.at(-1);
    return { userIds: keys.map(String), next: last === undefined || keys.length < limit ? null : cursorOf(last) };
  }

  async #bytes(_id: UserKey): Promise<Buffer | undefined> {
    const found: unknown = await this.#users.findOne({ _id }, { raw: true, ...inSession(this.#at) });
    return found === null ? undefined : Buffer.from(found as Uint8Array);
  }

  get #users(): Collection<UserDocument> {
    return this.#at.db.collection<UserDocument>(controlCollections.users);
  }

  get #apps(): Collection {
    return this.#at.db.collection(controlCollections.apps);
  }
}

function toLegacyDocument(userId: string, bytes: Buffer): LegacyDocument {
  const document = BSON.deserialize(bytes);
  const key = userKey(userId);
  const hasUnsupportedId = key === undefined || (typeof key !== 'string' && typeof document['_id'] === 'string');
  const { email, email_lower: emailKey } = document as { readonly email?: unknown; readonly email_lower?: unknown };
  return {
    userId, bytes, hash: hashOf(bytes), source: null, hasUnsupportedId, email: typeof email === 'string' && email !== '' ? email : null, hasEmailKey: emailKey !== undefined, legacy: parseLegacyUser(document),
  };
}

function byOwner(apps: readonly Document[]): ReadonlyMap<string, readonly LegacyApp[]> {
  const owned = new Map<string, LegacyApp[]>();
  for (const { _id, ['user_id']: userId, ['database_id']: databaseId } of apps) owned.set(String(userId), [...owned.get(String(userId)) ?? [], { appId: String(_id), databaseId: String(databaseId) }]);
  return owned;
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whether the password hash is still the one that a sign-in has put in the place of the earlier platform's. */
function hasReplacedHash(document: Buffer): boolean {
  const { [legacyMarkField]: mark, [passwordHashField]: hash } = BSON.deserialize(document);
  const replaced = (mark as Document | undefined)?.[replacedHashField] as unknown;
  return replaced !== undefined && replaced === hash;
}

/** The fields that a rollback takes from the earlier document. */
function returnedFields(current: Buffer): readonly string[] {
  return hasReplacedHash(current) ? [...ownFields, passwordHashField] : ownFields;
}

/** Other fields that have changed since. */
function laterChanges(before: Buffer, current: Buffer): readonly string[] {
  const returned = returnedFields(current);
  return differingFields(before, current).filter((field) => !returned.includes(field));
}
