import { BSON, ObjectId, type CommandStartedEvent, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEntry } from '../../domain/database-entry.fixture.js';
import { LegacyRunRunning, type LegacyLogRecord, type LegacyRunRecord } from '../../ports/legacy-runs.js';
import { LegacyUserChanged } from '../../ports/legacy-users.js';
import { newRun } from '../../services/legacy-migrations.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { connectControlDatabase, type ControlConnection } from './control-database.js';
import { MongoLegacyRunStore } from './legacy-runs-store.js';

let cluster: TestCluster;
let connection: ControlConnection;
let runs: MongoLegacyRunStore;
const lookups: { readonly collection: string; readonly filter: Document; readonly sort?: Document; readonly limit?: number }[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  connection = await connectControlDatabase({ uri: cluster.uri, databaseName: `freehold_test_${new ObjectId().toHexString()}`, monitorCommands: true });
  runs = new MongoLegacyRunStore(connection.db, connection.transactions);
  connection.client.on('commandStarted', ({ command }: CommandStartedEvent) => {
    if (typeof command['find'] === 'string') lookups.push({ collection: command['find'], filter: command['filter'] as Document, ...('sort' in command ? { sort: command['sort'] as Document } : {}) });
    if (typeof command['findAndModify'] === 'string') lookups.push({ collection: command['findAndModify'], filter: command['query'] as Document });
    if (typeof command['update'] === 'string') lookups.push({ collection: command['update'], filter: (command['updates'] as Document[])[0]!['q'] as Document });
  });
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
  await cluster.stop();
});

const users = () => connection.db.collection<{ _id: ObjectId | string; [field: string]: unknown }>('users');
const now = new Date('2030-01-01T00:00:00Z');

async function insert(document: Document = {}): Promise<string> {
  const _id = (document['_id'] as ObjectId | string | undefined) ?? new ObjectId();
  await users().insertOne({ mongo_password_encrypted: 'x', email: 'a@example.org', ...document, _id });
  return String(_id);
}

function entryOf(runId: string, userId: string, fields: Partial<LegacyLogRecord> = {}): LegacyLogRecord {
  return { runId, userId, outcome: 'migrated', findings: [], databaseId: null, mongoDatabase: null, operationId: null, at: now, before: null, rolledBackBy: null, ...fields };
}

describe('legacy users in the control database', () => {
  it('are read byte for byte', async () => {
    const userId = await insert({ 7: 1, nested: { 2: new BSON.Double(1), 1: BSON.Long.fromNumber(3) } });
    const { legacyUsers } = connection.control;
    const read = await legacyUsers.read(userId);
    expect(Buffer.from(read!.bytes)).toEqual(Buffer.from((await users().findOne({ _id: new ObjectId(userId) }, { raw: true })) as unknown as Uint8Array));
    expect(read).toMatchObject({ hasUnsupportedId: false, legacy: { userId, mongoDatabase: `user_${userId}` } });
    expect(await legacyUsers.read(new ObjectId().toHexString())).toBeUndefined();
  });

  it('are adopted only as they were read, and restored exactly', async () => {
    const userId = await insert({ databases: null, other: { 2: 'b', 1: 'a' } });
    const { legacyUsers } = connection.control;
    const { hash, bytes } = (await legacyUsers.read(userId))!;
    const adoption = { userId, hash, entry: databaseEntry({ id: `${userId.slice(0, 15)}x` }), mark: { run_id: 'r', operation_id: 'o', at: now }, emailKey: `${userId}@example.org` };
    await expect(legacyUsers.adopt({ ...adoption, hash: 'another' })).rejects.toBeInstanceOf(LegacyUserChanged);
    await legacyUsers.adopt(adoption);
    expect((await legacyUsers.read(userId))?.legacy).toBeUndefined();
    await expect(legacyUsers.adopt(adoption)).rejects.toBeInstanceOf(LegacyUserChanged);
    expect(await legacyUsers.restore(userId, bytes)).toEqual({ laterChanges: [] });
    expect((await legacyUsers.read(userId))?.bytes).toEqual(bytes);
  });

  it('are walked in pages, whatever types their ids have', async () => {
    const { legacyUsers } = connection.control;
    await users().deleteMany({});
    const made = [];
    for (const _id of ['b', 'a', '0'.repeat(24), 'c', new ObjectId(), new ObjectId(), new ObjectId()]) made.push(await insert({ _id }));
    await users().insertOne({ _id: new ObjectId(), databases: [] });
    const walked: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { readonly userIds: readonly string[]; readonly next: string | null } = await legacyUsers.pageOfUnmigrated(cursor, 2);
      walked.push(...page.userIds);
      cursor = page.next;
    } while (cursor !== null);
    expect(walked).toHaveLength(made.length);
    expect(new Set(walked)).toEqual(new Set(made));
    expect([await legacyUsers.countUnmigrated(), await legacyUsers.countAll()]).toEqual([7, 7]);
  });
});

