import { MongoClient, MongoServerError, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { describeClusterContract, type TenantAction, type TenantUnderTest } from '../../ports/cluster.contract.fixture.js';
import { startTestCluster } from '../../testing/start-test-cluster.js';
import { MongoCluster } from './cluster.js';

async function connectTenant(uri: string, username: string, password: string, database: string): Promise<TenantUnderTest> {
  const client = new MongoClient(uri, { auth: { username, password }, authSource: 'admin', maxPoolSize: 1 });
  const db = client.db(database);
  const things = db.collection('things');
  const actions: Readonly<Record<TenantAction, () => Promise<unknown>>> = {
    insert: () => things.insertOne({ a: 1 }),
    update: () => things.updateOne({ a: 1 }, { $set: { b: 'x' } }, { upsert: true }),
    create_collection: () => db.createCollection(`made_${new ObjectId().toHexString()}`),
    create_index: () => things.createIndex({ b: 1 }),
    find: () => things.find({ a: 1 }).toArray(),
    list_collections: () => db.listCollections().toArray(),
    list_indexes: () => things.listIndexes().toArray(),
    database_stats: () => db.stats(),
    collection_stats: () => things.aggregate([{ $collStats: { storageStats: {} } }]).toArray(),
    compact: () => db.command({ compact: 'things', force: true }),
    drop_index: () => things.dropIndex('b_1'),
    remove: () => things.deleteMany({ c: 1 }),
    find_and_remove: () => things.findOneAndDelete({ a: 1 }),
    drop_collection: () => things.drop(),
    drop_database: () => db.dropDatabase(),
  };
  const attempt = async (action: TenantAction): Promise<'allowed' | 'refused'> => {
    try {
      await actions[action]();
      return 'allowed';
    } catch (error) {
      if (error instanceof MongoServerError && error.code === 13) return 'refused';
      throw error;
    }
  };
  return { attempt, leave: () => client.close() };
}

describeClusterContract('MongoDB', async () => {
  const testCluster = await startTestCluster();
  const root = new MongoClient(testCluster.uri);
  const cluster = new MongoCluster({ id: 'primary', uri: testCluster.uri });
  return {
    cluster,
    makeForeignUser: async (username) => {
      await root.db('admin').command({ createUser: username, pwd: 'x', roles: [], customData: { freehold: 'not ours' } });
    },
    fill: async (database, collections) => {
      const db = root.db(database);
      for (const [name, count] of Object.entries(collections)) {
        await db.createCollection(name);
        if (count > 0) await db.collection(name).insertMany(Array.from({ length: count }, (_, index) => ({ index, text: 'x'.repeat(100) })));
      }
      await db.createCollection('overview', { viewOn: Object.keys(collections)[0]!, pipeline: [] });
    },
    connectAs: async (username, password) => {
      const client = new MongoClient(testCluster.uri, { auth: { username, password: password.reveal() } });
      await client.db('admin').command({ ping: 1 });
      return () => client.close();
    },
    tenant: (username, password, database) => connectTenant(testCluster.uri, username, password.reveal(), database),
    stop: async () => {
      await Promise.all([root.close(), cluster.close()]);
      await testCluster.stop();
    },
  };
});

describe('a cluster that is not there', () => {
  it('fails in a way that may pass', async () => {
    const cluster = new MongoCluster({ id: 'away', uri: 'mongodb://root:pw@127.0.0.1:1/?serverSelectionTimeoutMS=50' });
    await expect(cluster.findDatabaseUser('a')).rejects.toMatchObject({ name: 'TransientFailure' });
    await cluster.close();
  });
});
