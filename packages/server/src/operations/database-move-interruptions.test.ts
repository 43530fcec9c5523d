// Moves are interrupted after each of their steps, and before those that change over, with a writer that never stops, and taken up by another replica: no write
// that was acknowledged is lost, none is there twice.
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepNames } from '../journal/operation-definition.js';
import type { StepObservation } from '../journal/operation-run.js';
import type { Actor } from '../services/contracts.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { startNumberedWriter } from '../testing/numbered-writer.fixture.js';
import { databaseMove } from './database-move.js';

class Crash extends Error {}

let plane: ControlPlane;
let healthy: Replica;
let root: MongoClient;

beforeAll(async () => {
  plane = await startControlPlane();
  healthy = plane.replica();
  root = new MongoClient(plane.testCluster.uri);
  await plane.cluster.countUsers();
});
afterAll(async () => {
  await root.close();
  await plane.stop();
});

function crashOnce(step: string, moment: 'before' | 'after', direction: 'apply' | 'undo' = 'apply'): (observation: StepObservation) => void {
  let isDead = false;
  return (observation) => {
    if (isDead || observation.step !== step || observation.moment !== moment || observation.direction !== direction || observation.kind !== 'database.move') return;
    isDead = true;
    throw new Crash(`${step} ${moment}`);
  };
}

/** A database whose MongoDB name is not the one that new databases have. */
async function legacyDatabase(actor: Actor): Promise<string> {
  const { database } = await healthy.databases.create(actor, { name: 'shop', environment: 'development' });
  const db = root.db(database.mongo_database);
  await db.collection('things').insertMany(Array.from({ length: 1200 }, (_, index) => ({ _id: index as never, text: 'x'.repeat(50) })));
  await db.collection('things').createIndexes([{ key: { text: 1 } }]);
  return database.id;
}

const unused = undefined as never;
const [reservation, ...later] = stepNames(databaseMove({ control: unused, clusters: unused, keyring: unused, clock: unused, redeployer: unused, largestDatabaseCount: 1 }));
const points = [[reservation!, 'after'], ...later.slice(0, -1).map((step) => [step, 'after']), ['verify', 'before'], ['cut_over', 'before'], ['finish', 'before']] as [string, 'before' | 'after'][];

describe('an online move, with a writer that never stops', () => {
  it.each([['', 'before'] as const, ...points])('and interrupted at %s (%s), loses nothing and has nothing twice', async (step, moment) => {
    const actor = await plane.newActor();
    const from = await legacyDatabase(actor);
    const to = (await healthy.databases.create(actor, { name: 'other', environment: 'development' })).database.id;
    const statusOf = async (id: string) => (await plane.connection.control.databases.find(actor.userId, id))!.entry;
    // As an app of the platform: with the database that it was deployed with last.
    const uriOf = async (id: string): Promise<string> => (await healthy.databases.connection(actor, id)).connection_uri;
    const writer = startNumberedWriter(async () => uriOf((await statusOf(from)).is_frozen === true ? to : from));
    await writer.written(10);
    const clock = movableClock();
    const first = plane.replica({ owner: 'first', clock, onStep: crashOnce(step, moment) });
    const started = first.moves.migrate(actor, from, { target_database_id: to, mode: 'online', on_conflict: 'fail', delete_source: false, back_out_seconds: 3600 });
    await started.catch(() => undefined);
    await first.journal.idle();
    if (step !== '') {
      clock.advance(31_000);
      expect(await plane.replica({ owner: 'second', clock }).journal.recoverAbandoned(10)).toBe(1);
    }
    await writer.written(10);
    await writer.stop();
    expect((await statusOf(from)).is_frozen).toBe(true);
    const db = root.db((await statusOf(to)).mongo_database);
    expect((await root.db((await statusOf(from)).mongo_database).listCollections().toArray()).map(({ name }) => name).sort()).toEqual(['numbers', 'things', 'totals']);
    await writer.expectAllIn(db);
    expect(await db.collection('things').countDocuments()).toBe(1200);
  });
});

describe('a replica that stops in the middle of a copy', () => {
  it('leaves it where it is, and another goes on from there', async () => {
    const actor = await plane.newActor();
    const from = await legacyDatabase(actor);
    const to = (await healthy.databases.create(actor, { name: 'other', environment: 'development' })).database.id;
    const things = root.db((await plane.connection.control.databases.find(actor.userId, from))!.entry.mongo_database).collection('things');
    await things.insertMany(Array.from({ length: 4000 }, (_, index) => ({ _id: `more ${index}` as never })));
    const stopping: Replica = plane.replica({ owner: 'first', onStep: ({ step, moment, kind }) => {
      if (kind === 'database.move' && step === 'copy' && moment === 'before') void stopping.journal.stop();
    } });
    const operationId = await stopping.moves.migrate(actor, from, { target_database_id: to, mode: 'offline', on_conflict: 'fail', delete_source: false, back_out_seconds: 0 });
    await stopping.journal.idle();
    expect(await plane.connection.control.operations.find(operationId)).toMatchObject({ state: 'running', steps: expect.arrayContaining([expect.objectContaining({ name: 'copy', state: 'running' })]) });
    expect(await plane.replica({ owner: 'second' }).journal.recoverAbandoned(10)).toBe(1);
    expect(await plane.connection.control.operations.find(operationId)).toMatchObject({ state: 'succeeded', result: { documents: 5200 }, progress: { documents_done: 5200 } });
  });
});

describe('a move that is taken back', () => {
  it.each([['freeze', 'after'], ['begin', 'before'], ['begin', 'after'], ['prepare_target', 'before'], ['prepare_target', 'after'], ['reserve', 'before']] as const)('and interrupted while undoing %s (%s), is taken back by another replica', async (step, moment) => {
    const actor = await plane.newActor();
    const from = await legacyDatabase(actor);
    const other = await healthy.databases.create(actor, { name: 'other', environment: 'development' });
    const target = root.db(other.database.mongo_database);
    await target.collection<{ _id: number }>('things').insertOne({ _id: -1 });
    const crash = crashOnce(step, moment, 'undo');
    const clock = movableClock();
    const first = plane.replica({ owner: 'first', clock, onStep: async (observation) => {
      crash(observation);
      // Somebody writes to the copy with an administrator's rights: the comparison fails.
      if (observation.direction === 'apply' && observation.step === 'freeze' && observation.moment === 'after') await target.collection<{ _id: number }>('things').insertOne({ _id: -2 });
    } });
    const operationId = await first.moves.migrate(actor, from, { target_database_id: other.database.id, mode: 'online', on_conflict: 'overwrite', delete_source: false, back_out_seconds: 0 });
    await first.journal.idle();
    clock.advance(31_000);
    expect(await plane.replica({ owner: 'second', clock }).journal.recoverAbandoned(10)).toBe(1);
    expect(await plane.connection.control.operations.find(operationId)).toMatchObject({ state: 'failed', error_code: 'MOVE_REFUSED' });
    expect((await target.listCollections().toArray()).map(({ name }) => name)).toEqual(['things']);
    expect(await target.collection('things').countDocuments()).toBe(1);
    for (const uri of [other.connectionUri.reveal(), (await healthy.databases.connection(actor, from)).connection_uri]) {
      const client = await MongoClient.connect(uri);
      await client.db().collection('a').insertOne({ writable: true });
      await client.close();
    }
    expect((await plane.connection.control.databases.owner(actor.userId))!.databases.map(({ status }) => status)).toEqual(['active', 'active']);
  });
});
