import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Outage } from '../ports/failures.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { runScheduled } from './run-scheduled.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

describe('a scheduled job whose cluster is away', () => {
  it('makes room for what is due elsewhere, and is done when the cluster is back', async () => {
    const { control } = plane.connection;
    const clock = movableClock();
    let isAway = false;
    const clusters = withFaults(plane.clusters, () => {
      if (isAway) throw new Outage('CLUSTER_AWAY', 'away');
    });
    const replica = plane.replica({ clock, clusters });
    const actor = await plane.newActor();
    const { id } = (await replica.databases.create(actor, { name: 'shop', environment: 'development' })).database;
    await replica.databases.delete(actor, id, { confirm_token: (await replica.databases.requestDeletion(actor, id)).confirm_token });
    clock.advance(8 * 86_400_000);
    isAway = true;
    const { journal, operations } = replica;
    const job = runScheduled({ control, clock, journal, operations });
    await job.run(new AbortController().signal);
    expect(await control.schedule.due(clock.now(), 10)).toEqual([]);
    expect((await control.operations.openOn(id))?.kind).toBe('database.purge');
    clock.advance(301_000);
    await job.run(new AbortController().signal);
    expect(await control.schedule.due(clock.now(), 10)).toEqual([]);
    isAway = false;
    clock.advance(61_000);
    expect(await journal.recoverAbandoned(10)).toBe(1);
    expect(await control.schedule.find('database.purge', id)).toBeUndefined();
    expect((await replica.databases.list(actor, { limit: 5, offset: 0, sort: 'created_at' })).total).toBe(0);
  });
});
