// Every operation is interrupted before and after each of its steps, forward and backward, and taken up by another replica:
// what is there in the end is what an undisturbed run leaves.
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platformOrigin } from '../domain/audit-origin.js';
import { stepNames } from '../journal/operation-definition.js';
import type { StepObservation } from '../journal/operation-run.js';
import type { AuditAction } from '../ports/audit.js';
import { Outage, PermanentFailure, TransientFailure } from '../ports/failures.js';
import { LeaseLost } from '../ports/operations.js';
import type { Actor } from '../services/contracts.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica, type ReplicaOptions } from '../testing/control-plane.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';
import { operationDefinitions, type DatabaseOperations } from './index.js';

class Crash extends Error {}

let plane: ControlPlane;
let healthy: Replica;

beforeAll(async () => {
  plane = await startControlPlane();
  healthy = plane.replica();
  // A cluster that was never asked is asked before a database is placed on it: here that has happened.
  await plane.cluster.countUsers();
});
afterAll(() => plane.stop());

interface Leftovers {
  readonly statuses: readonly string[];
  readonly hasDefault: boolean;
  readonly mongoUsers: number;
  readonly openOperations: number;
  readonly scheduled: number;
}

/** What is left of a user's databases, in the records and on the cluster. */
async function leftovers({ userId }: Actor): Promise<Leftovers> {
  const { control, db } = plane.connection;
  const owner = await control.databases.owner(userId);
  const mongoUsers = await plane.cluster.listDatabaseUsers(`user_${userId}`, 50);
  const open = await db.collection('operations').countDocuments({ user_id: userId, lock: { $exists: true } });
  return {
    statuses: owner!.databases.map(({ status }) => status),
    hasDefault: owner!.databases.some(({ id }) => id === owner!.defaultDatabaseId),
    mongoUsers: mongoUsers.filter(({ username }) => username.startsWith(`user_${userId}_`)).length,
    openOperations: open,
    scheduled: await db.collection('schedule').countDocuments({ user_id: userId }),
  };
}

async function canLogIn(actor: Actor): Promise<boolean> {
  const { items } = await healthy.databases.list(actor, { limit: 1, offset: 0, sort: 'created_at' });
  const { connection_uri } = await healthy.databases.connection(actor, items[0]!.id);
  const client = new MongoClient(connection_uri, { serverSelectionTimeoutMS: 3000 });
  try {
    return (await client.db().command({ ping: 1 }))['ok'] === 1 && (await client.db().collection('a').countDocuments()) === 0;
  } finally {
    await client.close();
  }
}

async function someDatabase(actor: Actor): Promise<string> {
  return (await healthy.databases.create(actor, { name: 'shop', environment: 'development' })).database.id;
}

async function deleted(actor: Actor): Promise<string> {
  const databaseId = await someDatabase(actor);
  const { confirm_token } = await healthy.databases.requestDeletion(actor, databaseId);
  await healthy.databases.delete(actor, databaseId, { confirm_token });
  return databaseId;
}

interface Scenario {
  readonly kind: keyof DatabaseOperations;
  readonly prepare: (actor: Actor) => Promise<string>;
  readonly run: (replica: Replica, actor: Actor, databaseId: string) => Promise<unknown>;
  readonly end: Leftovers;
  /** What an undone run leaves; absent: the operation is never undone. */
  readonly undone?: Leftovers;
  /** How far the clock is when it runs. */
  readonly after?: number;
  /** What the audit log says of it, once. */
  readonly trace?: AuditAction;
}

const nothing: Leftovers = { statuses: [], hasDefault: false, mongoUsers: 0, openOperations: 0, scheduled: 0 };
const active: Leftovers = { statuses: ['active'], hasDefault: true, mongoUsers: 1, openOperations: 0, scheduled: 0 };
const softlyDeleted: Leftovers = { statuses: ['deleting'], hasDefault: false, mongoUsers: 0, openOperations: 0, scheduled: 1 };
const eightDays = 8 * 86_400_000;

