import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { MongoUsageHistory } from '../adapters/mongodb/usage-history.js';
import { databaseEntry } from '../domain/database-entry.fixture.js';
import type { PlatformEvent } from '../ports/events.js';
import { TransientFailure } from '../ports/failures.js';
import { startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { collectSizes } from './collect-sizes.js';

const hour = 3_600_000;
const { signal } = new AbortController();

let plane: ControlPlane;
let history: MongoUsageHistory;
let walks: MongoSharedWalks;
let root: MongoClient;
let time: Date;
const events: PlatformEvent[] = [];

beforeAll(async () => {
  plane = await startControlPlane();
  history = new MongoUsageHistory(plane.connection.db);
  walks = new MongoSharedWalks(plane.connection.db);
  root = new MongoClient(plane.testCluster.uri);
  time = new Date('2100-01-01T10:52:30Z');
});
afterAll(async () => {
  await root.close();
  await plane.stop();
});

function job(clusters = plane.clusters) {
  return collectSizes({ control: plane.connection.control, clusters, history, walks, events: { emit: (event) => void events.push(event) }, clock: { now: () => time } });
}

function advance(milliseconds: number): void {
  time = new Date(time.getTime() + milliseconds);
}

function counting() {
  const measured: string[] = [];
  const clusters = withFaults(plane.clusters, (method) => void measured.push(method));
  return { measured, clusters };
}

/** An owner with databases of these ids, the first of which has documents. */
async function newOwner(...databaseIds: string[]): Promise<string> {
  const databases = databaseIds.map((id) => databaseEntry({ id, name: id, cluster_id: 'primary', mongo_database: `sizes_${id}`, status: 'active', current_size_mb: 0 }));
  const { userId } = await plane.newActor({ databases });
  await root.db(`sizes_${databaseIds[0]!}`).collection('filled').insertMany(Array.from({ length: 500 }, (_, index) => ({ index, text: 'x'.repeat(1000) })));
  return userId;
}

const sizeOf = async (userId: string, databaseId: string): Promise<number> => (await plane.connection.control.databases.find(userId, databaseId))!.entry.current_size_mb;

describe('collecting sizes', () => {
  it('writes them into entries and into the history, of every database', async () => {
    const [ada, bob] = [await newOwner('ada1', 'ada2'), await newOwner('bob1')];
    await job().run(signal);
    expect(await sizeOf(ada, 'ada1')).toBeGreaterThan(0.4);
    expect(await sizeOf(ada, 'ada2')).toBe(0);
    expect(await sizeOf(bob, 'bob1')).toBeGreaterThan(0.4);
    const { five_minutes, hour: hourly, day } = await history.samplesOf('ada1', new Date(0));
    expect(five_minutes).toEqual([{ at: new Date('2100-01-01T10:50:00Z'), bytes: expect.any(Number), documents: 500 }]);
    expect([hourly, day]).toEqual([five_minutes, five_minutes]);
  });

  it('measures nothing again before 5 minutes have passed', async () => {
    const { measured, clusters } = counting();
    await job(clusters).run(signal);
    expect(measured).toEqual([]);
  });

  it('keeps each further round finely, and the first of an hour and of a day for longer', async () => {
    const lengths = async (): Promise<number[]> => Object.values(await history.samplesOf('ada1', new Date(0))).map((samples) => samples.length);
    advance(5 * 60_000);
    await job().run(signal);
    expect(await lengths()).toEqual([2, 1, 1]);
    advance(5 * 60_000);
    await job().run(signal);
    expect(await lengths()).toEqual([3, 2, 1]);
    advance(14 * hour);
    await job().run(signal);
    expect(await lengths()).toEqual([4, 3, 2]);
  });

  it('is shared by replicas: together they measure each database once', async () => {
    for (let owner = 0; owner < 120; owner += 1) {
      await plane.newActor({ databases: [databaseEntry({ id: `many${owner}`, cluster_id: 'primary', mongo_database: `sizes_many${owner}`, status: 'active' })] });
    }
    advance(5 * 60_000);
    const { measured, clusters } = counting();
    await Promise.all([job(clusters), job(clusters), job(clusters)].map((each) => each.run(signal)));
    expect(measured).toHaveLength(123);
    expect((await walks.round('sizes'))?.isDone).toBe(true);
  });

  it('goes on after a replica that died in the middle of a round', async () => {
    advance(5 * 60_000);
    const controller = new AbortController();
    const dying = withFaults(plane.clusters, () => controller.abort());
    await job(dying).run(controller.signal);
    expect((await walks.round('sizes'))?.isDone).toBe(false);
    const { measured, clusters } = counting();
    await job(clusters).run(signal);
    expect(measured.length).toBeGreaterThan(0);
    expect(measured.length).toBeLessThan(123);
    expect((await walks.round('sizes'))?.isDone).toBe(true);
  });

  it('warns once a day where a quota will be full within a week', async () => {
    const owner = await newOwner('filling');
    const { bytes } = await (await plane.clusters.cluster('primary')).databaseSize('sizes_filling');
    await plane.connection.control.databases.change(owner, 'filling', { quota_mb: 1 });
    advance(24 * hour);
    const past = Array.from({ length: 72 }, (_, index) => ({ databaseId: 'filling', at: new Date(time.getTime() - (72 - index) * hour), bytes: bytes - (72 - index) * 5000, documents: 1 }));
    await history.record(past, ['hour']);
    await job().run(signal);
    advance(5 * 60_000);
    await job().run(signal);
    const told = events.filter(({ name }) => name === 'quota.forecast');
    expect(told).toEqual([{ name: 'quota.forecast', userId: owner, databaseId: 'filling', daysLeft: expect.any(Number), growthBytesPerDay: 120_000, confidence: expect.stringMatching(/high|medium/u) }]);
  });

  it('does not ask a cluster again that does not answer, says so, and ends the round', async () => {
    advance(5 * 60_000);
    let asked = 0;
    const silent = withFaults(plane.clusters, () => {
      asked += 1;
      throw new TransientFailure('HostUnreachable', 'away');
    });
    await expect(job(silent).run(signal)).rejects.toThrow('could not be measured');
    expect(asked).toBeLessThanOrEqual(8);
    expect((await walks.round('sizes'))?.isDone).toBe(true);
  });
});
