// What every control database does, whatever keeps it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platformOrigin } from '../domain/audit-origin.js';
import type { AppRecord } from '../domain/app.js';
import { databaseEntry } from '../domain/database-entry.fixture.js';
import { noUserLimits } from '../domain/limits.js';
import { databaseEnvironments } from '../domain/database-entry.js';
import { databaseSortKeys, selectDatabases, type DatabaseListQuery } from '../domain/database-list.js';
import type { OperationRecord } from '../domain/operation.js';
import { AppNameTaken, DatabaseNotBindable } from './apps.js';
import type { ControlDatabase } from './control-database.js';
import { DatabaseIdTaken, DatabaseNameTaken, UserAbsent } from './databases.js';
import { DatabaseLocked, LeaseLost } from './operations.js';

export interface ControlDatabaseUnderTest {
  readonly control: ControlDatabase;
  /** A new user; `fields` replace what a new account has. Returns the id. */
  newUser(fields?: Readonly<Record<string, unknown>>): Promise<string>;
  stop(): Promise<void>;
}

let made = 0;

/** An id that no other test has. */
function newId(): string {
  made += 1;
  return made.toString(16).padStart(8, '0');
}

function at(seconds: number): Date {
  return new Date(1_800_000_000_000 + seconds * 1000);
}

function app(userId: string, databaseId: string | null, fields: Partial<AppRecord> = {}): AppRecord {
  const _id = newId();
  return {
    _id, user_id: userId, name: `app ${_id}`, database_id: databaseId, deployer: 'process', spec: null, status: 'created', status_message: null,
    created_at: at(0), updated_at: at(0), last_deployed_at: null, ...fields,
  };
}

function operation(databaseId: string, fields: Partial<OperationRecord> = {}): OperationRecord {
  return {
    _id: newId(), kind: 'database.create', user_id: 'u', database_id: databaseId, params: { some: 'value' }, state: 'running', lock: `database:${databaseId}`,
    steps: [{ name: 'reserve', state: 'done', started_at: at(0), finished_at: at(0), attempts: 1, error_code: null }],
    lease: { owner: 'a', fencing_token: 1, expires_at: at(30) }, result: null, error_code: null, created_at: at(0), updated_at: at(0), ...fields,
  };
}

/** Every sort, filter and kind of page. */
function listQueries(): DatabaseListQuery[] {
  const created = { key: 'created_at', descending: false } as const;
  const sorts = databaseSortKeys.flatMap((key) => [{ key, descending: false }, { key, descending: true }]);
  const pages = [[20, 0], [20, 20], [20, 30], [3, 38], [100, 0], [5, 500]] as const;
  return [
    ...sorts.flatMap((sort) => pages.map(([limit, offset]) => ({ limit, offset, sort }))),
    { limit: 20, offset: 0, sort: created, search: 'SHOP 1' }, { limit: 20, offset: 1, sort: { key: 'name', descending: true }, search: 'best' },
    { limit: 20, offset: 0, sort: created, status: 'deleting' }, { limit: 20, offset: 0, sort: created, environment: 'production', isDefault: false },
    { limit: 20, offset: 0, sort: created, isDefault: true },
  ];
}

