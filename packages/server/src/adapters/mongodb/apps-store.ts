// Apps of users. Each write that binds or frees a database counts it in `users.databases[].app_count` in the same transaction.
import { ObjectId, type ClientSession, type Collection, type Document, type Filter } from 'mongodb';
import { z } from 'zod';
import { appRecordSchema, type AppRecord } from '../../domain/app.js';
import { isLegacyApp, legacyAppRecord } from '../../domain/legacy-app.js';
import { AppNameTaken, DatabaseNotBindable, type AppChange, type AppListQuery, type AppStore } from '../../ports/apps.js';
import { controlCollections } from './control-collections.js';
import { holdToLimit } from './count-limit.js';
import { writeDatabases } from './databases-write.js';
import { hasCode, mongoCodes } from './failures.js';
import { inSession, partInAnyCase, userKey, type StoreSession } from './store-session.js';

type AppDocument = AppRecord & { readonly name_key: string };

const storedAppSchema = appRecordSchema.extend({ name_key: z.string() }).transform(({ name_key, ...record }) => ({ record, name_key }));

function toRecord(document: unknown): AppRecord {
  return isLegacyApp(document) ? legacyAppRecord(document) : storedAppSchema.parse(document).record;
}

/** Apps of an earlier platform may have an ObjectId. */
function appKeys(appIds: readonly string[]): string[] {
  return appIds.flatMap((appId) => (/^[0-9a-f]{24}$/.test(appId) ? [appId, new ObjectId(appId) as unknown as string] : [appId]));
}

/** The filter for one app of a user. */
function one(userId: string, appId: string): Filter<AppDocument> {
  const [key, ...others] = appKeys([appId]);
  return { _id: others.length === 0 ? key! : { $in: [key!, ...others] }, user_id: userId };
}

export class MongoAppStore implements AppStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async insert(app: AppRecord, largestCount: number | null = null): Promise<void> {
    await this.#at.transact(async (session) => {
      await holdToLimit(this.#at.db, session, app.user_id, { name: 'max_apps', limit: largestCount, collection: controlCollections.apps });
      if (app.database_id !== null) await this.#bind(session, app.user_id, app.database_id);
      await refusingTakenNames(() => this.#apps.insertOne({ ...app, name_key: app.name.toLowerCase() }, { session }));
    });
  }

  async find(userId: string, appId: string): Promise<AppRecord | undefined> {
    const document = await this.#apps.findOne(one(userId, appId), inSession(this.#at));
    return document === null ? undefined : toRecord(document);
  }

  async list(userId: string, query: AppListQuery): Promise<{ readonly items: readonly AppRecord[]; readonly total: number }> {
    const { databaseId, status, search = '' } = query;
    const filter: Filter<AppDocument> = {
      user_id: userId,
      ...(databaseId === undefined ? {} : { database_id: databaseId }),
      ...(status === undefined ? {} : { status }),
      ...(search === '' ? {} : { name_key: partInAnyCase(search.toLowerCase()) }),
    };
    const page = this.#apps.find(filter, inSession(this.#at)).sort({ created_at: 1, _id: 1 }).skip(query.offset).limit(query.limit);
    const [documents, total] = [await page.toArray(), await this.#apps.countDocuments(filter, inSession(this.#at))];
    return { items: documents.map(toRecord), total };
  }

  async change(userId: string, appId: string, change: AppChange): Promise<AppRecord | undefined> {
    const key = change.name === undefined ? {} : { name_key: change.name.toLowerCase() };
    const filter = one(userId, appId);
    const update = { $set: { ...change, ...key } };
    if (change.database_id === undefined) {
      const document = await refusingTakenNames(() => this.#apps.findOneAndUpdate(filter, update, { returnDocument: 'after', ...inSession(this.#at) }));
      return document === null ? undefined : toRecord(document);
    }
    const { database_id: databaseId } = change;
    return this.#at.transact(async (session) => {
      const before = await refusingTakenNames(() => this.#apps.findOneAndUpdate(filter, update, { returnDocument: 'before', session }));
      if (before === null) return undefined;
      const { database_id: earlier } = toRecord(before);
      if (earlier !== databaseId) {
        if (databaseId !== null) await this.#bind(session, userId, databaseId);
        if (earlier !== null) await this.#count(session, userId, earlier, -1);
      }
      return toRecord({ ...before, ...change });
    });
  }

  async remove(userId: string, appId: string): Promise<boolean> {
    return this.#at.transact(async (session) => {
      const removed = await this.#apps.findOneAndDelete(one(userId, appId), { session });
      if (removed === null) return false;
      const { database_id: databaseId } = toRecord(removed);
      if (databaseId !== null) await this.#count(session, userId, databaseId, -1);
      return true;
    });
  }

  async boundTo(userId: string, databaseId: string | null): Promise<readonly AppRecord[]> {
    const documents = await this.#apps.find({ user_id: userId, database_id: databaseId }, inSession(this.#at)).toArray();
    return documents.map(toRecord);
  }

  async pageOfDeployed(afterAppId: string | null, limit: number): Promise<readonly AppRecord[]> {
    // What has no deployer was made, and is run, by an earlier platform.
    const filter = { status: { $in: ['running', 'deploying', 'failed'] }, deployer: { $type: 'string' }, ...(afterAppId === null ? {} : { _id: { $gt: afterAppId } }) } as Filter<AppDocument>;
    const documents = await this.#apps.find(filter, inSession(this.#at)).sort({ _id: 1 }).limit(limit).toArray();
    return documents.map(toRecord);
  }

  async rebind(userId: string, appIds: readonly string[], from: string | null, to: string | null): Promise<void> {
    if (appIds.length === 0 || from === to) return;
    await this.#at.transact(async (session) => {
      const { modifiedCount } = await this.#apps.updateMany({ _id: { $in: appKeys(appIds) }, user_id: userId, database_id: from }, { $set: { database_id: to } }, { session });
      if (modifiedCount === 0) return;
      if (from !== null) await this.#count(session, userId, from, -modifiedCount);
      if (to !== null) await this.#count(session, userId, to, modifiedCount);
    });
  }

  get #apps(): Collection<AppDocument> {
    return this.#at.db.collection<AppDocument>(controlCollections.apps);
  }

  /** Writes to the user's document, so that a deletion of the database at the same moment conflicts with it. */
  async #bind(session: ClientSession, userId: string, databaseId: string): Promise<void> {
    const isActive = { databases: { $elemMatch: { id: databaseId, status: 'active' } } };
    if (!(await this.#count(session, userId, databaseId, 1, isActive))) throw new DatabaseNotBindable('the user has no active database of this id');
  }

  #count(session: ClientSession, userId: string, databaseId: string, difference: number, condition: Document = { 'databases.id': databaseId }): Promise<boolean> {
    const user = userKey(userId);
    const update = { $inc: { 'databases.$[this].app_count': difference } };
    return user === undefined ? Promise.resolve(false) : writeDatabases({ ...this.#at, session }, { user, databaseId, condition, update, arrayFilters: [{ 'this.id': databaseId }] });
  }
}

async function refusingTakenNames<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (hasCode(error, mongoCodes.duplicateKey)) throw new AppNameTaken('the name is taken', { cause: error });
    throw error;
  }
}