const scenarios: readonly Scenario[] = ([
  {
    kind: 'database.create', prepare: async () => '', end: active, undone: nothing,
    run: (replica, actor) => replica.databases.create(actor, { name: 'shop', environment: 'development' }),
  },
  {
    kind: 'database.delete', prepare: someDatabase, end: softlyDeleted,
    run: async (replica, actor, databaseId) => {
      const { confirm_token } = await healthy.databases.requestDeletion(actor, databaseId);
      return replica.databases.delete(actor, databaseId, { confirm_token });
    },
  },
  { kind: 'database.restore', prepare: deleted, end: active, undone: softlyDeleted, run: (replica, actor, databaseId) => replica.databases.restore(actor, databaseId) },
  { kind: 'database.rotate_credentials', prepare: someDatabase, end: active, undone: active, run: (replica, actor, databaseId) => replica.databases.rotateCredentials(actor, databaseId, {}) },
  {
    kind: 'database.purge', prepare: deleted, end: nothing, after: eightDays,
    run: (replica, { userId }, databaseId) =>
      replica.journal.run(replica.operations['database.purge'], { userId, databaseId, params: { origin: platformOrigin('test'), found: null } }),
  },
  {
    kind: 'database.revoke_previous', end: active, after: 3_601_000,
    prepare: async (actor) => {
      const databaseId = await someDatabase(actor);
      await healthy.databases.rotateCredentials(actor, databaseId, { grace_seconds: 3600 });
      return databaseId;
    },
    run: (replica, { userId }, databaseId) =>
      replica.journal.run(replica.operations['database.revoke_previous'], { userId, databaseId, params: { origin: platformOrigin('test'), reason: 'grace_over', found: null } }),
  },
  {
    kind: 'database.repair', end: active, trace: 'database.repaired',
    prepare: async (actor) => {
      const databaseId = await someDatabase(actor);
      await plane.cluster.dropDatabaseUser(`user_${actor.userId}_${databaseId}`);
      return databaseId;
    },
    run: (replica, { userId }, databaseId) => replica.journal.run(replica.operations['database.repair'], { userId, databaseId, params: { found: null } }),
  },
  {
    kind: 'database.set_suspension', end: active,
    prepare: async (actor) => {
      const databaseId = await someDatabase(actor);
      // The account has been enabled again.
      await plane.connection.control.databases.change(actor.userId, databaseId, { is_suspended: true });
      return databaseId;
    },
    run: (replica, { userId }, databaseId) => replica.journal.run(replica.operations['database.set_suspension'], { userId, databaseId, params: { found: null } }),
  },
  {
    kind: 'database.enforce_quota', end: active,
    prepare: async (actor) => {
      const databaseId = await someDatabase(actor);
      await plane.connection.control.databases.change(actor.userId, databaseId, { quota_mb: 1, current_size_mb: 2 });
      return databaseId;
    },
    run: (replica, { userId }, databaseId) => replica.journal.run(replica.operations['database.enforce_quota'], { userId, databaseId, params: { found: null } }),
  },
] satisfies readonly Scenario[]);

const unused = undefined as never;
const names = (kind: Scenario['kind']): readonly string[] =>
  stepNames(operationDefinitions({ control: unused, clusters: unused, keyring: unused, clock: unused, redeployer: unused, largestDatabaseCount: 1 })[kind]);

function crashOnce(direction: 'apply' | 'undo', step: string, moment: 'before' | 'after'): (observation: StepObservation) => void {
  let isDead = false;
  return (observation) => {
    if (isDead || observation.direction !== direction || observation.step !== step || observation.moment !== moment) return;
    isDead = true;
    throw new Crash(`${direction} ${step} ${moment}`);
  };
}

async function interrupted(scenario: Scenario, options: ReplicaOptions): Promise<Actor> {
  const actor = await plane.newActor();
  const databaseId = await scenario.prepare(actor);
  const clock = movableClock();
  clock.advance(scenario.after ?? 0);
  await expect(scenario.run(plane.replica({ owner: 'first', clock, ...options }), actor, databaseId)).rejects.toThrow();
  const second = plane.replica({ owner: 'second', clock, ...(options.clusters === undefined ? {} : { clusters: options.clusters }) });
  expect(await second.journal.recoverAbandoned(10)).toBe(0); // Its lease holds: nobody interferes.
  clock.advance(31_000);
  expect(await second.journal.recoverAbandoned(10)).toBe(1);
  return actor;
}

