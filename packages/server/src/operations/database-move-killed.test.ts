// Offline moves, ways back and ends of moves by a real process that really dies (online moves: journal/killed-process.test.ts): another finishes them.
import { MongoClient, type Db } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../services/contracts.js';
import { actAndDie, giveUpTheDeadAfter } from '../testing/act-and-die.fixture.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { uriWorks } from '../testing/uri-works.fixture.js';

const documents = 5000;

let plane: ControlPlane;
let healthy: Replica;
let root: MongoClient;
beforeAll(async () => {
  plane = await startControlPlane();
  await giveUpTheDeadAfter(plane, 2);
  healthy = plane.replica();
  root = new MongoClient(plane.testCluster.uri);
});
afterAll(async () => {
  await root.close();
  await giveUpTheDeadAfter(plane, 60);
  await plane.stop();
});

interface Moved {
  readonly actor: Actor;
  readonly from: { readonly id: string; readonly db: Db };
  readonly to: { readonly id: string; readonly db: Db };
}

/** Two databases, the first one with documents. */
async function pair(): Promise<Moved> {
  const actor = await plane.newActor();
  const made = async (name: string) => {
    const { database } = await healthy.databases.create(actor, { name, environment: 'development' });
    return { id: database.id, db: root.db(database.mongo_database) };
  };
  const [from, to] = [await made('shop'), await made('other')];
  await from.db.collection('things').insertMany(Array.from({ length: documents }, (_, index) => ({ _id: index as never, text: 'x'.repeat(200) })));
  return { actor, from, to };
}

async function finishedByAnother(): Promise<void> {
  const clock = movableClock();
  clock.advance(31_000);
  expect(await plane.replica({ owner: 'second', clock }).journal.recoverAbandoned(10)).toBe(1);
}

const entryOf = async ({ userId }: Actor, id: string) => (await plane.connection.control.databases.find(userId, id))!.entry;
const worksAt = async (actor: Actor, id: string): Promise<boolean> => uriWorks((await healthy.databases.connection(actor, id)).connection_uri);

describe('a process that is killed while it moves a database offline', () => {
  it.each([['copy:before', '60'], ['verify:before', '10'], ['cut_over:before', '']])('at %s (and %s ms), leaves what another finishes', async (point, livesOn_ms) => {
    const { actor, from, to } = await pair();
    expect(await actAndDie(plane, actor.userId, `database.move:${point}`, livesOn_ms, 'offline')).toBe('SIGKILL');
    await finishedByAnother();
    expect([(await entryOf(actor, from.id)).is_frozen, await worksAt(actor, from.id), await worksAt(actor, to.id)]).toEqual([true, false, true]);
    expect(await to.db.collection('things').countDocuments()).toBe(documents);
    expect(await from.db.collection('things').countDocuments()).toBe(documents);
  });
});

describe('a process that is killed after a move', () => {
  const moved = async (): Promise<Moved> => {
    const given = await pair();
    await healthy.moves.migrate(given.actor, given.from.id, { target_database_id: given.to.id, mode: 'offline', on_conflict: 'fail', delete_source: false, back_out_seconds: 3600 });
    await healthy.journal.idle();
    return given;
  };

  it.each([['move_back', 'turn_back:before'], ['move_back', 'turn_back:after'], ['end_move', 'end_source:before'], ['end_move', 'end_source:after']])('in %s at %s, leaves what another finishes', async (operation, point) => {
    const { actor, from, to } = await moved();
    expect(await actAndDie(plane, actor.userId, `database.${operation}:${point}`)).toBe('SIGKILL');
    await finishedByAnother();
    // Either way the source is written to again, and both have the documents.
    expect([(await entryOf(actor, from.id)).is_frozen, await worksAt(actor, from.id), await worksAt(actor, to.id)]).toEqual([false, true, true]);
    expect(await Promise.all([from, to].map(({ db }) => db.collection('things').countDocuments()))).toEqual([documents, documents]);
    expect(await plane.connection.control.schedule.find('database.end_move', from.id)).toBeUndefined();
  });
});