describe('documents of users as an earlier platform may have left them', () => {
  it.each<[string, Document, number]>([
    ['with databases of null', { databases: null }, 1],
    ['without a password, with null', { mongo_password_encrypted: undefined, databases: null }, 0],
    ['with a default of another type', { default_database_id: 7 }, 1],
    ['without a password, with a default of another type', { mongo_password_encrypted: null, default_database_id: new ObjectId() }, 0],
    ['with a password of another type', { mongo_password_encrypted: 7 }, 0],
    ['with fields of other types', { email: 7, name: null, created_at: 'yesterday', role: 'admin', password_hash: 1 }, 1],
    ['with a foreign entry', { databases: [{ id: `foreign-${new ObjectId().toHexString()}` }] }, 1],
  ])('%s can be read', async (_what, document, count) => {
    const userId = await insert(Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined)));
    if (document['mongo_password_encrypted'] === undefined && 'mongo_password_encrypted' in document) await users().updateOne({ _id: new ObjectId(userId) }, { $unset: { mongo_password_encrypted: 1 } });
    const { databases } = connection.control;
    expect((await databases.owner(userId))?.databases).toHaveLength(count);
    expect((await databases.list(userId, { limit: 5, offset: 0, sort: { key: 'created_at', descending: false } })).total).toBe(count);
    expect(await databases.find(userId, 'absent')).toBeUndefined();
    expect(await connection.control.accounts.find(userId)).toMatchObject({ id: userId, role: 'user' });
  });
});

describe('the pages of a run', () => {
  const lease = (owner: string, at = now) => ({ owner, now: at, expiresAt: new Date(at.getTime() + 30_000) });
  const start = async (): Promise<string> => {
    const id = new ObjectId().toHexString();
    await runs.insert(newRun(id, 'plan', {}, { total: 5, createdAt: now, startedBy: null }));
    return id;
  };
  /** Five users in pages of two; the cursor is the number of the next. */
  const find = async (cursor: string | null) => {
    const from = cursor === null ? 0 : Number(cursor);
    const userIds = ['u0', 'u1', 'u2', 'u3', 'u4'].slice(from, from + 2);
    return { userIds: cursor === 'end' ? [] : userIds, next: from + 2 < 5 ? String(from + 2) : null };
  };

  it('have every user once, however many replicas take them', async () => {
    const id = await start();
    const takers = ['a', 'b', 'c', 'd'].map(async (owner) => {
      const taken: string[] = [];
      for (let page = await runs.takePage(id, lease(owner), find); page !== undefined; page = await runs.takePage(id, lease(owner), find)) {
        taken.push(...(page.userIds.length === 0 ? ['end'] : page.userIds));
        await runs.finishPage(page, now);
      }
      return taken;
    });
    expect((await Promise.all(takers)).flat().sort()).toEqual(['end', 'u0', 'u1', 'u2', 'u3', 'u4']);
    expect([await runs.endIfDone(id, now), await runs.endIfDone(id, now)]).toEqual([true, false]);
    expect(await runs.find(id)).toMatchObject({ state: 'done', done: 5 });
  });

  it('are taken by another when their lease has run out, and finished by who has them', async () => {
    const id = await start();
    const page = (await runs.takePage(id, lease('a'), find))!;
    const later = new Date(now.getTime() + 31_000);
    const again = (await runs.takePage(id, lease('b', later), find))!;
    expect([again.sequence, again.userIds, again.owner]).toEqual([page.sequence, page.userIds, 'b']);
    expect(await runs.renewPage(page, later)).toBe(false);
    await runs.finishPage(page, now);
    expect((await runs.find(id))?.done).toBe(0);
    await connection.control.legacyLog.record(entryOf(id, 'u0', { findings: [{ code: 'ROLES_ADJUSTED', details: {} }] }));
    await connection.control.legacyLog.record(entryOf(id, 'u1', { outcome: 'failed', findings: [{ code: 'LOGIN_FAILED', details: {} }] }));
    for (let twice = 0; twice < 2; twice += 1) await runs.finishPage(again, now);
    expect(await runs.find(id)).toMatchObject({ done: 2, outcomes: { migrated: 1, failed: 1 }, findings: { ROLES_ADJUSTED: 1, LOGIN_FAILED: 1 } });
    expect(await connection.control.legacyLog.tally(id)).toEqual({ outcomes: { migrated: 1, failed: 1 }, findings: { ROLES_ADJUSTED: 1, LOGIN_FAILED: 1 } });
  });

  it('are not handed out while the run is paused', async () => {
    const id = await start();
    expect(await runs.changeState(id, 'running', 'paused', 'operator', now)).toBe(true);
    expect(await runs.changeState(id, 'running', 'paused', 'operator', now)).toBe(false);
    expect(await runs.takePage(id, lease('a'), find)).toBeUndefined();
    expect((await runs.inState('paused')).map((run) => run.id)).toContain(id);
  });
});

