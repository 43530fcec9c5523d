import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStatsCache } from '../adapters/memory/stats-cache.js';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { MongoUsageHistory } from '../adapters/mongodb/usage-history.js';
import { collectSizes } from '../jobs/collect-sizes.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import type { Actor, UsageService } from './contracts.js';
import { createStatsReader } from './stats-reader.js';
import { createUsageService } from './usage.js';

let plane: ControlPlane;
let replica: Replica;
let service: UsageService;
const clock = movableClock();

beforeAll(async () => {
  plane = await startControlPlane();
  replica = plane.replica();
  const stats = createStatsReader({ clusters: plane.clusters, cache: new MemoryStatsCache(clock), clock });
  service = createUsageService({ control: plane.connection.control, stats, history: new MongoUsageHistory(plane.connection.db), clock, platformLimits: { connection_budget: 40 } });
});
afterAll(() => plane.stop());

async function collect(): Promise<void> {
  const { connection: { control, db }, clusters } = plane;
  await collectSizes({ control, clusters, history: new MongoUsageHistory(db), walks: new MongoSharedWalks(db), events: { emit: () => undefined }, clock }).run(new AbortController().signal);
}

async function addApp({ userId }: Actor, appId: string, databaseId: string | null): Promise<void> {
  const now = new Date();
  await plane.connection.control.apps.insert({
    _id: appId, user_id: userId, name: appId, database_id: databaseId, deployer: 'process', spec: null, status: 'running', status_message: null, created_at: now, updated_at: now, last_deployed_at: null,
  });
}

describe('the usage of a database', () => {
  it('tells collections, totals, trend, apps, connections and quota', async () => {
    const actor = await plane.newActor();
    const { database, connectionUri } = await replica.databases.create(actor, { name: 'shop', environment: 'development', quota_mb: 10 });
    await addApp(actor, 'storefront', database.id);
    await addApp(actor, 'report', null);
    const client = new MongoClient(connectionUri.reveal());
    try {
      await client.db().collection('orders').insertMany(Array.from({ length: 1000 }, (_, index) => ({ index, text: 'x'.repeat(1000) })));
      await client.db().collection('orders').createIndex({ index: 1 });
      await client.db().collection('customers').insertOne({ name: 'Ada' });
      await collect();
      clock.advance(5 * 60_000);
      await collect();
      const usage = await service.usage(actor, database.id, { trend_days: 14 });
      expect(usage.collections).toMatchObject([{ name: 'orders', documents: 1000, indexes: 2 }, { name: 'customers', documents: 1, indexes: 1 }]);
      expect(usage.totals).toMatchObject({ collections: 2, documents: 1001, total_size: usage.totals.storage_size + usage.totals.index_size });
      expect(usage.totals.data_size).toBeGreaterThan(1_000_000);
      expect(usage.trend.map(({ documents }) => documents)).toEqual([1001, 1001]);
      expect(usage.apps).toEqual([{ id: 'storefront', name: 'storefront', status: 'running' }, { id: 'report', name: 'report', status: 'running' }]);
      expect(usage.connections).toEqual({ open: expect.any(Number), budget: 40 });
      expect(usage.connections.open).toBeGreaterThan(0);
      expect(usage.quota).toEqual({ quota_mb: 10, used_mb: expect.any(Number), used_percent: expect.closeTo(usage.quota.used_mb * 10, 1) });
      expect((await replica.databases.get(actor, database.id)).current_size_mb).toBe(usage.quota.used_mb);
    } finally {
      await client.close();
    }
  });

  it('has no share of a quota where there is none, and no apps of the default where it is not that', async () => {
    const actor = await plane.newActor();
    await replica.databases.create(actor, { name: 'first', environment: 'development' });
    const { database } = await replica.databases.create(actor, { name: 'second', environment: 'development' });
    await addApp(actor, 'uses default', null);
    const usage = await service.usage(actor, database.id, { trend_days: 1 });
    expect(usage).toMatchObject({ collections: [], trend: [], apps: [], quota: { quota_mb: null, used_percent: null } });
  });

  it('of a stranger’s database and of an absent one is refused alike', async () => {
    const [owner, stranger] = [await plane.newActor(), await plane.newActor()];
    const { database } = await replica.databases.create(owner, { name: 'shop', environment: 'development' });
    for (const id of [database.id, 'ffffffff']) await expect(service.usage(stranger, id, { trend_days: 1 })).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND' });
  });
});

describe('the stats of the default database', () => {
  it('have the fields of the older endpoint', async () => {
    const actor = await plane.newActor();
    await replica.databases.create(actor, { name: 'first', environment: 'development' });
    const { database } = await replica.databases.create(actor, { name: 'second', environment: 'development', is_default: true });
    expect(await service.defaultDatabaseStats(actor)).toEqual({
      database_id: database.id, database: database.mongo_database, collections: 0, objects: 0, data_size: 0, storage_size: expect.any(Number), index_size: expect.any(Number), as_of: expect.any(String),
    });
  });

  it('are refused where there is no database', async () => {
    await expect(service.defaultDatabaseStats(await plane.newActor())).rejects.toMatchObject({ code: 'NO_DATABASE_AVAILABLE' });
  });
});