describe.each(scenarios)('$kind, interrupted', (scenario) => {
  const [reservation, ...later] = names(scenario.kind);
  const points = [[reservation!, 'after'], ...later.flatMap((step) => [[step, 'before'], [step, 'after']])] as [string, 'before' | 'after'][];

  it.each(points.slice(0, -1))('at %s (%s), is finished by another replica', async (step, moment) => {
    const actor = await interrupted(scenario, { onStep: crashOnce('apply', step, moment) });
    expect(await leftovers(actor)).toEqual(scenario.end);
    if (scenario.end === active) expect(await canLogIn(actor)).toBe(true);
    if (scenario.trace !== undefined) expect(await plane.connection.control.audit.list({ userId: actor.userId, action: scenario.trace, limit: 5 })).toHaveLength(1);
  });

  it('after its last step, is done already', async () => {
    const actor = await plane.newActor();
    const databaseId = await scenario.prepare(actor);
    const clock = movableClock();
    clock.advance(scenario.after ?? 0);
    const [step, moment] = points.at(-1)!;
    await expect(scenario.run(plane.replica({ clock, onStep: crashOnce('apply', step, moment) }), actor, databaseId)).rejects.toThrow();
    expect(await leftovers(actor)).toEqual(scenario.end);
  });
});

describe.each(scenarios.filter(({ undone }) => undone !== undefined))('$kind, whose proof fails for good', (scenario) => {
  const refusing = () => withFaults(plane.clusters, (method) => {
    if (method === 'proveCredential') throw new PermanentFailure('CREDENTIAL_NOT_PROVEN', 'refused by the test');
  });
  const steps = names(scenario.kind).slice(0, names(scenario.kind).indexOf('prove') + 1);

  it('is taken back', async () => {
    const actor = await plane.newActor();
    const databaseId = await scenario.prepare(actor);
    const room = (await plane.connection.control.clusters.find('primary'))!.userCount;
    await expect(scenario.run(plane.replica({ clusters: refusing() }), actor, databaseId)).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(await leftovers(actor)).toEqual(scenario.undone);
    if (scenario.undone === active) expect(await canLogIn(actor)).toBe(true);
    expect((await plane.connection.control.clusters.find('primary'))!.userCount).toBe(room);
  });

  it.each(steps.flatMap((step) => [[step, 'before'], [step, 'after']] as [string, 'before' | 'after'][]))('and is interrupted while undoing %s (%s), is taken back by another replica', async (step, moment) => {
    const definition = healthy.operations[scenario.kind];
    const isUndone = step === definition.reservation.name || definition.steps.some((candidate) => candidate.name === step && 'undo' in candidate);
    if (!isUndone || (step === definition.reservation.name && moment === 'after')) return; // Nothing to undo there, or all is done.
    const actor = await interrupted(scenario, { clusters: refusing(), onStep: crashOnce('undo', step, moment) });
    expect(await leftovers(actor)).toEqual(scenario.undone);
  });
});

