import { MongoClient, ObjectId } from 'mongodb';
import { describeContentsContract } from '../../ports/database-contents.contract.fixture.js';
import { startTestCluster } from '../../testing/start-test-cluster.js';
import { MongoCluster } from './cluster.js';

describeContentsContract('MongoDB', async () => {
  const testCluster = await startTestCluster();
  const cluster = new MongoCluster({ id: 'primary', uri: testCluster.uri });
  const databases: string[] = [];
  return {
    contents: () => {
      const name = `contents_${new ObjectId().toHexString()}`;
      databases.push(name);
      return cluster.contents(name);
    },
    stop: async () => {
      const root = new MongoClient(testCluster.uri);
      await Promise.all(databases.map((name) => root.db(name).dropDatabase()));
      await Promise.all([root.close(), cluster.close()]);
      await testCluster.stop();
    },
  };
});
