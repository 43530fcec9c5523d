// A replica that dies between any two steps of a migration or a rollback, or in the middle of a page: another finishes, and every
// user is migrated, or put back, once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartLegacyRun } from '@freehold/api';
import { Secret } from '../domain/secret.js';
import { stepNames } from '../journal/operation-definition.js';
import type { StepObservation } from '../journal/operation-run.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { bytesOf, legacyReplica, newLegacyUser, operator, type LegacyReplica } from '../testing/legacy-users.fixture.js';


let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

const order = (userIds: readonly string[]): StartLegacyRun => ({ mode: 'run', concurrency: 2, allow_plain: false, extra_roles: 'refuse', repair: false, user_ids: [...userIds] });

/** Ends the whole replica at a step: nothing it does after is written. */
function dyingAt(step: string, moment: 'before' | 'after'): { readonly onStep: (observation: StepObservation) => Promise<void>; readonly died: Promise<void> } {
  let die: () => void = () => undefined;
  const died = new Promise<void>((resolve) => { die = resolve; });
  return {
    died,
    onStep: async (observation) => {
      if (observation.step !== step || observation.moment !== moment || observation.direction !== 'apply') return;
      die();
      // A dead process writes nothing more: not even that it failed.
      await new Promise(() => undefined);
    },
  };
}

/** What another replica does when the leases of the first have run out. */
async function takeOver(runId: string): Promise<LegacyReplica> {
  const clock = movableClock();
  clock.advance(31_000);
  const second = legacyReplica(plane, { owner: 'second', clock });
  await second.worker.journal.recoverAbandoned(20);
  await second.work(runId);
  return second;
}

const migrationSteps = ['read', 'take_over_user', 'write_entry'];
const rollbackSteps = ['decide', 'hand_back_user', 'put_back'];
const points = (steps: readonly string[]): [string, 'before' | 'after'][] => steps.flatMap((step, index) => (index === 0 ? [[step, 'after']] : [[step, 'before'], [step, 'after']]) as [string, 'before' | 'after'][]);

describe('a migration whose replica dies', () => {
  it('has the steps that are interrupted here', () => {
    const { worker } = legacyReplica(plane);
    expect(stepNames(worker.operations['legacy.migrate_user'])).toEqual(migrationSteps);
    expect(stepNames(worker.operations['legacy.rollback_user'])).toEqual(rollbackSteps);
  });

  it.each(points(migrationSteps))('at %s (%s) is finished by another', async (step, moment) => {
    const users = [await newLegacyUser(plane, { roles: [] }), await newLegacyUser(plane), await newLegacyUser(plane)];
    const death = dyingAt(step, moment);
    const first = legacyReplica(plane, { owner: 'first', onStep: death.onStep });
    const { id } = await first.service.start(operator, order(users.map(({ userId }) => userId)));
    void first.work(id).catch(() => undefined);
    await death.died;
    const second = await takeOver(id);
    expect(await second.service.get(operator, id)).toMatchObject({ state: 'done', total: 3, done: 3, outcomes: { migrated: 3 } });
    for (const { mongoName, userId, password } of users) {
      const owner = (await plane.connection.control.databases.owner(userId))!;
      expect(owner.databases).toHaveLength(1);
      expect((await plane.cluster.findDatabaseUser(mongoName))?.owner).toMatchObject({ userId, databaseId: owner.defaultDatabaseId });
      expect(await plane.cluster.canLogIn({ username: mongoName, password: new Secret(password) })).toBe(true);
    }
    expect(await plane.connection.db.collection('operations').countDocuments({ lock: { $exists: true } })).toBe(0);
  });

  it('in the middle of its pages shares them with those that live', async () => {
    const users = [];
    for (let count = 0; count < 6; count += 1) users.push(await newLegacyUser(plane));
    const replicas = [legacyReplica(plane, { owner: 'a' }), legacyReplica(plane, { owner: 'b' })];
    const { id } = await replicas[0]!.service.start(operator, order(users.map(({ userId }) => userId)));
    await Promise.all(replicas.map((replica) => replica.work(id)));
    // Whoever was second found the only page taken; the run ends with the page's holder.
    await replicas[1]!.work(id);
    expect(await replicas[0]!.service.get(operator, id)).toMatchObject({ state: 'done', done: 6, outcomes: { migrated: 6 } });
  });
});

describe('a rollback whose replica dies', () => {
  it.each(points(rollbackSteps))('at %s (%s) is finished by another', async (step, moment) => {
    const user = await newLegacyUser(plane, { roles: [] });
    const before = await bytesOf(plane, user.key);
    const healthy = legacyReplica(plane);
    const { id } = await healthy.service.start(operator, order([user.userId]));
    await healthy.work(id);
    const death = dyingAt(step, moment);
    const first = legacyReplica(plane, { owner: 'first', onStep: death.onStep });
    const rollback = await first.service.rollback(operator, id, { concurrency: 1 });
    void first.work(rollback.id).catch(() => undefined);
    await death.died;
    const second = await takeOver(rollback.id);
    expect(await second.service.get(operator, rollback.id)).toMatchObject({ state: 'done', done: 1, outcomes: { rolled_back: 1 } });
    expect(await bytesOf(plane, user.key)).toEqual(before);
    expect(await plane.cluster.findDatabaseUser(user.mongoName)).toMatchObject({ owner: null, roles: [] });
  });
});

describe('a migration that fails for good', () => {
  it('leaves roles and document as they were', async () => {
    const user = await newLegacyUser(plane, { roles: [{ role: 'read', db: 'PLACEHOLDER' }].map(({ role }) => ({ role, db: 'admin' })) });
    const [before, rolesBefore] = [await bytesOf(plane, user.key), (await plane.cluster.findDatabaseUser(user.mongoName))?.roles];
    const failing = legacyReplica(plane, {
      onStep: async (observation) => {
        // What comes to nothing in the middle: the conclusion finds another document.
        if (observation.step === 'take_over_user' && observation.moment === 'after' && observation.direction === 'apply') await plane.connection.db.collection<any>('users').updateOne({ _id: user.key }, { $inc: { logins: 1 } });
      },
    });
    const { id } = await failing.service.start(operator, { ...order([user.userId]), extra_roles: 'remove' });
    await failing.work(id);
    expect(await failing.service.get(operator, id)).toMatchObject({ state: 'done', outcomes: { failed: 1 }, findings: { USER_CHANGED: 1 } });
    await plane.connection.db.collection<any>('users').updateOne({ _id: user.key }, { $set: { logins: 3 } });
    expect(await bytesOf(plane, user.key)).toEqual(before);
    expect(await plane.cluster.findDatabaseUser(user.mongoName)).toMatchObject({ owner: null, roles: rolesBefore });
  });
});