/** Declares the tests for one implementation. */
export function describeControlDatabaseContract(name: string, start: () => Promise<ControlDatabaseUnderTest>): void {
  describe(`${name}, as a control database`, () => {
    let test: ControlDatabaseUnderTest;
    let control: ControlDatabase;
    beforeAll(async () => {
      test = await start();
      ({ control } = test);
    });
    afterAll(() => test.stop());

    describe('databases', () => {
      it('are found by their owner, by their id, and in the list', async () => {
        const userId = await test.newUser();
        const entry = databaseEntry({ id: newId() });
        await control.databases.insert(userId, entry);
        expect(await control.databases.owner(userId)).toEqual({ userId, defaultDatabaseId: null, totalQuotaMb: null, limits: noUserLimits, databases: [entry] });
        const owned = { userId, entry, isDefault: true };
        expect(await control.databases.find(userId, entry.id)).toEqual(owned);
        expect(await control.databases.findById(entry.id)).toEqual(owned);
        expect(await control.databases.list(userId, { limit: 5, offset: 0, sort: { key: 'created_at', descending: false } })).toEqual({ items: [owned], total: 1 });
      });

      it('are nobody else’s', async () => {
        const entry = databaseEntry({ id: newId() });
        await control.databases.insert(await test.newUser(), entry);
        const stranger = await test.newUser();
        expect(await control.databases.find(stranger, entry.id)).toBeUndefined();
        expect(await control.databases.change(stranger, entry.id, { name: 'mine' })).toBe(false);
        expect(await control.databases.remove(stranger, entry.id)).toBe(false);
      });

      it.each(['', 'x', '0'.repeat(24), '$where', 'ffffffffffffffffffffffff0'])('of the user %j do not exist', async (userId) => {
        expect(await control.databases.owner(userId)).toBeUndefined();
        expect(await control.databases.find(userId, 'a')).toBeUndefined();
        expect(await control.databases.list(userId, { limit: 5, offset: 0, sort: { key: 'name', descending: false } })).toEqual({ items: [], total: 0 });
        await expect(control.databases.insert(userId, databaseEntry({ id: newId() }))).rejects.toBeInstanceOf(UserAbsent);
      });

      it('are none for a user from before there were several', async () => {
        const userId = await test.newUser({ databases: undefined, default_database_id: undefined, total_quota_mb: undefined });
        expect(await control.databases.owner(userId)).toEqual({ userId, defaultDatabaseId: null, totalQuotaMb: null, limits: noUserLimits, databases: [] });
        expect(await control.databases.list(userId, { limit: 5, offset: 0, sort: { key: 'created_at', descending: true } })).toEqual({ items: [], total: 0 });
      });

      it('have a name once for a user in any case, and an id once for all', async () => {
        const [userId, other] = [await test.newUser(), await test.newUser()];
        const entry = databaseEntry({ id: newId(), name: 'Shop_1 (x)' });
        await control.databases.insert(userId, entry);
        await expect(control.databases.insert(userId, databaseEntry({ id: newId(), name: 'sHOP_1 (X)' }))).rejects.toBeInstanceOf(DatabaseNameTaken);
        await expect(control.databases.insert(userId, databaseEntry({ id: entry.id, name: 'b' }))).rejects.toBeInstanceOf(DatabaseIdTaken);
        await expect(control.databases.insert(other, databaseEntry({ id: entry.id, name: 'b' }))).rejects.toBeInstanceOf(DatabaseIdTaken);
        await control.databases.insert(userId, databaseEntry({ id: newId(), name: 'Shop_1' }));
      });

      it('change in one write, under conditions', async () => {
        const userId = await test.newUser();
        const [first, second] = [databaseEntry({ id: newId(), name: 'a' }), databaseEntry({ id: newId(), name: 'b' })];
        await control.databases.insert(userId, first);
        await control.databases.insert(userId, second);
        expect(await control.databases.change(userId, first.id, { status: 'deleting', deleted_at: at(0) }, { whereStatus: ['failed'] })).toBe(false);
        expect(await control.databases.change(userId, first.id, { description: 'x', quota_mb: 5 }, { whereStatus: ['active'], makeDefault: true })).toBe(true);
        expect(await control.databases.change(userId, second.id, {}, { makeDefault: true })).toBe(true);
        expect(await control.databases.change(userId, second.id, {})).toBe(true);
        await expect(control.databases.change(userId, second.id, { name: 'A' })).rejects.toBeInstanceOf(DatabaseNameTaken);
        expect(await control.databases.change(userId, second.id, { name: 'B' })).toBe(true);
        expect(await control.databases.owner(userId)).toMatchObject({
          defaultDatabaseId: second.id, databases: [{ description: 'x', quota_mb: 5, is_default: false }, { name: 'B', is_default: true }],
        });
      });

      it('lose the default and are removed', async () => {
        const userId = await test.newUser();
        const entry = databaseEntry({ id: newId() });
        await control.databases.insert(userId, entry);
        await control.databases.change(userId, entry.id, {}, { makeDefault: true });
        await control.databases.clearDefault(userId, 'another');
        expect((await control.databases.owner(userId))?.defaultDatabaseId).toBe(entry.id);
        await control.databases.clearDefault(userId, entry.id);
        expect(await control.databases.owner(userId)).toMatchObject({ defaultDatabaseId: null, databases: [{ is_default: false }] });
        expect(await control.databases.remove(userId, entry.id)).toBe(true);
        expect(await control.databases.remove(userId, entry.id)).toBe(false);
        expect(await control.databases.findById(entry.id)).toBeUndefined();
      });

      it('fall back to the first active one as the default', async () => {
        const databases = [databaseEntry({ id: newId(), status: 'deleting' }), databaseEntry({ id: newId() }), databaseEntry({ id: newId() })];
        const userId = await test.newUser({ databases, default_database_id: databases[0]!.id });
        const { items } = await control.databases.list(userId, { limit: 5, offset: 0, isDefault: true, sort: { key: 'created_at', descending: false } });
        expect(items.map(({ entry }) => entry.id)).toEqual([databases[1]!.id]);
        expect((await control.databases.find(userId, databases[1]!.id))?.isDefault).toBe(true);
      });

      it.each([0, 1, 5, 40, 90])('of a user with %d of them are listed by one rule', async (count) => {
        const databases = Array.from({ length: count }, (_, index) => databaseEntry({
          id: newId(), name: `${index % 2 === 0 ? 'Shop' : 'shop'} ${(index * 7) % 11} ${index}`, environment: databaseEnvironments[index % 3]!, description: index % 4 === 0 ? 'The Best' : null,
          status: index % 5 === 0 ? 'deleting' : 'active', current_size_mb: (index * 13) % 7, created_at: at(index),
        }));
        for (const named of [null, databases[0]?.id ?? null, databases[count - 1]?.id ?? null]) {
          const suffix = newId(); // Ids are unique among all users.
          const userId = await test.newUser({ databases: databases.map((entry) => ({ ...entry, id: `${entry.id}${suffix}` })), default_database_id: named === null ? null : `${named}${suffix}` });
          const { databases: stored, defaultDatabaseId } = (await control.databases.owner(userId))!;
          for (const query of listQueries()) {
            const expected = selectDatabases(stored, defaultDatabaseId, query);
            const { items, total } = await control.databases.list(userId, query);
            expect({ items: items.map(({ entry, isDefault }) => ({ entry, isDefault })), total }, JSON.stringify(query)).toEqual(expected);
          }
        }
      });

      it('are walked in pages of owners', async () => {
        const owners = [];
        for (let count = 0; count < 3; count += 1) owners.push(await test.newUser({ databases: [databaseEntry({ id: newId() })] }));
        await test.newUser();
        const walked: string[] = [];
        for (let after: string | null = null; ;) {
          const page = await control.databases.pageOfOwners(after, 2);
          walked.push(...page.map(({ userId }) => userId));
          if (page.length === 0) break;
          after = page.at(-1)!.userId;
        }
        expect(walked).toEqual([...walked].sort());
        expect(walked).toEqual(expect.arrayContaining(owners));
      });

      it('of owners with a quota are walked in pages of their own', async () => {
        const inTotal = await test.newUser({ databases: [databaseEntry({ id: newId() })], total_quota_mb: 0 });
        const forOne = await test.newUser({ databases: [databaseEntry({ id: newId() }), databaseEntry({ id: newId(), quota_mb: 5 })] });
        const both = await test.newUser({ databases: [databaseEntry({ id: newId(), quota_mb: 5 })], total_quota_mb: 10 });
        const without = await test.newUser({ databases: [databaseEntry({ id: newId() })] });
        const walked: string[] = [];
        for (let after: string | null = null; ;) {
          const page = await control.databases.pageOfOwnersWithQuota(after, 2);
          walked.push(...page.map(({ userId }) => userId));
          if (page.length === 0) break;
          after = page.at(-1)!.userId;
        }
        expect(walked).toEqual([...new Set(walked)].sort());
        expect(walked).toEqual(expect.arrayContaining([inTotal, forOne, both]));
        expect(walked).not.toContain(without);
      });

      it('change under the condition of a level, also one that was never written', async () => {
        const entry = databaseEntry({ id: newId() });
        const userId = await test.newUser({ databases: [entry] });
        const raise = (whereQuotaLevel: 'normal' | 'exceeded') => control.databases.change(userId, entry.id, { quota_level: 'above_80_percent' }, { whereQuotaLevel });
        expect([await raise('exceeded'), await raise('normal'), await raise('normal')]).toEqual([false, true, false]);
      });
    });

    describe('connections', () => {
      it('are told of once in a time, whoever wants to', async () => {
        const entry = databaseEntry({ id: newId() });
        const userId = await test.newUser({ databases: [entry] });
        const tell = (now: Date, since: Date) => control.databases.change(userId, entry.id, { connections_warned_at: now }, { whereConnectionsWarnedBefore: since });
        expect([await tell(at(0), at(-1000)), await tell(at(10), at(-990)), await tell(at(2000), at(1000))]).toEqual([true, false, true]);
      });
    });

    describe('apps', () => {
      it('are counted where they are bound', async () => {
        const [a, b] = [databaseEntry({ id: newId() }), databaseEntry({ id: newId() })];
        const userId = await test.newUser({ databases: [a, b] });
        const counts = async () => (await control.databases.owner(userId))!.databases.map(({ app_count }) => app_count);
        const [first, second, third] = [app(userId, a.id), app(userId, a.id), app(userId, null)];
        for (const each of [first, second, third]) await control.apps.insert(each);
        expect(await counts()).toEqual([2, 0]);
        expect(await control.apps.change(userId, first._id, { database_id: b.id, status: 'running' })).toMatchObject({ database_id: b.id, status: 'running' });
        expect(await counts()).toEqual([1, 1]);
        await control.apps.rebind(userId, [second._id, third._id], a.id, b.id);
        expect(await counts()).toEqual([0, 2]);
        expect(await control.apps.remove(userId, second._id)).toBe(true);
        await control.apps.change(userId, first._id, { database_id: null });
        expect(await counts()).toEqual([0, 0]);
        expect((await control.apps.boundTo(userId, null)).map(({ _id }) => _id).sort()).toEqual([first._id, third._id].sort());
      });

      it('have a name once for a user in any case', async () => {
        const userId = await test.newUser();
        await control.apps.insert(app(userId, null, { name: 'Web' }));
        const other = app(userId, null, { name: 'other' });
        await control.apps.insert(other);
        await expect(control.apps.insert(app(userId, null, { name: 'wEB' }))).rejects.toBeInstanceOf(AppNameTaken);
        await expect(control.apps.change(userId, other._id, { name: 'WEB' })).rejects.toBeInstanceOf(AppNameTaken);
      });

      it('are bound to active databases of their user only', async () => {
        const [deleting, strangers] = [databaseEntry({ id: newId(), status: 'deleting' }), databaseEntry({ id: newId() })];
        const userId = await test.newUser({ databases: [deleting] });
        await test.newUser({ databases: [strangers] });
        for (const databaseId of [deleting.id, strangers.id, 'nowhere']) {
          const unbound = app(userId, databaseId);
          await expect(control.apps.insert(unbound)).rejects.toBeInstanceOf(DatabaseNotBindable);
          expect(await control.apps.find(userId, unbound._id)).toBeUndefined();
        }
      });

      it('are listed in pages, by database, status and name', async () => {
        const entry = databaseEntry({ id: newId() });
        const userId = await test.newUser({ databases: [entry] });
        await control.apps.insert(app(userId, entry.id, { name: 'Alpha', created_at: at(1), status: 'running' }));
        await control.apps.insert(app(userId, null, { name: 'beta', created_at: at(2) }));
        const names = async (query: object) => {
          const { items, total } = await control.apps.list(userId, { limit: 5, offset: 0, ...query });
          return [items.map((item) => item.name), total];
        };
        expect(await names({})).toEqual([['Alpha', 'beta'], 2]);
        expect(await names({ limit: 1, offset: 1 })).toEqual([['beta'], 2]);
        expect(await names({ databaseId: entry.id })).toEqual([['Alpha'], 1]);
        expect(await names({ status: 'running' })).toEqual([['Alpha'], 1]);
        expect(await names({ search: 'ALP' })).toEqual([['Alpha'], 1]);
      });
    });

    describe('operations', () => {
      it('are open one at a time on a database', async () => {
        const record = operation(newId());
        await control.operations.insert(record);
        await expect(control.operations.insert(operation(record.database_id))).rejects.toBeInstanceOf(DatabaseLocked);
        expect(await control.operations.openOn(record.database_id)).toEqual(record);
        await control.operations.write({ operationId: record._id, owner: 'a', fencingToken: 1 }, { updated_at: at(1), leaseExpiresAt: at(31), state: 'succeeded', unlock: true });
        expect(await control.operations.openOn(record.database_id)).toBeUndefined();
        await control.operations.insert(operation(record.database_id));
      });

      it('are taken over only when their lease has run out, and then the old holder writes nothing more', async () => {
        const record = operation(newId());
        await control.operations.insert(record);
        expect(await control.operations.acquire(record._id, 'b', at(29), at(59))).toBeUndefined();
        expect(await control.operations.acquire(record._id, 'b', at(30), at(60))).toMatchObject({ lease: { owner: 'b', fencing_token: 2, expires_at: at(60) } });
        expect(await control.operations.acquire(record._id, 'c', at(31), at(61))).toBeUndefined();
        const change = { updated_at: at(32), leaseExpiresAt: at(62), error_code: 'X' };
        await expect(control.operations.write({ operationId: record._id, owner: 'a', fencingToken: 1 }, change)).rejects.toBeInstanceOf(LeaseLost);
        await control.operations.write({ operationId: record._id, owner: 'b', fencingToken: 2 }, change);
        expect(await control.operations.find(record._id)).toMatchObject({ error_code: 'X', lease: { expires_at: at(62) } });
      });

      it('are taken over by one of many', async () => {
        const record = operation(newId());
        await control.operations.insert(record);
        const taken = await Promise.all(Array.from({ length: 10 }, (_, index) => control.operations.acquire(record._id, `r${index}`, at(30), at(60))));
        expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
      });

      it('that are abandoned are found, the longest abandoned first', async () => {
        const records = [operation(newId(), { lease: { owner: 'a', fencing_token: 1, expires_at: at(-100) } }), operation(newId(), { lease: { owner: 'a', fencing_token: 1, expires_at: at(-200) } })];
        for (const record of records) await control.operations.insert(record);
        expect(await control.operations.abandoned(at(-99), 2)).toEqual([records[1]!._id, records[0]!._id]);
      });
    });

    it('hands out a confirm token once', async () => {
      const token = { tokenHash: newId(), userId: 'u', databaseId: 'd', stateHash: 's', expiresAt: new Date(Date.now() + 60_000) };
      await control.confirmTokens.insert(token);
      const taken = await Promise.all(Array.from({ length: 5 }, () => control.confirmTokens.take(token.tokenHash)));
      expect(taken.filter((one) => one !== undefined)).toEqual([token]);
    });

    it('says what is due, each thing once', async () => {
      const databaseId = newId();
      const job = { kind: 'database.purge', userId: 'u', databaseId, username: null, runAt: at(-1000) } as const;
      await control.schedule.schedule(job);
      await control.schedule.schedule({ ...job, runAt: at(-500) });
      const due = async (seconds: number) => (await control.schedule.due(at(seconds), 10)).filter((one) => one.databaseId === databaseId);
      expect(await due(-501)).toEqual([]);
      expect(await due(-500)).toEqual([{ ...job, runAt: at(-500) }]);
      await control.schedule.postpone(job, at(5));
      expect(await due(-500)).toHaveLength(1);
      await control.schedule.postpone({ ...job, runAt: at(-500) }, at(-400));
      expect([await due(-401), await due(-400)]).toEqual([[], [{ ...job, runAt: at(-400) }]]);
      await control.schedule.schedule({ ...job, runAt: at(-500) });
      expect(await control.schedule.find('database.purge', databaseId)).toEqual({ ...job, runAt: at(-500) });
      expect(await control.schedule.find('database.revoke_previous', databaseId)).toBeUndefined();
      await control.schedule.cancel('database.purge', databaseId);
      expect(await due(0)).toEqual([]);
    });

    it('keeps audit events, the newest first', async () => {
      const userId = await test.newUser();
      const event = { origin: platformOrigin('test'), userId, subject: { kind: 'database', id: 'd' }, details: { name: 'x' } } as const;
      await control.audit.record({ ...event, action: 'database.created', at: at(1) });
      await control.audit.record({ ...event, action: 'database.deleted', at: at(2) });
      expect((await control.audit.ofSubject(userId, 'd', 5)).map(({ action }) => action)).toEqual(['database.deleted', 'database.created']);
    });

    describe('transactions', () => {
      it('do all or nothing', async () => {
        const userId = await test.newUser();
        const entry = databaseEntry({ id: newId() });
        const record = operation(entry.id);
        const work = control.transaction(async (stores) => {
          await stores.databases.insert(userId, entry);
          await stores.operations.insert(record);
          expect(await stores.databases.find(userId, entry.id)).toBeDefined();
          expect(await control.databases.find(userId, entry.id)).toBeUndefined();
          throw new Error('changed its mind');
        });
        await expect(work).rejects.toThrow('changed its mind');
        expect(await control.databases.find(userId, entry.id)).toBeUndefined();
        expect(await control.operations.find(record._id)).toBeUndefined();
      });

      it('that meet on one user all happen, one after the other', async () => {
        const userId = await test.newUser();
        await Promise.all(Array.from({ length: 8 }, (_, index) => control.transaction(async (stores) => {
          const { databases } = (await stores.databases.owner(userId))!;
          await stores.databases.insert(userId, databaseEntry({ id: newId(), name: `database ${index}`, quota_mb: databases.length }));
        })));
        const { databases } = (await control.databases.owner(userId))!;
        expect(databases.map(({ quota_mb }) => quota_mb)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      });
    });
  });
}
