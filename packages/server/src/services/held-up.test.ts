// What the control plane does while the open transaction of a dead process holds a user's document, for longer than anybody waits: calls are told to come again,
// nothing stays half-made, and legacy users are migrated when it is over.
import { ObjectId } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StartLegacyRun } from '@freehold/api';
import { systemClock } from '../adapters/system/clock.js';
import { legacyDatabaseId } from '../credentials/legacy-database-id.js';
import { databaseLock } from '../domain/operation.js';
import { startControlPlane, type ControlPlane, type ReplicaOptions } from '../testing/control-plane.fixture.js';
import { bytesOf, legacyReplica, newLegacyUser, operator, type LegacyReplica, type TestLegacyUser } from '../testing/legacy-users.fixture.js';
import { holdDocument, holdInsertion, type OpenTransaction } from '../testing/open-transaction.fixture.js';
import { uriWorks } from '../testing/uri-works.fixture.js';
import type { Actor } from './contracts.js';
import { createLegacyFirstUse } from './legacy-first-use.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane({ patienceMilliseconds: 200 });
});
afterAll(() => plane.stop());

const held: OpenTransaction[] = [];
afterEach(letGo);

async function hold(transaction: Promise<OpenTransaction>): Promise<void> {
  held.push(await transaction);
}

const holdUser = (userId: string): Promise<void> => hold(holdDocument(plane, 'users', { _id: new ObjectId(userId) }));

async function letGo(): Promise<void> {
  await Promise.all(held.splice(0).map((transaction) => transaction.end()));
}

const openOperations = (): Promise<number> => plane.connection.db.collection('operations').countDocuments({ state: { $in: ['running', 'undoing'] } });
const comeAgain = { code: 'SERVICE_UNAVAILABLE', status: 503, details: { retry_after_seconds: 5 } };

/** What any replica does when what an operation waits for is over. */
async function recover(): Promise<void> {
  const clock = { ...systemClock, now: () => new Date(Date.now() + 61_000) };
  await plane.replica({ clock, owner: 'another' }).journal.recoverAbandoned(20);
}

/** Takes hold of the user's document at the end of a step. */
function heldAfter(step: string, userId: string): ReplicaOptions {
  return {
    onStep: async (observation) => {
      if (observation.step === step && observation.moment === 'after') await holdUser(userId);
    },
  };
}

describe('a call that meets the open transaction of a dead process', () => {
  const create = (actor: Actor, options: ReplicaOptions = {}) => plane.replica(options).databases.create(actor, { name: 'shop', environment: 'development' });
  const stateOf = async (actor: Actor) => (await plane.connection.control.databases.owner(actor.userId))!.databases.map(({ name, status }) => [name, status]);
  const confirmed = async (actor: Actor, id: string) => ({ confirm_token: (await plane.replica().databases.requestDeletion(actor, id)).confirm_token });
  const calls: readonly (readonly [string, (actor: Actor, databaseId: string) => Promise<() => Promise<unknown>>, readonly (readonly string[])[]])[] = [
    ['create', async (actor) => () => plane.replica().databases.create(actor, { name: 'second', environment: 'development' }), [['shop', 'active'], ['second', 'active']]],
    ['rotate', async (actor, id) => () => plane.replica().databases.rotateCredentials(actor, id, { grace_seconds: 0 }), [['shop', 'active']]],
    ['change', async (actor, id) => () => plane.replica().databases.update(actor, id, { name: 'renamed' }), [['renamed', 'active']]],
    ['delete', async (actor, id) => {
      const query = await confirmed(actor, id);
      return () => plane.replica().databases.delete(actor, id, query);
    }, [['shop', 'deleting']]],
  ];

  it.each(calls)('to %s is told to come again, is all done or not begun, and a repeat gets what it came to', async (name, prepared, after) => {
    const actor = { ...(await plane.newActor()), idempotencyId: crypto.randomUUID() };
    const { database: { id } } = await create({ ...actor, idempotencyId: crypto.randomUUID() });
    const call = await prepared(actor, id);
    await holdUser(actor.userId);
    await expect(call()).rejects.toMatchObject(comeAgain);
    expect(await stateOf(actor)).toEqual([['shop', 'active']]);
    await letGo();
    await recover();
    await call();
    expect(await stateOf(actor)).toEqual(after);
    expect(await openOperations()).toBe(0);
    if (name !== 'delete') expect(await uriWorks((await plane.replica().databases.connection(actor, id)).connection_uri)).toBe(true);
  });

  it('in the middle of a creation is told which operation goes on, and a repeat gets its database', async () => {
    const actor = { ...(await plane.newActor()), idempotencyId: crypto.randomUUID() };
    await expect(create(actor, heldAfter('reserve', actor.userId))).rejects.toMatchObject({ ...comeAgain, details: { ...comeAgain.details, operation_id: actor.idempotencyId } });
    await letGo();
    await recover();
    const { database, connectionUri } = await create(actor);
    expect(database).toMatchObject({ name: 'shop', status: 'active' });
    expect(await uriWorks(connectionUri.reveal())).toBe(true);
    expect(await openOperations()).toBe(0);
  });
});

