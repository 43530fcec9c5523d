// Taking a move back, and ending the time for that, are interrupted before and after each of their steps, forward and backward, and taken up by
// another replica: what is there in the end is what an undisturbed run leaves.
import { MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepNames } from '../journal/operation-definition.js';
import type { StepObservation } from '../journal/operation-run.js';
import { clusterUriPlace } from '../ports/keyring.js';
import { PermanentFailure } from '../ports/failures.js';
import type { Actor } from '../services/contracts.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { startTestCluster, type TestCluster } from '../testing/start-test-cluster.js';
import { uriWorks } from '../testing/uri-works.fixture.js';
import { databaseEndMove } from './database-end-move.js';
import { databaseMoveBack } from './database-move-back.js';

class Crash extends Error {}

let plane: ControlPlane;
let second: TestCluster;
let healthy: Replica;
let root: MongoClient;

beforeAll(async () => {
  plane = await startControlPlane();
  second = await startTestCluster();
  healthy = plane.replica();
  root = new MongoClient(plane.testCluster.uri);
  await plane.cluster.countUsers();
  await plane.connection.control.clusters.ensure({
    id: 'second', name: 'second', uriEncrypted: plane.keyring.encrypt(second.uri, clusterUriPlace('second')), userLimit: 1000, userCount: 0, acceptsNewDatabases: false,
  });
});
afterAll(async () => {
  await root.close();
  await plane.stop();
  await second.stop();
});

function crashOnce(kind: string, step: string, moment: 'before' | 'after', direction: 'apply' | 'undo' = 'apply'): (observation: StepObservation) => void {
  let isDead = false;
  return (observation) => {
    if (isDead || observation.kind !== kind || observation.step !== step || observation.moment !== moment || observation.direction !== direction) return;
    isDead = true;
    throw new Crash(`${step} ${moment}`);
  };
}

type Way = 'into another database' | 'to another cluster';

interface Moved {
  readonly actor: Actor;
  readonly id: string;
  readonly targetId: string;
  readonly operationId: string;
  readonly appId: string;
}

/** A database with a document and an app, moved. */
async function moved(way: Way, isSourceDeleted = false): Promise<Moved> {
  const actor = await plane.newActor();
  const create = async (name: string) => (await healthy.databases.create(actor, { name, environment: 'development' })).database;
  const from = await create('from');
  await root.db(from.mongo_database).collection('a').insertOne({ as: 'it was' });
  const appId = new ObjectId().toHexString();
  await plane.connection.db.collection('apps').insertOne({
    _id: appId as never, user_id: actor.userId, name: 'web', name_key: 'web', deployer: 'process', status: 'running', database_id: from.id, status_message: null, deployed_username: null, spec: null, created_at: new Date(), updated_at: new Date(), last_deployed_at: null,
  });
  const targetId = way === 'into another database' ? (await create('to')).id : from.id;
  // Databases are made on the first cluster alone.
  await plane.connection.control.clusters.change('second', { acceptsNewDatabases: true });
  const wish = { mode: 'offline', back_out_seconds: 3600 } as const;
  const operationId = way === 'into another database'
    ? await healthy.moves.migrate(actor, from.id, { ...wish, target_database_id: targetId, on_conflict: 'fail', delete_source: isSourceDeleted })
    : await healthy.moves.moveToCluster(actor, from.id, { ...wish, cluster_id: 'second' });
  await healthy.journal.idle();
  await plane.connection.control.clusters.change('second', { acceptsNewDatabases: false });
  expect(await plane.connection.control.operations.find(operationId)).toMatchObject({ state: 'succeeded' });
  return { actor, id: from.id, targetId, operationId, appId };
}

/** What is there of a user's databases: records, rooms, credentials, and what they open. */
async function found({ actor, id, appId }: Moved): Promise<unknown> {
  const { control, db } = plane.connection;
  const owner = (await control.databases.owner(actor.userId))!;
  const users = await Promise.all([plane.testCluster, second].map(async ({ uri }) => {
    const client = await MongoClient.connect(uri);
    const listed = (await client.db('admin').command({ usersInfo: 1 })) as unknown as { users: { user: string; roles: { role: string }[]; customData?: { freehold?: { user_id: string } } }[] };
    const databases = await client.db('admin').admin().listDatabases({ nameOnly: true });
    await client.close();
    const ours = listed.users.filter(({ customData }) => customData?.freehold?.user_id === actor.userId);
    return { users: ours.map(({ roles }) => roles.map(({ role }) => role).sort().join()).sort(), databases: databases.databases.filter(({ name }) => name.includes(actor.userId)).length };
  }));
  const opening = await Promise.all(owner.databases.filter(({ status }) => status === 'active').map(async ({ id: one }) => uriWorks((await healthy.databases.connection(actor, one)).connection_uri)));
  return {
    databases: owner.databases.map(({ status, is_frozen, cluster_id }) => ({ status, isFrozen: is_frozen === true, cluster_id })), isDefault: owner.defaultDatabaseId === id, opening, users,
    appIsBack: (await db.collection('apps').findOne({ _id: appId as never }))?.['database_id'] === id,
    open: await db.collection('operations').countDocuments({ user_id: actor.userId, lock: { $exists: true } }),
    scheduled: (await db.collection('schedule').find({ user_id: actor.userId }).toArray()).map(({ kind }) => kind as string).sort(),
  };
}

