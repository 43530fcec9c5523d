import type { CommandStartedEvent, Document } from 'mongodb';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEntry } from '../../domain/database-entry.fixture.js';
import { databaseEnvironments, databaseStatuses, type DatabaseEntry } from '../../domain/database-entry.js';
import { databaseSortKeys, selectDatabases, type DatabaseListQuery } from '../../domain/database-list.js';
import type { DatabaseChange } from '../../ports/databases.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { connectControlDatabase, type ControlConnection } from './control-database.js';
import { rowsMark } from './databases-rows.js';

let cluster: TestCluster;
let connection: ControlConnection;
/** The collections that were read or written since a test has begun to look. */
let commands: { readonly name: string; readonly collection: string; readonly command: Document }[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  connection = await connectControlDatabase({ uri: cluster.uri, databaseName: `freehold_test_${new ObjectId().toHexString()}`, monitorCommands: true });
  connection.client.on('commandStarted', ({ commandName: name, command }: CommandStartedEvent) => {
    if (typeof command[name] === 'string') commands.push({ name, collection: command[name], command });
  });
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
  await cluster.stop();
});

/** Numbers that look random, the same ones for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

let made = 0;
function randomEntry(next: (below: number) => number): DatabaseEntry {
  made += 1;
  return databaseEntry({
    id: `${next(0xffff).toString(16)}-${made}`, name: `${['Shop', 'shop', 'Blog'][next(3)]} ${next(100)} ${made}`, status: databaseStatuses[next(databaseStatuses.length)]!,
    environment: databaseEnvironments[next(3)]!, description: next(2) === 0 ? null : 'The Best', current_size_mb: next(5), created_at: new Date(1_700_000_000_000 + next(20)),
  });
}

function randomQuery(next: (below: number) => number): DatabaseListQuery {
  const pick = <Value>(values: readonly Value[]): Value | undefined => (next(2) === 0 ? undefined : values[next(values.length)]);
  const [status, environment, isDefault, search] = [pick(databaseStatuses), pick(databaseEnvironments), next(4) === 0 ? next(2) === 0 : undefined, next(4) === 0 ? ['SHOP 1', 'best', 'hop 12', 'nowhere'][next(4)] : undefined];
  return {
    limit: 1 + next(30), offset: next(3) === 0 ? next(160) : 0, sort: { key: databaseSortKeys[next(databaseSortKeys.length)]!, descending: next(2) === 0 },
    ...(status === undefined ? {} : { status }), ...(environment === undefined ? {} : { environment }), ...(isDefault === undefined ? {} : { isDefault }), ...(search === undefined ? {} : { search }),
  };
}

async function newOwner(entries: readonly DatabaseEntry[], fields: Document = {}): Promise<string> {
  const _id = new ObjectId();
  await connection.db.collection('users').insertOne({ _id, databases: [...entries], default_database_id: entries[0]?.id ?? null, total_quota_mb: null, ...fields });
  return _id.toHexString();
}

async function newOwnerOf(count: number, seed: number): Promise<{ readonly userId: string; readonly entries: readonly DatabaseEntry[] }> {
  const next = random(seed);
  const entries = Array.from({ length: count }, () => randomEntry(next));
  return { userId: await newOwner(entries), entries };
}

const firstPage = { limit: 20, offset: 0, sort: { key: 'created_at', descending: false } } as const satisfies DatabaseListQuery;

async function expectSameLists(userId: string, queries: readonly DatabaseListQuery[]): Promise<void> {
  const { databases } = connection.control;
  const owner = (await databases.owner(userId))!;
  for (const query of queries) {
    const { items, total } = await databases.list(userId, query);
    expect({ items: items.map(({ entry, isDefault }) => ({ entry, isDefault })), total }, JSON.stringify(query)).toEqual(selectDatabases(owner.databases, owner.defaultDatabaseId, query));
  }
}

describe('lists of an owner of many databases', () => {
  it('are the same from rows as from the entries, whatever is asked, after whatever change', async () => {
    const { databases } = connection.control;
    const { userId } = await newOwnerOf(180, 1);
    await databases.settleRows(userId);
    const next = random(2);
    for (let round = 0; round < 14; round += 1) {
      const owner = (await databases.owner(userId))!;
      const { id } = owner.databases[next(owner.databases.length)]!;
      const changes: readonly (() => Promise<unknown>)[] = [
        () => databases.insert(userId, randomEntry(next)),
        () => databases.remove(userId, id),
        () => databases.clearDefault(userId, id),
        () => databases.change(userId, id, {}, { makeDefault: true }),
        () => databases.change(userId, id, { status: databaseStatuses[next(5)]!, environment: databaseEnvironments[next(3)]! }),
        () => databases.change(userId, id, { name: `renamed ${round}`, description: 'shop 1', current_size_mb: next(5) } satisfies DatabaseChange),
        () => databases.writeSizes(userId, new Map(owner.databases.filter(() => next(3) === 0).map((entry) => [entry.id, next(9)]))),
      ];
      await changes[round % changes.length]!();
      expect(await databases.rowsState(userId)).toBe('right');
      await expectSameLists(userId, [firstPage, ...Array.from({ length: 10 }, () => randomQuery(next))]);
    }
  });

  it('read nothing but rows, once they are known to be there', async () => {
    const { databases } = connection.control;
    const { userId, entries } = await newOwnerOf(200, 3);
    await databases.settleRows(userId);
    await databases.list(userId, firstPage);
    commands = [];
    for (const key of databaseSortKeys) await databases.list(userId, { ...firstPage, sort: { key, descending: true }, environment: 'staging' });
    await databases.find(userId, entries[150]!.id);
    await databases.find(userId, 'nowhere');
    for (const search of ['shop', 'blog 1']) await databases.list(userId, { ...firstPage, search });
    expect(new Set(commands.map(({ collection }) => collection))).toEqual(new Set(['database_rows', 'database_totals', 'database_texts']));
    for (const { collection, command } of commands) {
      const explained = await connection.db.collection(collection).find(command['filter'] as Document, command['sort'] === undefined ? {} : { sort: command['sort'] as Document }).explain('queryPlanner');
      expect(JSON.stringify((explained['queryPlanner'] as Document)['winningPlan'])).not.toMatch(/COLLSCAN|"stage":"SORT"/u);
    }
  });

  it('are searched without reading all texts again, until one has changed in any process', async () => {
    const { databases } = connection.control;
    const { userId, entries } = await newOwnerOf(60, 15);
    await databases.settleRows(userId);
    await expectSameLists(userId, [firstPage, { ...firstPage, search: 'shop' }]);
    commands = [];
    await expectSameLists(userId, ['s', 'sh', 'best', 'nowhere'].map((search) => ({ ...firstPage, search })));
    await databases.writeSizes(userId, new Map(entries.map(({ id }) => [id, 3])));
    await expectSameLists(userId, [{ ...firstPage, search: 'shop' }]);
    expect(commands.filter(({ collection }) => collection === 'database_texts')).toEqual([]);
    const other = await connectControlDatabase({ uri: cluster.uri, databaseName: connection.db.databaseName });
    await other.control.databases.change(userId, entries[30]!.id, { name: 'an unheard-of name' });
    await expectSameLists(userId, [{ ...firstPage, search: 'unheard-of' }]);
    await connection.db.collection('database_texts').deleteMany({ '_id.user': new ObjectId(userId) });
    await other.control.databases.settleRows(userId);
    await other.close();
    await expectSameLists(userId, [{ ...firstPage, search: 'shop' }]);
  });

  it('are the same where an index is missing', async () => {
    const { databases } = connection.control;
    const { userId } = await newOwnerOf(40, 12);
    await databases.settleRows(userId);
    const rows = connection.db.collection('database_rows');
    await rows.dropIndex('_id.user_1_facets_1_name_key_1');
    await expectSameLists(userId, [firstPage, { ...firstPage, sort: { key: 'name', descending: true } }]);
    await rows.createIndex({ '_id.user': 1, facets: 1, name_key: 1 });
  });

  it('are answered from the document until there are rows, which are made behind the first of them', async () => {
    const { databases } = connection.control;
    const { userId } = await newOwnerOf(40, 4);
    expect(await databases.rowsState(userId)).toBe('absent');
    await expectSameLists(userId, [firstPage]);
    await expect.poll(() => connection.db.collection('database_totals').countDocuments({ _id: new ObjectId(userId) })).toBe(1);
    expect(await databases.rowsState(userId)).toBe('right');
    await expectSameLists(userId, [firstPage]);
  });

  it('are answered from the document again where rows were taken away', async () => {
    const { databases } = connection.control;
    const { userId } = await newOwnerOf(40, 5);
    await databases.settleRows(userId);
    await databases.list(userId, firstPage);
    await connection.db.collection('database_totals').deleteMany({});
    await databases.insert(userId, databaseEntry({ id: `later-${userId}` }));
    await expectSameLists(userId, [firstPage, { ...firstPage, limit: 100 }]);
    expect(await databases.rowsState(userId)).toBe('wrong');
    expect(await databases.settleRows(userId)).toBe(true);
    await expectSameLists(userId, [firstPage, { ...firstPage, limit: 100 }]);
  });
});

describe('rows', () => {
  it('are not made for owners of few, whose changes stay one write', async () => {
    const { databases } = connection.control;
    const { userId, entries } = await newOwnerOf(32, 6);
    expect(await databases.settleRows(userId)).toBe(false);
    commands = [];
    await databases.change(userId, entries[0]!.id, { current_size_mb: 7 });
    await databases.insert(userId, databaseEntry({ id: `new-${userId}` }));
    expect(commands.map(({ name, collection }) => `${name} ${collection}`)).toEqual(['update users', 'update users']);
  });

  it('stay right until the last database is gone, and take new ones then', async () => {
    const { databases } = connection.control;
    const { userId, entries } = await newOwnerOf(33, 13);
    await databases.settleRows(userId);
    for (const { id } of entries) await databases.remove(userId, id);
    expect(await databases.rowsState(userId)).toBe('right');
    await databases.insert(userId, databaseEntry({ id: `new-${userId}` }));
    expect(await databases.rowsState(userId)).toBe('right');
    await expectSameLists(userId, [firstPage, { ...firstPage, search: 'new' }]);
  });

  it('are taken away where the entries cannot be read, so that a list says so', async () => {
    const { databases } = connection.control;
    const { userId } = await newOwnerOf(40, 14);
    await databases.settleRows(userId);
    await databases.list(userId, firstPage);
    await connection.db.collection('users').updateOne({ _id: new ObjectId(userId) }, { $set: { 'databases.7.status': 'upside_down' } });
    expect(await databases.settleRows(userId)).toBe(true);
    await expect(databases.list(userId, { ...firstPage, limit: 50 })).rejects.toThrow();
  });

  it('tell the limits of their owner, after a change of those too', async () => {
    const { databases, users } = connection.control;
    const { userId, entries } = await newOwnerOf(40, 10);
    await databases.settleRows(userId);
    await databases.list(userId, firstPage);
    for (const total_quota_mb of [500, 900]) {
      await users.change(userId, { overrides: { total_quota_mb, connection_budget: total_quota_mb / 100 } });
      expect(await databases.limitsOf(userId)).toEqual(await connection.control.transaction((stores) => stores.databases.limitsOf(userId)));
      expect(await databases.rowsState(userId)).toBe('right');
    }
    commands = [];
    await databases.find(userId, entries[39]!.id);
    await databases.limitsOf(userId);
    expect(commands.map(({ collection }) => collection)).not.toContain('users');
  });

  it('take the sizes of many databases with one write of their owner’s document', async () => {
    const { databases } = connection.control;
    const { userId, entries } = await newOwnerOf(60, 11);
    await databases.settleRows(userId);
    commands = [];
    await databases.writeSizes(userId, new Map(entries.map(({ id }, index) => [id, 100 + index])));
    expect(commands.filter(({ name, collection }) => name === 'update' && collection === 'users')).toHaveLength(1);
    const isInUse = ({ status }: DatabaseEntry): boolean => status === 'active' || status === 'migrating';
    expect((await databases.owner(userId))!.databases.map(({ current_size_mb: size }) => size)).toEqual(entries.map((entry, index) => (isInUse(entry) ? 100 + index : entry.current_size_mb)));
    expect(await databases.rowsState(userId)).toBe('right');
  });

  it('are made by two replicas at once, in steps, while the owner goes on', async () => {
    const { databases } = connection.control;
    const { userId } = await newOwnerOf(3000, 7);
    const other = await connectControlDatabase({ uri: cluster.uri, databaseName: connection.db.databaseName });
    try {
      await Promise.all([databases.settleRows(userId), other.control.databases.settleRows(userId), databases.insert(userId, databaseEntry({ id: `new-${userId}` }))]);
    } finally {
      await other.close();
    }
    expect(await databases.rowsState(userId)).toBe('right');
  });

  it.each<[string, (userId: string, id: string) => Promise<unknown>]>([
    ['a row is missing', (userId, id) => connection.db.collection('database_rows').deleteOne({ '_id.user': new ObjectId(userId), '_id.id': id })],
    ['the document was changed by other ways', (userId, id) => connection.db.collection('users').updateOne({ _id: new ObjectId(userId), 'databases.id': id }, { $set: { 'databases.$.name': 'by hand' } })],
    ['the entries stand in another order', async (userId) => {
      const { databases } = (await connection.db.collection('users').findOne({ _id: new ObjectId(userId) }))!;
      await connection.db.collection('users').updateOne({ _id: new ObjectId(userId) }, { $set: { databases: (databases as unknown[]).reverse() } });
    }],
    ['the totals are wrong', (userId) => connection.db.collection('database_totals').updateOne({ _id: new ObjectId(userId) }, { $inc: { 'counts.all': 1 } })],
    ['a text is missing', (userId) => connection.db.collection('database_texts').deleteOne({ '_id.user': new ObjectId(userId) })],
    ['the mark is missing', (userId) => connection.db.collection('users').updateOne({ _id: new ObjectId(userId) }, { $unset: { [rowsMark]: 1 } })],
  ])('are mended where %s', async (_what, spoil) => {
    const { databases } = connection.control;
    const { userId, entries } = await newOwnerOf(50, 8);
    await databases.settleRows(userId);
    expect(await databases.rowsState(userId)).toBe('right');
    await spoil(userId, entries[20]!.id);
    expect(await databases.rowsState(userId)).toBe('wrong');
    expect(await databases.settleRows(userId)).toBe(true);
    expect(await databases.rowsState(userId)).toBe('right');
    await expectSameLists(userId, [firstPage, { ...firstPage, sort: { key: 'name', descending: true } }, { ...firstPage, search: 'shop' }]);
  });

  it('go where the owner’s entries become few others', async () => {
    const { databases, legacyUsers } = connection.control;
    const { userId } = await newOwnerOf(40, 9);
    await databases.settleRows(userId);
    const before = (await legacyUsers.read(await newOwner([])))!.bytes;
    await legacyUsers.restore(userId, before);
    for (const collection of ['database_rows', 'database_texts']) expect(await connection.db.collection(collection).countDocuments({ '_id.user': new ObjectId(userId) })).toBe(0);
    expect(await databases.rowsState(userId)).toBe('right');
    expect(await connection.db.collection('users').findOne({ _id: new ObjectId(userId) })).not.toHaveProperty(rowsMark);
  });
});
