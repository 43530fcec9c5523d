// The same as operations/interruptions.test.ts, with a real process that really dies.
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actAndDie, giveUpTheDeadAfter } from '../testing/act-and-die.fixture.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { startNumberedWriter } from '../testing/numbered-writer.fixture.js';
import { uriWorks } from '../testing/uri-works.fixture.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  await giveUpTheDeadAfter(plane, 2);
});
afterAll(async () => {
  await giveUpTheDeadAfter(plane, 60);
  await plane.stop();
});

describe('a process that is killed while it creates a database', () => {
  it.each(['reserve:after', 'create_user:before', 'create_user:after', 'prove:before', 'prove:after', 'activate:before'])('at %s, leaves what another finishes', async (point) => {
    const actor = await plane.newActor();
    expect(await actAndDie(plane, actor.userId, `database.create:${point}`)).toBe('SIGKILL');
    const clock = movableClock();
    clock.advance(31_000);
    const second = plane.replica({ owner: 'second', clock });
    expect(await second.journal.recoverAbandoned(10)).toBe(1);
    const { items } = await second.databases.list(actor, { limit: 5, offset: 0, sort: 'created_at' });
    expect(items.map(({ status }) => status)).toEqual(['active']);
    const { connection_uri } = await second.databases.connection(actor, items[0]!.id);
    const client = new MongoClient(connection_uri);
    await client.db().collection('a').insertOne({ works: true });
    await client.close();
  });
});

describe('a process that is killed while it changes a database', () => {
  const cases: readonly (readonly [operation: string, step: string])[] = [
    ['delete', 'revoke_credentials'], ['delete', 'redeploy_apps'], ['delete', 'finish'], ['restore', 'create_user'], ['restore', 'prove'], ['restore', 'settle_roles'], ['restore', 'activate'], ['rotate_credentials', 'create_user'], ['rotate_credentials', 'prove'], ['rotate_credentials', 'settle_roles'], ['rotate_credentials', 'move_apps'], ['rotate_credentials', 'store'], ['rotate_credentials', 'revoke_at_once'], ['rotate_credentials', 'redeploy_apps'], ['rotate_credentials', 'revoke_previous'], ['rotate_credentials', 'finish'],
  ];

  it.each(cases.flatMap(([operation, step]) => [[operation, `${step}:before`], [operation, `${step}:after`]] as const))('%s at %s, leaves what another finishes', async (operation, point) => {
    const actor = await plane.newActor();
    const first = plane.replica({ owner: 'first' });
    const { database, connectionUri } = await first.databases.create(actor, { name: 'shop', environment: 'development' });
    if (operation === 'restore') await first.databases.delete(actor, database.id, { confirm_token: (await first.databases.requestDeletion(actor, database.id)).confirm_token });
    expect(await actAndDie(plane, actor.userId, `database.${operation}:${point}`)).toBe('SIGKILL');
    const clock = movableClock();
    clock.advance(31_000);
    const second = plane.replica({ owner: 'second', clock });
    // After its conclusion an operation is closed: there is nothing to finish.
    expect(await second.journal.recoverAbandoned(10)).toBe(['finish:after', 'activate:after'].includes(point) ? 0 : 1);
    const isDeleted = operation === 'delete';
    expect((await second.databases.get(actor, database.id)).status).toBe(isDeleted ? 'deleting' : 'active');
    const uri = isDeleted ? connectionUri.reveal() : (await second.databases.connection(actor, database.id)).connection_uri;
    expect(await uriWorks(uri)).toBe(!isDeleted);
    if (operation === 'rotate_credentials') expect(uri).not.toBe(connectionUri.reveal());
  });
});

describe('a process that is killed while it moves a database, with a writer that never stops', () => {
  // Beside the places between steps, moments within those that take long.
  const places: readonly (readonly [point: string, livesOn_ms: number])[] = [['copy:before', 40], ['copy:before', 120], ['catch_up:before', 60], ['freeze:after', 0], ['verify:before', 30], ['cut_over:after', 0]];

  it.each(places)('at %s and %i ms, leaves what another finishes: no write is lost', async (point, livesOn_ms) => {
    const actor = await plane.newActor();
    const second = plane.replica({ owner: 'healthy' });
    const create = async (name: string) => (await second.databases.create(actor, { name, environment: 'development' })).database;
    const [from, to] = [await create('shop'), await create('other')];
    const root = new MongoClient(plane.testCluster.uri);
    const things = root.db(from.mongo_database).collection<{ _id: number; text: string }>('things');
    await things.insertMany(Array.from({ length: 10_000 }, (_, index) => ({ _id: index, text: 'x'.repeat(100) })));
    const isMoved = async (): Promise<boolean> => (await plane.connection.control.databases.find(actor.userId, from.id))?.entry.is_frozen === true;
    const writer = startNumberedWriter(async () => (await second.databases.connection(actor, (await isMoved()) ? to.id : from.id)).connection_uri);
    await writer.written(10);
    expect(await actAndDie(plane, actor.userId, `database.move:${point}`, String(livesOn_ms))).toBe('SIGKILL');
    const clock = movableClock();
    clock.advance(31_000);
    expect(await plane.replica({ owner: 'second', clock }).journal.recoverAbandoned(10)).toBe(1);
    await writer.written(10);
    await writer.stop();
    expect(await isMoved()).toBe(true);
    const target = root.db(to.mongo_database);
    await writer.expectAllIn(target);
    expect(await target.collection('things').countDocuments()).toBe(10_000);
    await root.close();
  });
});