/** Users of each cluster are counted in its room. */
async function rooms(): Promise<readonly number[]> {
  return Promise.all(['primary', 'second'].map(async (id) => (await plane.connection.control.clusters.find(id))!.userCount));
}

interface Scenario {
  readonly name: string;
  readonly kind: 'database.move_back' | 'database.end_move';
  readonly way: Way;
  readonly isSourceDeleted?: boolean;
  readonly run: (replica: Replica, moved: Moved) => Promise<unknown>;
}

const back = (replica: Replica, { actor, operationId }: Moved): Promise<unknown> => replica.moves.moveBack(actor, operationId);
const finish = (replica: Replica, { actor, operationId }: Moved): Promise<unknown> => replica.moves.finish(actor, operationId);
const scenarios: readonly Scenario[] = [
  { name: 'taken back from another database', kind: 'database.move_back', way: 'into another database', run: back },
  { name: 'taken back from another cluster', kind: 'database.move_back', way: 'to another cluster', run: back },
  { name: 'ended, and its source freed', kind: 'database.end_move', way: 'into another database', run: finish },
  { name: 'ended, and its source deleted', kind: 'database.end_move', way: 'into another database', isSourceDeleted: true, run: finish },
  { name: 'ended, and the place it left dropped', kind: 'database.end_move', way: 'to another cluster', run: finish },
];

const unused = undefined as never;
const world = { control: unused, clusters: unused, keyring: unused, clock: unused, redeployer: unused, largestDatabaseCount: 1 };
const steps = { 'database.move_back': stepNames(databaseMoveBack(world)), 'database.end_move': stepNames(databaseEndMove(world)) };

function pointsOf(kind: Scenario['kind']): readonly (readonly [string, 'before' | 'after'])[] {
  const [reservation, ...later] = steps[kind];
  const last = later.at(-1)!;
  // After its conclusion an operation is closed; what is before a step is after the one before it, but for what came in between.
  return [[reservation!, 'after'], ...later.slice(0, -1).map((step) => [step, 'after'] as const), [last, 'before']];
}

describe.each(scenarios)('a move that is $name', ({ kind, way, isSourceDeleted, run }) => {
  it('and interrupted at any step, ends as one that was not', { timeout: 120_000 }, async () => {
    const undisturbed = await moved(way, isSourceDeleted);
    const before = await rooms();
    await run(healthy, undisturbed);
    const [expected, change] = [await found(undisturbed), (await rooms()).map((count, index) => count - before[index]!)];
    expect(expected).toMatchObject({ open: 0 });
    // One after the other: each is counted in the same rooms.
    for (const [step, moment] of pointsOf(kind)) {
      const interrupted = await moved(way, isSourceDeleted);
      const roomsBefore = await rooms();
      const clock = movableClock();
      const first = plane.replica({ owner: 'first', clock, onStep: crashOnce(kind, step, moment) });
      await expect(run(first, interrupted)).rejects.toBeDefined();
      clock.advance(31_000);
      const place = `${step} ${moment}`;
      expect([place, await plane.replica({ owner: 'second', clock }).journal.recoverAbandoned(10)]).toEqual([place, 1]);
      expect([place, await found(interrupted), (await rooms()).map((count, index) => count - roomsBefore[index]!)]).toEqual([place, expected, change]);
    }
  });
});

describe('a way back that fails', () => {
  it.each([['open_source', 'before'], ['open_source', 'after'], ['reserve', 'before']] as const)('and is interrupted while undoing %s (%s), leaves the move as it was', async (step, moment) => {
    const interrupted = await moved('to another cluster');
    const [before, roomsBefore] = [await found(interrupted), await rooms()];
    const crash = crashOnce('database.move_back', step, moment, 'undo');
    const clock = movableClock();
    const clusters = withFaults(plane.clusters, (method) => {
      if (method === 'proveCredential') throw new PermanentFailure('FAILED', 'as the test says');
    });
    const first = plane.replica({ owner: 'first', clock, clusters, onStep: crash });
    await expect(back(first, interrupted)).rejects.toBeDefined();
    clock.advance(31_000);
    expect(await plane.replica({ owner: 'second', clock }).journal.recoverAbandoned(10)).toBe(1);
    expect([await found(interrupted), await rooms()]).toEqual([before, roomsBefore]);
    expect(await healthy.moves.moveBack(interrupted.actor, interrupted.operationId)).toMatchObject({ state: 'succeeded' });
  });
});
