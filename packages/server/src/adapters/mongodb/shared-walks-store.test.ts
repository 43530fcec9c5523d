import { MongoClient, ObjectId } from 'mongodb';
import { describeSharedWalksContract } from '../../ports/shared-walks.contract.fixture.js';
import { startTestCluster } from '../../testing/start-test-cluster.js';
import { MongoSharedWalks } from './shared-walks-store.js';

describeSharedWalksContract('MongoDB', async () => {
  const cluster = await startTestCluster();
  const client = new MongoClient(cluster.uri);
  const db = client.db(`freehold_test_${new ObjectId().toHexString()}`);
  const stop = async (): Promise<void> => {
    await db.dropDatabase();
    await client.close();
    await cluster.stop();
  };
  return { walks: new MongoSharedWalks(db), stop };
});
