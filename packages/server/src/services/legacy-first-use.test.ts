// What users of an earlier platform notice of the new one before they are migrated: nothing.
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStatsCache } from '../adapters/memory/stats-cache.js';
import { MongoUsageHistory } from '../adapters/mongodb/usage-history.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { tenantUri } from '../credentials/tenant-uri.js';
import { legacyDatabaseId } from '../credentials/legacy-database-id.js';
import { startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { bytesOf, legacyReplica, newLegacyUser, type LegacyReplica } from '../testing/legacy-users.fixture.js';
import type { DatabaseService, UsageService } from './contracts.js';
import { createDatabaseService } from './databases.js';
import { createLegacyFirstUse, databasesOfAllUsers, usageOfAllUsers, type LegacyFirstUse } from './legacy-first-use.js';
import { createStatsReader } from './stats-reader.js';
import { createUsageService } from './usage.js';

let plane: ControlPlane;
let legacy: LegacyReplica;
let databases: DatabaseService;
let usage: UsageService;
let firstUse: LegacyFirstUse;

beforeAll(async () => {
  plane = await startControlPlane();
  legacy = legacyReplica(plane);
  const { worker } = legacy;
  firstUse = createLegacyFirstUse(worker);
  const { operations } = plane.replica();
  databases = databasesOfAllUsers(createDatabaseService({
    ...worker, operations, identifiers: systemIdentifiers, platformLimits: {}, largestDatabaseCount: 10, redeployer: { redeploy: async () => undefined },
  } as unknown as Parameters<typeof createDatabaseService>[0]), firstUse);
  const stats = createStatsReader({ clusters: plane.clusters, cache: new MemoryStatsCache(systemClock), clock: systemClock });
  usage = usageOfAllUsers(createUsageService({ control: plane.connection.control, stats, history: new MongoUsageHistory(plane.connection.db), clock: systemClock, platformLimits: {} }), firstUse);
});
afterAll(() => plane.stop());

async function insertInto(uri: string): Promise<string> {
  const client = new MongoClient(uri);
  try {
    await client.db().collection('notes').insertOne({ text: 'x' });
    return client.db().databaseName;
  } finally {
    await client.close();
  }
}

describe('a user who is not migrated', () => {
  it('lists, shows, opens and measures their database, and nothing is written', async () => {
    const user = await newLegacyUser(plane);
    const before = await bytesOf(plane, user.key);
    const { items, total } = await databases.list(user.actor, { limit: 5, offset: 0, sort: 'created_at' });
    expect([total, items]).toMatchObject([1, [{ id: legacyDatabaseId(user.userId), status: 'active', is_default: true, mongo_database: user.mongoName }]]);
    expect(await databases.get(user.actor, items[0]!.id)).toEqual(items[0]);
    expect(await databases.get(user.actor, 'default')).toEqual(items[0]);
    const { connection_uri, password, username } = await databases.connection(user.actor, 'default');
    expect([password, username, await insertInto(connection_uri)]).toEqual([user.password, user.mongoName, user.mongoName]);
    expect(await usage.defaultDatabaseStats(user.actor)).toMatchObject({ database: user.mongoName, collections: 1, objects: 1 });
    expect(await usage.usage(user.actor, 'default', { trend_days: 1 })).toMatchObject({ totals: { documents: 1 } });
    expect(await bytesOf(plane, user.key)).toEqual(before);
  });

  it('has a URI for deployments of apps that name no database', async () => {
    const user = await newLegacyUser(plane);
    const { control } = plane.connection;
    const [entry] = (await control.databases.owner(user.userId))!.databases;
    const uri = await tenantUri({ ...legacy.worker, platformLimits: {} }, user.userId, entry!, 1);
    expect(await insertInto(uri.reveal())).toBe(user.mongoName);
  });

  it('is hidden from strangers', async () => {
    const [user, stranger] = [await newLegacyUser(plane), await newLegacyUser(plane)];
    await expect(databases.get(stranger.actor, legacyDatabaseId(user.userId))).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND' });
  });

  it('is migrated before their first change, which then is made', async () => {
    const user = await newLegacyUser(plane);
    const { database } = await databases.create(user.actor, { name: 'shop', environment: 'development' });
    const { items } = await databases.list(user.actor, { limit: 5, offset: 0, sort: 'created_at' });
    expect(items.map(({ name, is_default, mongo_database }) => [name, is_default, mongo_database])).toEqual([['default', true, user.mongoName], ['shop', false, `user_${user.userId}_${database.id}`]]);
    expect(await legacy.service.get({} as never, 'first-use')).toMatchObject({ state: 'done', outcomes: { migrated: expect.any(Number) } });
    expect((await legacy.service.log({} as never, 'first-use', { limit: 5, offset: 0, user_id: user.userId })).items).toMatchObject([{ outcome: 'migrated' }]);
  });

  it('changes and rotates what they have under the id they saw before', async () => {
    const user = await newLegacyUser(plane);
    const id = legacyDatabaseId(user.userId);
    expect(await databases.update(user.actor, 'default', { description: 'mine' })).toMatchObject({ id, description: 'mine' });
    const { connectionUri } = await databases.rotateCredentials(user.actor, id, { grace_seconds: 0, strategy: 'overlap' } as never);
    expect(await insertInto(connectionUri.reveal())).toBe(user.mongoName);
  });

  it('and cannot be migrated may go on reading, and is told why changes are refused', async () => {
    const user = await newLegacyUser(plane, { roles: [{ role: 'readWrite', db: 'elsewhere' }] });
    await expect(databases.create(user.actor, { name: 'shop', environment: 'development' })).rejects.toMatchObject({ code: 'LEGACY_USER_NOT_MIGRATED', details: { findings: ['WRONG_ROLES'] } });
    expect((await databases.list(user.actor, { limit: 5, offset: 0, sort: 'created_at' })).total).toBe(1);
  });
});

describe('the name default', () => {
  it('stands for the default database of everybody, and for none where there is none', async () => {
    const actor = await plane.newActor();
    await expect(databases.get(actor, 'default')).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND' });
    const { database } = await databases.create(actor, { name: 'shop', environment: 'development' });
    expect((await databases.get(actor, 'default')).id).toBe(database.id);
    // Its limit is counted by the id in the address: another name for it would be a second one.
    await expect(databases.rotateCredentials(actor, 'default', { grace_seconds: 0, strategy: 'overlap' } as never)).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND' });
  });
});
