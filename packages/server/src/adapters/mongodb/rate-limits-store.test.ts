import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { itKeepsRateLimits } from '../../ports/rate-limits.contract.fixture.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { MongoRateLimitStore } from './rate-limits-store.js';

const databaseName = `freehold_limits_${process.pid}`;
let cluster: TestCluster;
let clients: readonly [MongoClient, MongoClient];

beforeAll(async () => {
  cluster = await startTestCluster();
  clients = [new MongoClient(cluster.uri), new MongoClient(cluster.uri)];
  await new MongoRateLimitStore(clients[0].db(databaseName)).prepare();
});

afterAll(async () => {
  await clients[0].db(databaseName).dropDatabase();
  await Promise.all(clients.map((client) => client.close()));
  await cluster.stop();
});

itKeepsRateLimits(() => [new MongoRateLimitStore(clients[0].db(databaseName)), new MongoRateLimitStore(clients[1].db(databaseName))]);

it('lets the database remove windows that have ended', async () => {
  const indexes = await clients[0].db(databaseName).collection('rate_limits').indexes();
  expect(indexes).toContainEqual(expect.objectContaining({ key: { resets_at: 1 }, expireAfterSeconds: 0 }));
});
