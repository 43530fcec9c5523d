import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { databaseEntry } from '../domain/database-entry.fixture.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import { connectControlPlane, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { enforceQuotas } from './enforce-quotas.js';

const roundMs = 15_000;
/** Within this a quota is to take effect. */
const promiseMs = 60_000;
let time = new Date('2100-01-01T00:00:00Z').getTime();

let first: ControlPlane;
let planes: ControlPlane[];
beforeAll(async () => {
  first = await startControlPlane();
  const { databaseName } = first.connection.db;
  planes = [first, await connectControlPlane(first.testCluster, databaseName), await connectControlPlane(first.testCluster, databaseName)];
});
afterAll(async () => {
  await Promise.all(planes.slice(1).map((plane) => plane.stop()));
  await first.stop();
});

function jobOf(plane: ControlPlane, clusters: ClusterDirectory = plane.clusters) {
  const { journal, operations } = plane.replica({ clusters });
  const { control, db } = plane.connection;
  return enforceQuotas({ control, clusters, journal, operations, events: { emit: () => undefined }, walks: new MongoSharedWalks(db), clock: { now: () => new Date(time) } });
}

const { signal } = new AbortController();

describe('three replicas', () => {
  it('measure each database with a quota once in a round, together', async () => {
    for (let owner = 0; owner < 130; owner += 1) {
      await first.newActor({ databases: [databaseEntry({ id: `many${owner}`, mongo_database: `many_${owner}`, quota_mb: 10 })] });
    }
    const measured: string[] = [];
    const counting = planes.map((plane) => jobOf(plane, withFaults(plane.clusters, (method) => void measured.push(method))));
    await Promise.all(counting.map((job) => job.run(signal)));
    expect(measured).toHaveLength(130);
    await Promise.all(counting.map((job) => job.run(signal)));
    expect(measured).toHaveLength(130);
    time += roundMs;
    await Promise.all(counting.map((job) => job.run(signal)));
    expect(measured).toHaveLength(260);
  });

  it('take over what one of them took and never finished, both ways, within a minute', async () => {
    const replica = first.replica();
    const actor = await first.newActor();
    const { connectionUri } = await replica.databases.create(actor, { name: 'shop', environment: 'development', quota_mb: 1 });
    const client = new MongoClient(connectionUri.reveal(), { maxPoolSize: 1 });
    const filled = client.db().collection('filled');
    const mayWrite = async (): Promise<boolean> => filled.insertOne({ more: 1 }).then(() => true, () => false);
    const dying = jobOf(planes[0]!, withFaults(planes[0]!.clusters, () => { throw new Error('the process is gone'); }));
    const others = [jobOf(planes[1]!), jobOf(planes[2]!)];

    /** The first replica takes every page of a round and finishes none; the others look again until it took effect. */
    const secondsUntil = async (isDone: () => Promise<boolean>): Promise<number> => {
      time += roundMs;
      const from = time;
      await dying.run(signal).catch(() => undefined);
      while (time - from < promiseMs) {
        await Promise.all(others.map((job) => job.run(signal)));
        if (await isDone()) break;
        time += 5_000;
      }
      return (time - from) / 1000;
    };
    await filled.insertMany(Array.from({ length: 15 }, (_, index) => ({ index, text: 'x'.repeat(100_000) })));
    expect(await secondsUntil(async () => !(await mayWrite()))).toBeLessThanOrEqual(15);
    await filled.deleteMany({});
    await client.db().command({ compact: 'filled', force: true });
    expect(await secondsUntil(mayWrite)).toBeLessThanOrEqual(15);
    await client.close();
  });
});
