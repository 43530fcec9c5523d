import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotReady } from '../../ports/readiness.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { probeWrites } from './write-probe.js';

describe('a look whether the control database takes writes', () => {
  let cluster: TestCluster;
  let root: MongoClient;
  const database = `freehold_test_probe_${process.pid}`;

  beforeAll(async () => {
    cluster = await startTestCluster();
    root = await MongoClient.connect(cluster.uri);
  });
  afterAll(async () => {
    await root.db(database).dropDatabase();
    await root.close();
    await cluster.stop();
  });

  it('writes once for all who ask at the same time, and again later', async () => {
    let now_ms = 0;
    const probe = probeWrites(root.db(database), 1000, () => now_ms);
    const written = async (): Promise<unknown> => (await root.db(database).collection('readiness').findOne())?.['at'];
    await Promise.all([probe(), probe()]);
    const first = await written();
    await root.db(database).collection('readiness').deleteMany({});
    await probe();
    expect(await written()).toBeUndefined();
    now_ms = 1000;
    await probe();
    expect([first, await written()]).toEqual([expect.any(Date), expect.any(Date)]);
  });

  it('says that one may not write', async () => {
    const user = `reader_${process.pid}`;
    await root.db(database).command({ createUser: user, pwd: 'reads only', roles: [{ role: 'read', db: database }] });
    const { host } = new URL(cluster.uri);
    const reader = await MongoClient.connect(`mongodb://${user}:${encodeURIComponent('reads only')}@${host}/?authSource=${database}`);
    try {
      await expect(probeWrites(reader.db(database), 0)()).rejects.toEqual(new NotReady('refuses to be written to'));
    } finally {
      await reader.close();
      await root.db(database).command({ dropUser: user });
    }
  });
});
