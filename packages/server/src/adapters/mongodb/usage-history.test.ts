import { MongoClient, ObjectId } from 'mongodb';
import { describeUsageHistoryContract } from '../../ports/usage-history.contract.fixture.js';
import { startTestCluster } from '../../testing/start-test-cluster.js';
import { MongoUsageHistory } from './usage-history.js';

describeUsageHistoryContract('MongoDB', async () => {
  const cluster = await startTestCluster();
  const client = new MongoClient(cluster.uri);
  const db = client.db(`freehold_test_${new ObjectId().toHexString()}`);
  const history = new MongoUsageHistory(db);
  await history.prepare();
  const stop = async (): Promise<void> => {
    await db.dropDatabase();
    await client.close();
    await cluster.stop();
  };
  return { history, stop };
});
