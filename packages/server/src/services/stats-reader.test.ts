import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStatsCache } from '../adapters/memory/stats-cache.js';
import { TransientFailure } from '../ports/failures.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { createStatsReader, type StatsReader } from './stats-reader.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

const minute = 60_000;
const database = { id: 'd', cluster_id: 'primary', mongo_database: 'stats_reader', mongo_username: 'stats_reader' };

function watched() {
  const calls: string[] = [];
  let fault: Error | undefined;
  const clock = movableClock();
  const clusters = withFaults(plane.clusters, (method) => {
    calls.push(method);
    if (fault !== undefined) throw fault;
  });
  const cache = new MemoryStatsCache(clock);
  const reader = (): StatsReader => createStatsReader({ clusters, cache, clock });
  return { clock, reader, measurements: () => calls.filter((call) => call === 'databaseSize').length, failWith: (error: Error | undefined) => void (fault = error) };
}

describe('sizes of a database', () => {
  it('are measured once, however many ask at once', async () => {
    const { reader, measurements } = watched();
    const { read } = reader();
    const answers = await Promise.all(Array.from({ length: 50 }, () => read(database)));
    expect(measurements()).toBe(1);
    expect(new Set(answers.map(({ takenAt }) => takenAt.getTime())).size).toBe(1);
  });

  it('are measured once by several replicas with one cache', async () => {
    const { reader, measurements } = watched();
    const replicas = Array.from({ length: 5 }, reader);
    await Promise.all(replicas.flatMap(({ read }) => Array.from({ length: 10 }, () => read(database))));
    expect(measurements()).toBe(1);
  });

  it('are kept for 5 minutes, and measured anew behind the back of whoever asks in the last of them', async () => {
    const { clock, reader, measurements } = watched();
    const { read, idle } = reader();
    const first = await read(database);
    clock.advance(3 * minute);
    expect((await read(database)).takenAt).toEqual(first.takenAt);
    expect(measurements()).toBe(1);
    clock.advance(1.5 * minute);
    const stale = await Promise.all(Array.from({ length: 50 }, () => read(database)));
    expect(stale.every(({ takenAt }) => takenAt.getTime() === first.takenAt.getTime())).toBe(true);
    await idle();
    expect(measurements()).toBe(2);
    expect((await read(database)).takenAt.getTime()).toBeGreaterThan(first.takenAt.getTime());
  });

  it('that are older than 5 minutes are not answered while the cluster answers', async () => {
    const { clock, reader, measurements } = watched();
    const { read } = reader();
    const first = await read(database);
    clock.advance(5 * minute);
    expect((await read(database)).takenAt.getTime()).toBeGreaterThan(first.takenAt.getTime());
    expect(measurements()).toBe(2);
  });

  it('are those of a while ago while the cluster does not answer, and none after an hour', async () => {
    const { clock, reader, failWith } = watched();
    const { read } = reader();
    const first = await read(database);
    failWith(new TransientFailure('HostUnreachable', 'away'));
    clock.advance(30 * minute);
    expect((await read(database)).takenAt).toEqual(first.takenAt);
    clock.advance(31 * minute);
    await expect(read(database)).rejects.toMatchObject({ name: 'TransientFailure' });
    failWith(undefined);
    expect((await read(database)).takenAt.getTime()).toBeGreaterThan(first.takenAt.getTime());
  });
});
