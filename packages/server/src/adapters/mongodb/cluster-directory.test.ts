import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.js';
import type { ClusterRecord } from '../../ports/clusters.js';
import { Outage } from '../../ports/failures.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { startTcpProxy, type TcpProxy } from '../../testing/tcp-proxy.fixture.js';
import { MongoClusterDirectory } from './cluster-directory.js';
import { MongoCluster } from './cluster.js';

const keyring = { currentKeyId: 'k', encrypt: (text: string) => text, decrypt: (text: string) => text.replace(/^again:/u, ''), isCurrent: () => true };

function record(id: string, uriEncrypted: string, fields: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    id, name: id, uriEncrypted, hosts: [], publicHosts: null, userLimit: 1, byteLimit: null, connectionLimit: null, acceptsNewDatabases: true,
    userCount: 0, foreignUserCount: 0, createdAt: null, probe: null, measurement: null, ...fields,
  };
}

function directoryOf(records: Map<string, ClusterRecord>): MongoClusterDirectory {
  const primary = new MongoCluster({ id: 'primary', uri: 'mongodb://127.0.0.1:1/' });
  return new MongoClusterDirectory({ store: { find: (id) => Promise.resolve(records.get(id)) }, keyring, primary, installationId: 'ours' });
}

describe('the directory of clusters', () => {
  it('knows the one it was started with, finds those of the register, and says which it does not know', async () => {
    const directory = directoryOf(new Map([['second', record('second', 'mongodb://127.0.0.1:2/')]]));
    expect((await directory.cluster('primary')).publicAddress.hosts).toEqual(['127.0.0.1:1']);
    const second = await directory.cluster('second');
    expect(second.publicAddress.hosts).toEqual(['127.0.0.1:2']);
    expect(await directory.cluster('second')).toBe(second);
    await expect(directory.cluster('third')).rejects.toMatchObject({ code: 'CLUSTER_UNKNOWN' });
    await directory.close();
  });

  it('follows what the register says: other address, other key, gone, and registered again', async () => {
    const records = new Map([['a', record('a', 'mongodb://127.0.0.1:2/')]]);
    const directory = directoryOf(records);
    const refresh = () => directory.refresh(() => Promise.resolve([...records.values()]));
    const first = await directory.cluster('a');
    records.set('a', record('a', 'again:mongodb://127.0.0.1:2/'));
    await refresh();
    expect(await directory.cluster('a')).toBe(first);
    records.set('a', record('a', 'mongodb://127.0.0.1:3/'));
    await refresh();
    expect((await directory.cluster('a')).publicAddress.hosts).toEqual(['127.0.0.1:3']);
    records.set('a', record('a', 'mongodb://127.0.0.1:3/', { publicHosts: 'db.example.com:27017' }));
    await refresh();
    expect((await directory.cluster('a')).publicAddress.hosts).toEqual(['db.example.com:27017']);
    records.clear();
    await refresh();
    await expect(directory.cluster('a')).rejects.toMatchObject({ code: 'CLUSTER_UNKNOWN' });
    records.set('a', record('a', 'mongodb://127.0.0.1:4/'));
    expect((await directory.cluster('a')).publicAddress.hosts).toEqual(['127.0.0.1:4']);
    await directory.close();
  });

  it.each(['', 'postgres://a:secret@b/', 'mongodb://a:secret@/', 'mongodb://a:se/cret@b:99999999/'])('refuses %j, and repeats nothing of it', async (uri) => {
    const directory = directoryOf(new Map());
    const refusal = (work: () => unknown): unknown => {
      try {
        return work();
      } catch (error) {
        return error;
      }
    };
    for (const error of [refusal(() => directory.hostsOf(new Secret(uri))), refusal(() => directory.open({ id: 'x', uri: new Secret(uri), publicHosts: null }))]) {
      expect(error).toMatchObject({ name: 'PermanentFailure', code: 'URI_INVALID' });
      expect((error as Error).message).not.toContain('secret');
      expect((error as Error).cause).toBeUndefined();
    }
    await directory.close();
  });

  it('names hosts with their ports', () => {
    const directory = directoryOf(new Map());
    expect(directory.hostsOf(new Secret('mongodb://u:p@A.example.com,b.example.com:27018/?replicaSet=r'))).toEqual(['a.example.com:27017', 'b.example.com:27018']);
    expect(directory.hostsOf(new Secret('mongodb+srv://u:p@Cluster.example.com/'))).toEqual(['cluster.example.com']);
  });
});

describe('a cluster that is cut off', () => {
  let testCluster: TestCluster;
  let proxy: TcpProxy;
  let uri: string;
  beforeAll(async () => {
    testCluster = await startTestCluster();
    const { port } = new URL(testCluster.uri);
    proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(port) });
    uri = testCluster.uri.replace(`:${port}/`, `:${proxy.port}/`);
  });
  afterAll(async () => {
    await proxy.stop();
    await testCluster.stop();
  });

  async function refusedAtOnce(cluster: MongoCluster): Promise<void> {
    const refusals = await Promise.allSettled(Array.from({ length: 50 }, () => cluster.countUsers()));
    expect(refusals.every((refusal) => refusal.status === 'rejected' && refusal.reason instanceof Outage)).toBe(true);
    expect(cluster.contact).toBe('away');
  }

  it('costs one call the wait, refuses the others at once, and is there again when it is back', async () => {
    const cluster = new MongoCluster({ id: 'second', uri: `${uri}&serverSelectionTimeoutMS=300` });
    expect(cluster.contact).toBe('untried');
    await cluster.countUsers();
    expect(cluster.contact).toBe('present');
    await proxy.cut();
    await expect.poll(() => cluster.contact).toBe('interrupted');
    await expect(cluster.countUsers()).rejects.toMatchObject({ name: 'TransientFailure' });
    await refusedAtOnce(cluster);
    await proxy.mend();
    await expect.poll(() => cluster.countUsers().catch(() => undefined), { timeout: 5_000 }).toBeGreaterThan(0);
    await cluster.close();
  });

  it('is found when it comes back, where it has never answered before', async () => {
    await proxy.cut();
    const cluster = new MongoCluster({ id: 'second', uri: `${uri}&serverSelectionTimeoutMS=300` });
    await expect(cluster.countUsers()).rejects.toMatchObject({ name: 'TransientFailure' });
    await refusedAtOnce(cluster);
    await proxy.mend();
    await expect.poll(() => cluster.countUsers().catch(() => undefined), { timeout: 5_000 }).toBeGreaterThan(0);
    expect(cluster.contact).toBe('present');
    await cluster.close();
  });

  it('by a network that swallows everything is noticed too, by the call that hangs in it', async () => {
    const cluster = new MongoCluster({ id: 'second', uri: `${uri}&serverSelectionTimeoutMS=300&heartbeatFrequencyMS=500&connectTimeoutMS=500` });
    await cluster.countUsers();
    proxy.stall();
    await expect(cluster.countUsers()).rejects.toMatchObject({ name: 'TransientFailure' });
    await expect.poll(() => cluster.countUsers().then(() => 'present', () => cluster.contact), { timeout: 5_000 }).toBe('away');
    await refusedAtOnce(cluster);
    await proxy.mend();
    await expect.poll(() => cluster.countUsers().catch(() => undefined), { timeout: 5_000 }).toBeGreaterThan(0);
    await cluster.close();
  });
});
