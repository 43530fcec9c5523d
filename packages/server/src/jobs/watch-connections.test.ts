import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlatformEvent } from '../ports/events.js';
import { PermanentFailure, TransientFailure } from '../ports/failures.js';
import { createMetrics } from '../telemetry/metrics.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { watchConnections, type WatchConnectionsDependencies } from './watch-connections.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

function watcher(clock = movableClock(), changes: Partial<WatchConnectionsDependencies> = {}) {
  const events: PlatformEvent[] = [];
  const metrics = createMetrics({ withProcessMetrics: false });
  const { clusters, connection: { control } } = plane;
  const job = watchConnections({ control, clusters, clock, events: { emit: (event) => void events.push(event) }, metrics, largestSeriesCount: 10, platformLimits: { connection_budget: 2 }, ...changes });
  return { events, look: () => job.run(new AbortController().signal), text: async () => (await metrics.expose()).text };
}

/** Clients that hold one connection each. */
async function connect(uri: string, count: number): Promise<{ leave(): Promise<void> }> {
  const clients = Array.from({ length: count }, () => new MongoClient(uri, { maxPoolSize: 1 }));
  await Promise.all(clients.map((client) => client.db().command({ ping: 1 })));
  return { leave: async () => {
    await Promise.all(clients.map((client) => client.close()));
  } };
}

describe('connections', () => {
  it('of a database, with both its credentials, are counted, and told of once a day while they are above its budget, however many replicas look', async () => {
    const actor = await plane.newActor();
    const { databases } = plane.replica();
    const { database, connectionUri: first } = await databases.create(actor, { name: 'shop', environment: 'development' });
    const { connectionUri: second } = await databases.rotateCredentials(actor, database.id, { grace_seconds: 60 });
    const clock = movableClock();
    const { events, look, text } = watcher(clock);
    const other = watcher(clock);
    const early = await connect(first.reveal(), 2);
    await look();
    expect(events).toEqual([]);
    const late = await connect(second.reveal(), 2);
    await look();
    await other.look();
    await look();
    expect(other.events).toEqual([]);
    expect(events).toEqual([{ name: 'connections.above_budget', userId: actor.userId, databaseId: database.id, open: 4, budget: 2 }]);
    expect(await text()).toContain(`platform_database_connections{user_id="${actor.userId}",database_id="${database.id}"} 4`);
    expect(await text()).toContain('platform_databases_above_connection_budget{cluster_id="primary"} 1');
    expect(await plane.connection.db.collection('events').countDocuments({ type: 'connections.above_budget', stream: actor.userId })).toBe(1);
    clock.advance(24 * 60 * 60_000 + 1000);
    await other.look();
    expect(other.events).toHaveLength(1);
    await early.leave();
    await expect.poll(async () => (await look(), text())).toContain('platform_databases_above_connection_budget{cluster_id="primary"} 0');
    expect(events).toHaveLength(1);
    await late.leave();
  });

  it('may be as many as they like where there is no budget, and have no series where none are wanted', async () => {
    const actor = await plane.newActor();
    const { connectionUri } = await plane.replica().databases.create(actor, { name: 'shop', environment: 'development' });
    const { events, look, text } = watcher(movableClock(), { platformLimits: {}, largestSeriesCount: 0 });
    const clients = await connect(connectionUri.reveal(), 3);
    await look();
    expect(events).toEqual([]);
    expect(await text()).not.toContain('platform_database_connections{');
    await clients.leave();
  });

  it.each([
    ['does not show them', new PermanentFailure('Unauthorized', 'not for you'), true],
    ['does not answer', new TransientFailure('HostUnreachable', 'away'), false],
  ] as const)('of a cluster that %s are not counted', async (_name, failure, isFine) => {
    const { look, text } = watcher(movableClock(), { clusters: withFaults(plane.clusters, (method) => {
      if (method === 'connectionsByUser') throw failure;
    }) });
    if (isFine) await look();
    else await expect(look()).rejects.toThrow('could not be counted');
    expect(await text()).not.toContain('platform_databases_above_connection_budget{');
  });
});