describe('runs that change users', () => {
  it('are one at a time, whoever begins or resumes them', async () => {
    const [one, other, plan] = (['run', 'rollback', 'plan'] as const).map((mode) => newRun(new ObjectId().toHexString(), mode, {}, { total: 0, createdAt: now, startedBy: null })) as [LegacyRunRecord, LegacyRunRecord, LegacyRunRecord];
    for (const run of await runs.inState('running')) await runs.changeState(run.id, 'running', 'paused', 'operator', now);
    expect([await runs.insert(one), await runs.insert(one), await runs.insert(plan)]).toEqual([true, false, true]);
    await expect(runs.insert(other)).rejects.toThrow(LegacyRunRunning);
    await runs.changeState(one.id, 'running', 'paused', 'operator', now);
    expect(await runs.insert(other)).toBe(true);
    await expect(runs.changeState(one.id, 'paused', 'running', null, now)).rejects.toThrow(LegacyRunRunning);
  });
});

describe('every look-up of a migration (R1.5)', () => {
  it('uses an index, as explain says', async () => {
    const userId = await insert({ email: 'b@example.org' });
    for (let count = 0; count < 50; count += 1) await insert({ email: `${count}@example.org` });
    lookups.length = 0;
    const { legacyUsers, legacyLog } = connection.control;
    await legacyUsers.isUnmigrated(userId);
    await legacyUsers.read(userId);
    await legacyUsers.isEmailTaken(userId, 'b@example.org');
    await legacyUsers.setEmailKey(userId, 'b@example.org');
    await legacyUsers.danglingApps(userId, ['a']);
    await legacyUsers.mendApps(userId, ['a']);
    await legacyUsers.pageOfUnmigrated(`id:${userId}`, 5);
    await legacyUsers.pageOfAll('text:a', 5);
    await legacyLog.record(entryOf('run', userId));
    await legacyLog.find('run', userId);
    await legacyLog.finished('run', [userId]);
    for (const filter of [{}, { outcome: 'failed' as const }, { finding: 'LOGIN_FAILED' as const }, { userId }]) {
      await legacyLog.page('run', filter, { limit: 5, offset: 0 });
      await legacyLog.after('run', filter, 'a', 5);
    }
    await runs.find('run');
    await runs.inState('running');
    await runs.takePage('run', { owner: 'a', now, expiresAt: now }, async () => ({ userIds: [], next: null }));
    await runs.endIfDone('run', now);
    const seen = [...lookups];
    expect(new Set(seen.map(({ collection }) => collection))).toEqual(new Set(['users', 'apps', 'legacy_migrations', 'legacy_migration_pages', 'legacy_migration_log']));
    for (const { collection, filter, sort } of seen) {
      const explained = await connection.db.collection(collection).find(filter, sort === undefined ? {} : { sort }).explain('executionStats');
      expect(JSON.stringify(explained['queryPlanner']), `${collection} ${JSON.stringify(filter)}`).not.toContain('COLLSCAN');
      // Walks begin behind their place; everything else looks at what it finds.
      if (sort === undefined) expect(explained['executionStats'].totalDocsExamined, `${collection} ${JSON.stringify(filter)}`).toBeLessThanOrEqual(3);
    }
  });
});
