// What exporters of metrics ask a server for, as the user that they are told to make: `clusterMonitor`, and `read` on `local`.
import type { Document, Timestamp } from 'bson';
import type { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';

let under: EngineUnderTest;
let exporter: MongoClient;

beforeAll(async () => {
  under = await engineUnderTest();
  const root = await under.clientOf(rootUser.user, rootUser.password);
  await root.db('shop').collection('orders').insertMany([{ a: 1 }, { a: 2 }]);
  await root.db('shop').collection('orders').find({ a: 1 }).toArray();
  await root.db('admin').command({ createUser: 'exporter', pwd: 'p', roles: ['clusterMonitor', { role: 'read', db: 'local' }] });
  exporter = await under.clientOf('exporter', 'p');
});

afterAll(async () => {
  await under.close();
});

const number = expect.any(Number) as unknown;
const date = expect.any(Date) as unknown;
const admin = (command: Document): Promise<Document> => exporter.db('admin').command(command);

describe('an exporter', () => {
  it('reads everything about the server in one go', async () => {
    const { data } = await admin({ getDiagnosticData: 1 });
    expect(data).toMatchObject({
      start: date, end: date,
      serverStatus: {
        start: date, end: date, uptime: number, connections: { current: number, available: number }, mem: { resident: number }, network: { bytesIn: number },
        opcounters: { insert: number, query: number }, opcountersRepl: { insert: number }, asserts: { user: number }, globalLock: { currentQueue: { total: number } },
        metrics: { document: { inserted: number }, cursor: { open: { total: number } }, ttl: { passes: number } }, transactions: { totalStarted: number }, repl: { setName: 'rs0' },
      },
      replSetGetStatus: { myState: 1, members: [{ stateStr: 'PRIMARY', optimeDate: date }] },
      'local.oplog.rs.stats': { count: number, size: number, maxSize: number, capped: true },
      systemMetrics: { cpu: { user_ms: number }, memory: { MemTotal_kb: number } },
    });
  });

  it.each<[string, Document]>([
    ['the state of the replica set', { replSetGetStatus: 1 }],
    ['its configuration', { replSetGetConfig: 1 }],
    ['times by collection', { top: 1 }],
    ['running operations', { currentOp: true, active: true, microsecs_running: { $exists: true } }],
    ['the version of features', { getParameter: 1, featureCompatibilityVersion: 1 }],
    ['how the server was started', { getCmdLineOpts: 1 }],
    ['what it is built of', { buildInfo: 1 }],
    ['the machine', { hostInfo: 1 }],
    ['pools of connections', { connPoolStats: 1 }],
    ['the status without sections', { serverStatus: 1, repl: 0, metrics: 0 }],
  ])('reads %s', async (_name, command) => {
    expect(await admin(command)).toMatchObject({ ok: 1 });
  });

  it('reads the sizes of databases, and of collections with their indexes and latencies', async () => {
    expect(await exporter.db('shop').command({ dbStats: 1, freeStorage: 1, scale: 1 })).toMatchObject({ collections: 1, objects: 2, fsTotalSize: number, fsUsedSize: number });
    const orders = exporter.db('shop').collection('orders');
    expect(await orders.aggregate([{ $collStats: { latencyStats: { histograms: true }, storageStats: { scale: 1 } } }]).toArray()).toMatchObject([{ ns: 'shop.orders', storageStats: { count: 2, size: number, nindexes: 1 }, latencyStats: { reads: { ops: number } } }]);
    expect(await orders.aggregate([{ $indexStats: {} }]).toArray()).toMatchObject([{ name: '_id_', accesses: { ops: number } }]);
    expect(await exporter.db('shop').collection('system.profile').countDocuments()).toBe(0);
    expect(await rejection(orders.findOne())).toMatchObject({ code: 13 });
  });

  it('reads the first and the last time of the oplog', async () => {
    const oplog = exporter.db('local').collection('oplog.rs');
    const timeOf = async (direction: 1 | -1): Promise<Timestamp> => (await oplog.find().sort({ $natural: direction }).limit(1).toArray())[0]!['ts'] as Timestamp;
    expect((await timeOf(-1)).greaterThan(await timeOf(1))).toBe(true);
  });
});