describe('a cluster that does not answer', () => {
  it('for a moment, is asked again', async () => {
    let failures = 2;
    const clusters = withFaults(plane.clusters, () => {
      failures -= 1;
      if (failures >= 0) throw new TransientFailure('HostUnreachable', 'away');
    });
    const actor = await plane.newActor();
    await plane.replica({ clusters }).databases.create(actor, { name: 'shop', environment: 'development' });
    expect(await leftovers(actor)).toEqual(active);
  });

  it.each(['an outage', 'a cluster that cannot do it yet'])('leaves a creation to be finished after %s, and says so', async (what) => {
    let isAway = true;
    const clusters = withFaults(plane.clusters, () => {
      if (isAway) throw what === 'an outage' ? new Outage('CLUSTER_AWAY', 'away') : new TransientFailure('HostUnreachable', 'away');
    });
    const actor = await plane.newActor();
    const clock = movableClock();
    const replica = plane.replica({ clusters, clock });
    await expect(replica.databases.create(actor, { name: 'shop', environment: 'development' })).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE' });
    expect(await leftovers(actor)).toMatchObject({ statuses: ['provisioning'], openOperations: 1 });
    clock.advance(31_000);
    expect(await replica.journal.recoverAbandoned(10)).toBe(1);
    expect(await leftovers(actor)).toMatchObject({ statuses: ['provisioning'], openOperations: 1 });
    isAway = false;
    clock.advance(61_000);
    expect(await replica.journal.recoverAbandoned(10)).toBe(1);
    expect(await leftovers(actor)).toEqual(active);
  });

  it('does not have a creation taken back, however long it is away', async () => {
    let fault: Error | undefined = new Outage('CLUSTER_AWAY', 'away');
    const clusters = withFaults(plane.clusters, () => {
      if (fault !== undefined) throw fault;
    });
    const actor = await plane.newActor();
    const clock = movableClock();
    const replica = plane.replica({ clusters, clock });
    await expect(replica.databases.create(actor, { name: 'shop', environment: 'development' })).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE' });
    clock.advance(7 * 86_400_000);
    await replica.journal.recoverAbandoned(10);
    expect(await leftovers(actor)).toMatchObject({ statuses: ['provisioning'], openOperations: 1 });
    fault = undefined;
    clock.advance(61_000);
    await replica.journal.recoverAbandoned(10);
    expect(await leftovers(actor)).toEqual(active);
  });

  it('but answers, and never as it should, has a creation taken back after an hour', async () => {
    const clusters = withFaults(plane.clusters, (method) => {
      if (method === 'proveCredential') throw new TransientFailure('AuthenticationFailed', 'not yet');
    });
    const actor = await plane.newActor();
    const clock = movableClock();
    const replica = plane.replica({ clusters, clock });
    await expect(replica.databases.create(actor, { name: 'shop', environment: 'development' })).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE' });
    clock.advance(3_600_000);
    await replica.journal.recoverAbandoned(10);
    expect(await leftovers(actor)).toEqual(nothing);
  });

  it('leaves a deletion to be finished: the credential never comes back by itself', async () => {
    let isAway = true;
    const clusters = withFaults(plane.clusters, () => {
      if (isAway) throw new TransientFailure('HostUnreachable', 'away');
    });
    const actor = await plane.newActor();
    const databaseId = await someDatabase(actor);
    const clock = movableClock();
    const replica = plane.replica({ clusters, clock });
    const { confirm_token } = await replica.databases.requestDeletion(actor, databaseId);
    await expect(replica.databases.delete(actor, databaseId, { confirm_token })).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE' });
    expect(await leftovers(actor)).toMatchObject({ statuses: ['deleting'], mongoUsers: 1, openOperations: 1 });
    isAway = false;
    clock.advance(31_000);
    await replica.journal.recoverAbandoned(10);
    expect(await leftovers(actor)).toEqual(softlyDeleted);
  });
});

describe('a replica that was only slow', () => {
  it('finds its lease gone and writes nothing more', async () => {
    const actor = await plane.newActor();
    const databaseId = await someDatabase(actor);
    const clock = movableClock();
    let wake: () => void = () => undefined;
    const slept = new Promise<void>((resolve) => { wake = resolve; });
    let arrived: () => void = () => undefined;
    const atStore = new Promise<void>((resolve) => { arrived = resolve; });
    const slow = plane.replica({
      owner: 'slow',
      clock: { now: () => new Date(), sleep: () => slept },
      onStep: async ({ step, moment }) => {
        if (step !== 'store' || moment !== 'before') return;
        arrived();
        await slept;
      },
    });
    const params = { origin: platformOrigin('test'), mode: 'graceful' as const, grace_seconds: 0, next_password_encrypted: await envelopeOf(actor, databaseId), found: null };
    const rotation = slow.journal.run(slow.operations['database.rotate_credentials'], { userId: actor.userId, databaseId, params });
    await atStore;
    clock.advance(31_000);
    expect(await plane.replica({ owner: 'fast', clock }).journal.recoverAbandoned(10)).toBe(1);
    wake();
    await expect(rotation).rejects.toBeInstanceOf(LeaseLost);
    expect(await leftovers(actor)).toEqual(active);
    expect(await canLogIn(actor)).toBe(true);
  });
});

async function envelopeOf({ userId }: Actor, databaseId: string): Promise<string> {
  return (await plane.connection.control.databases.find(userId, databaseId))!.entry.mongo_password_encrypted;
}