const order = (userIds: readonly string[]): StartLegacyRun => ({ mode: 'run', concurrency: 2, allow_plain: false, extra_roles: 'refuse', repair: false, user_ids: [...userIds] });

async function begun(users: readonly TestLegacyUser[], patienceMilliseconds: number): Promise<{ readonly replica: LegacyReplica; readonly id: string }> {
  const replica = legacyReplica(plane, { patienceMilliseconds });
  const { id } = await replica.service.start(operator, order(users.map(({ userId }) => userId)));
  return { replica, id };
}

const errorOf = async (user: TestLegacyUser): Promise<string | null | undefined> => (await plane.connection.control.operations.openOn(legacyDatabaseId(user.userId)))?.error_code;

describe('a legacy user whom the open transaction of a dead process holds', () => {
  it('is migrated by the run when that is over, and nobody waits for them', async () => {
    const [user, other] = [await newLegacyUser(plane), await newLegacyUser(plane)];
    await holdUser(user.userId);
    const { replica, id } = await begun([user, other], 180_000);
    const working = replica.work(id);
    await expect.poll(async () => (await plane.connection.control.legacyLog.find(id, other.userId))?.outcome, { timeout: 20_000 }).toBe('migrated');
    await expect.poll(() => errorOf(user), { timeout: 20_000 }).toBe('WriteConflict');
    expect(await plane.connection.control.legacyLog.find(id, user.userId)).toBeUndefined();
    await letGo();
    await working;
    expect(await replica.service.get(operator, id)).toMatchObject({ state: 'done', outcomes: { migrated: 2 } });
    expect(await openOperations()).toBe(0);
  });

  it('waits, if it takes longer than the run, and is finished by the journal; the run keeps what a rollback needs', async () => {
    const user = await newLegacyUser(plane);
    const before = await bytesOf(plane, user.key);
    await holdUser(user.userId);
    const { replica, id } = await begun([user], 0);
    await replica.work(id);
    expect(await replica.service.get(operator, id)).toMatchObject({ state: 'done', outcomes: { waiting: 1 }, findings: { WAITING: 1 } });
    await letGo();
    await recover();
    expect(await replica.service.get(operator, id)).toMatchObject({ outcomes: { migrated: 1 } });
    const late = { runId: id, userId: user.userId, outcome: 'waiting' as const, findings: [], databaseId: null, mongoDatabase: null, operationId: null, at: new Date(), before: null, rolledBackBy: null };
    expect(await plane.connection.control.legacyLog.note(late)).toBe(false);
    const rollback = await replica.service.rollback(operator, id, { concurrency: 1 });
    await replica.work(rollback.id);
    expect(await replica.service.get(operator, rollback.id)).toMatchObject({ outcomes: { rolled_back: 1 } });
    expect(await bytesOf(plane, user.key)).toEqual(before);
  });

  it('is migrated where it was the beginning of their migration that died', async () => {
    const user = await newLegacyUser(plane);
    await hold(holdInsertion(plane, 'operations', { _id: 'of the dead' as never, lock: databaseLock(legacyDatabaseId(user.userId)) }));
    const { replica, id } = await begun([user], 180_000);
    const working = replica.work(id);
    await expect.poll(async () => (await replica.service.get(operator, id)).state).toBe('running');
    await letGo();
    await working;
    expect(await replica.service.get(operator, id)).toMatchObject({ state: 'done', outcomes: { migrated: 1 } });
  });

  it('is told to come again at their first change, and is migrated afterwards', async () => {
    const user = await newLegacyUser(plane);
    const { worker } = legacyReplica(plane, { patienceMilliseconds: 0 });
    const { prepare } = createLegacyFirstUse(worker);
    await holdUser(user.userId);
    await expect(prepare(user.actor)).rejects.toMatchObject(comeAgain);
    await letGo();
    await recover();
    await prepare(user.actor);
    expect(await plane.connection.control.legacyUsers.isUnmigrated(user.userId)).toBe(false);
  });
});
