import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppRecord } from '../domain/app.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import { PermanentFailure, TransientFailure } from '../ports/failures.js';
import type { Actor } from '../services/contracts.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { quietMilliseconds, revokeUnusedCredentials } from './revoke-unused-credentials.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

interface Rotated {
  readonly actor: Actor;
  readonly databaseId: string;
  readonly username: string;
  readonly oldUri: string;
}

/** A database in the grace time of a rotation, with apps that run with this MongoDB user. */
async function rotated(deployedUsernames: (names: { readonly previous: string; readonly current: string }) => readonly (string | null)[]): Promise<Rotated> {
  const actor = await plane.newActor();
  const { databases } = plane.replica();
  const { database, connectionUri } = await databases.create(actor, { name: 'shop', environment: 'development' });
  const { mongo_username: username } = database;
  await databases.rotateCredentials(actor, database.id, { grace_seconds: 3600 });
  for (const [index, deployed_username] of deployedUsernames({ previous: username, current: `${username}_b` }).entries()) {
    const now = new Date();
    const app: AppRecord = {
      _id: `${database.id}-${index}`, user_id: actor.userId, name: `app ${index}`, database_id: database.id, deployer: 'process', spec: null, status: 'running', status_message: null,
      created_at: now, updated_at: now, last_deployed_at: now, deployed_username,
    };
    await plane.connection.control.apps.insert(app, null);
  }
  return { actor, databaseId: database.id, username, oldUri: connectionUri.reveal() };
}

/** Looks twice, as far apart as it takes. */
async function lookTwice(clusters: ClusterDirectory = plane.clusters): Promise<void> {
  const clock = movableClock();
  const { control } = plane.connection;
  const by = plane.replica({ clock, clusters });
  const job = revokeUnusedCredentials({ control, clusters, clock, journal: by.journal, operations: by.operations });
  await job.run(new AbortController().signal);
  clock.advance(quietMilliseconds);
  await job.run(new AbortController().signal);
}

const isThere = async ({ username }: Rotated): Promise<boolean> => (await plane.cluster.findDatabaseUser(username)) !== undefined;

describe('a replaced credential in its grace time', () => {
  it('ends when every app has the new one and nobody is connected with it', async () => {
    const shop = await rotated(({ current }) => [current, current]);
    await lookTwice();
    expect(await isThere(shop)).toBe(false);
    expect(await plane.connection.control.schedule.find('database.revoke_previous', shop.databaseId)).toBeUndefined();
  });

  it('ends once, however many replicas look', async () => {
    const shop = await rotated(({ current }) => [current]);
    await Promise.all([lookTwice(), lookTwice()]);
    expect(await isThere(shop)).toBe(false);
    expect(await plane.connection.db.collection('operations').countDocuments({ kind: 'database.revoke_previous', database_id: shop.databaseId })).toBe(1);
  });

  it.each([
    ['no app is known that uses the database', () => []],
    ['an app still has it', ({ current, previous }: { readonly previous: string; readonly current: string }) => [current, previous]],
    ['it is not known what an app has, such as one that is being deployed', ({ current }: { readonly current: string }) => [current, null]],
  ] as const)('goes on to the end of its time when %s', async (_name, apps) => {
    const shop = await rotated(apps);
    await lookTwice();
    expect(await isThere(shop)).toBe(true);
  });

  it('goes on while somebody is connected with it, idle or not, and for a while after', async () => {
    const shop = await rotated(({ current }) => [current]);
    const client = new MongoClient(shop.oldUri, { maxPoolSize: 1 });
    await client.db().command({ ping: 1 });
    await lookTwice();
    expect(await isThere(shop)).toBe(true);
    await client.close();
    await lookTwice();
    expect(await isThere(shop)).toBe(false);
  });

  it('starts its quiet time anew when it was used in between', async () => {
    const shop = await rotated(({ current }) => [current]);
    const { control } = plane.connection;
    const clock = movableClock();
    const by = plane.replica({ clock });
    const job = revokeUnusedCredentials({ control, clusters: plane.clusters, clock, journal: by.journal, operations: by.operations });
    const look = () => job.run(new AbortController().signal);
    await look();
    const client = new MongoClient(shop.oldUri, { maxPoolSize: 1 });
    await client.db().command({ ping: 1 });
    clock.advance(quietMilliseconds);
    await look();
    await client.close();
    await look();
    expect(await isThere(shop)).toBe(true);
    clock.advance(quietMilliseconds);
    await look();
    expect(await isThere(shop)).toBe(false);
  });

  it.each([
    ['does not show its connections', new PermanentFailure('Unauthorized', 'not for you'), 'nothing'],
    ['does not answer', new TransientFailure('HostUnreachable', 'away'), 'a failed run'],
  ] as const)('goes on where the cluster %s', async (_name, failure, seen) => {
    const shop = await rotated(({ current }) => [current]);
    const looking = lookTwice(withFaults(plane.clusters, (method) => {
      if (method === 'connectionsByUser') throw failure;
    }));
    if (seen === 'nothing') await looking;
    else await expect(looking).rejects.toThrow('could not be counted');
    expect(await isThere(shop)).toBe(true);
  });
});
