// Rotation under load and under failure: apps whose clients connect anew all the time never see a refusal, an app that does not come
// up puts everything back, and a leaked credential ends at once.
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../adapters/system/clock.js';
import { tenantUri } from '../credentials/tenant-uri.js';
import type { AppRecord } from '../domain/app.js';
import { quietMilliseconds, revokeUnusedCredentials } from '../jobs/revoke-unused-credentials.js';
import type { StepObservation } from '../journal/operation-run.js';
import { AppDeployments } from '../services/app-deployments.js';
import type { Actor } from '../services/contracts.js';
import { clientFleets, type ClientFleets } from '../testing/client-fleet.fixture.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica, type ReplicaOptions } from '../testing/control-plane.fixture.js';

class Crash extends Error {}

let plane: ControlPlane;
let fleets: ClientFleets;
let deployments: AppDeployments;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());
beforeEach(() => useFleets(1));
afterEach(() => fleets.close());

function useFleets(clientsPerApp: number): void {
  const { clusters, keyring, connection: { control } } = plane;
  fleets = clientFleets(clientsPerApp);
  deployments = new AppDeployments({
    stores: control, keyring, clock: systemClock, deployers: new Map([['process', fleets]]), uriOf: (userId, entry) => tenantUri({ clusters, keyring, control, platformLimits: {} }, userId, entry),
  });
}

function replica(options: ReplicaOptions = {}): Replica {
  return plane.replica({ redeployer: deployments, ...options });
}

interface Deployed {
  readonly actor: Actor;
  readonly databaseId: string;
  readonly username: string;
  readonly uri: string;
  readonly appIds: readonly string[];
}

/** A database, and so many apps that run with its credential. */
async function deployed(apps: number): Promise<Deployed> {
  const actor = await plane.newActor();
  const { database, connectionUri } = await replica().databases.create(actor, { name: 'shop', environment: 'development' });
  const appIds = Array.from({ length: apps }, (_, index) => `${database.id}-${index}`);
  // One bound to it, the others to the default, which it is.
  for (const [index, appId] of appIds.entries()) await deploy(actor, appId, index === 0 ? database.id : null);
  return { actor, databaseId: database.id, username: database.mongo_username, uri: connectionUri.reveal(), appIds };
}

async function deploy({ userId }: Actor, appId: string, databaseId: string | null): Promise<AppRecord> {
  const now = new Date();
  const app: AppRecord = {
    _id: appId, user_id: userId, name: `app ${appId}`, database_id: databaseId, deployer: 'process', spec: null, status: 'created', status_message: null, created_at: now, updated_at: now, last_deployed_at: null,
  };
  await plane.connection.control.apps.insert(app, null);
  return deployments.deploy(app);
}

async function usersOf({ actor }: Deployed): Promise<readonly string[]> {
  const users = await plane.cluster.listDatabaseUsers(`user_${actor.userId}`, 50);
  return users.map(({ username }) => username).filter((username) => username.startsWith(`user_${actor.userId}_`));
}

const urisOf = ({ appIds }: Deployed): ReadonlySet<string | undefined> => new Set(appIds.map((appId) => fleets.uris.get(appId)));
const currentUri = async ({ actor, databaseId }: Deployed): Promise<string> => (await replica().databases.connection(actor, databaseId)).connection_uri;

async function lookForUnused(clock = movableClock(), by = replica({ clock })): Promise<void> {
  const { clusters, connection: { control } } = plane;
  await revokeUnusedCredentials({ control, clusters, clock, journal: by.journal, operations: by.operations }).run(new AbortController().signal);
}

async function connected(uri: string): Promise<MongoClient> {
  const client = new MongoClient(uri, { maxPoolSize: 1 });
  await client.db().collection('rounds').findOne({});
  return client;
}

function crashOnce(direction: 'apply' | 'undo', step: string, moment: 'before' | 'after'): (observation: StepObservation) => void {
  let isDead = false;
  return (seen) => {
    if (isDead || seen.direction !== direction || seen.step !== step || seen.moment !== moment) return;
    isDead = true;
    throw new Crash(`${direction} ${step} ${moment}`);
  };
}

describe('fifty clients that connect anew all the time', () => {
  beforeEach(() => useFleets(10));

  it('see no failure in a rotation with a grace time, nor when the old credential ends early, because nobody has it any more, nor in one without', async () => {
    const shop = await deployed(5);
    const { previousValidUntil } = await replica().databases.rotateCredentials(shop.actor, shop.databaseId, { grace_seconds: 3600 });
    expect(previousValidUntil.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
    expect(urisOf(shop)).toEqual(new Set([await currentUri(shop)]));
    expect(await usersOf(shop)).toHaveLength(2);
    const clock = movableClock();
    await lookForUnused(clock);
    expect(await usersOf(shop)).toHaveLength(2);
    clock.advance(quietMilliseconds);
    await lookForUnused(clock);
    expect(await usersOf(shop)).toEqual([`${shop.username}_b`]);
    await fleets.roundsMore(5);
    const [event] = await plane.connection.control.audit.ofSubject(shop.actor.userId, shop.databaseId, 1);
    expect(event).toMatchObject({ action: 'database.previous_credential_revoked', details: { username: shop.username, reason: 'unused' } });
    await replica().databases.rotateCredentials(shop.actor, shop.databaseId, {});
    expect(await usersOf(shop)).toEqual([shop.username]);
    await fleets.roundsMore(5);
    expect(fleets.failures).toEqual([]);
  });
});

describe('an app that does not come up with the new credential', () => {
  it('ends the rotation: the apps have the old one, which was never touched, and the answer names the app', async () => {
    const shop = await deployed(3);
    fleets.insistOn.set(shop.appIds[2]!, shop.uri);
    const by = replica();
    const refusal: unknown = await by.databases.rotateCredentials(shop.actor, shop.databaseId, { grace_seconds: 60 }).catch((error: unknown) => error);
    const apps = [{ id: shop.appIds[2], name: `app ${shop.appIds[2]!}`, reason: 'it likes its old URI better' }];
    expect(refusal).toMatchObject({ code: 'ROTATION_ABORTED', details: { database_id: shop.databaseId, operation_id: expect.any(String), apps } });
    expect(await currentUri(shop)).toBe(shop.uri);
    expect(urisOf(shop)).toEqual(new Set([shop.uri]));
    expect(await usersOf(shop)).toEqual([shop.username]);
    expect((await by.databases.get(shop.actor, shop.databaseId)).last_rotated_at).toBeNull();
    const { operation_id: operationId } = (refusal as { details: { operation_id: string } }).details;
    expect(await plane.connection.control.operations.find(operationId)).toMatchObject({ state: 'failed', error_code: 'ROTATION_ABORTED', result: { apps } });
    const events = await plane.connection.control.audit.ofSubject(shop.actor.userId, shop.databaseId, 5);
    expect(events).toContainEqual(expect.objectContaining({ action: 'database.rotation_aborted', details: { apps: [{ id: apps[0]!.id, name: apps[0]!.name }] } }));
    expect(by.events.map((event) => (event.name === 'operation.ended' ? event.outcome : event.name))).toEqual(['aborted']);
    await fleets.roundsMore(2);
    expect(fleets.failures).toEqual([]);
  });

  it('does not hold up anybody where it had not been running before, nor an immediate rotation', async () => {
    const shop = await deployed(2);
    const sick = shop.appIds[1]!;
    fleets.insistOn.set(sick, shop.uri);
    await plane.connection.control.apps.change(shop.actor.userId, sick, { status: 'failed' });
    await replica().databases.rotateCredentials(shop.actor, shop.databaseId, { grace_seconds: 60 });
    await plane.connection.control.apps.change(shop.actor.userId, sick, { status: 'running' });
    await replica().databases.rotateCredentials(shop.actor, shop.databaseId, { mode: 'immediate' });
    expect(await usersOf(shop)).toEqual([shop.username]);
    expect(fleets.uris.get(shop.appIds[0]!)).toBe(await currentUri(shop));
  });

  it('holds up nobody where nobody here can deploy it', async () => {
    const shop = await deployed(1);
    const { apps } = plane.connection.control;
    const app = (await apps.find(shop.actor.userId, shop.appIds[0]!))!;
    await apps.insert({ ...app, _id: `${app._id}-elsewhere`, name: 'elsewhere', deployer: 'elsewhere' }, null);
    await replica().databases.rotateCredentials(shop.actor, shop.databaseId, {});
    expect(urisOf(shop)).toEqual(new Set([await currentUri(shop)]));
    expect(await apps.find(shop.actor.userId, `${app._id}-elsewhere`)).toMatchObject({ status: 'failed', status_message: expect.any(String) });
  });

  const undoing = [['move_apps', 'before'], ['move_apps', 'after'], ['create_user', 'before'], ['create_user', 'after'], ['reserve', 'before']] as const;
  it.each(undoing)('and a replica that dies while %s is undone (%s) leave another to put things back', async (step, moment) => {
    const shop = await deployed(2);
    fleets.insistOn.set(shop.appIds[0]!, shop.uri);
    await expect(replica({ onStep: crashOnce('undo', step, moment) }).databases.rotateCredentials(shop.actor, shop.databaseId, { grace_seconds: 60 })).rejects.toThrow();
    const clock = movableClock();
    clock.advance(31_000);
    expect(await replica({ owner: 'second', clock }).journal.recoverAbandoned(10)).toBe(1);
    expect(await usersOf(shop)).toEqual([shop.username]);
    expect(await currentUri(shop)).toBe(shop.uri);
    expect(urisOf(shop)).toEqual(new Set([shop.uri]));
    expect(fleets.failures).toEqual([]);
  });
});

describe('a leaked credential', () => {
  it.each([{ mode: 'immediate' }, { grace_seconds: 0 }] as const)('loses its rights at once with %j, on an open connection too, before any app is deployed', async (rotation) => {
    const shop = await deployed(1);
    const thief = await connected(shop.uri);
    let usersAtDeployment: readonly string[] = [];
    fleets.onDeploy = async () => {
      usersAtDeployment = await usersOf(shop);
      await expect(thief.db().collection('rounds').findOne({})).rejects.toMatchObject({ code: 13 });
    };
    const { previousValidUntil } = await replica().databases.rotateCredentials(shop.actor, shop.databaseId, rotation);
    expect(usersAtDeployment).toEqual([`${shop.username}_b`]);
    await expect(thief.db().collection('rounds').findOne({})).rejects.toMatchObject({ code: 13 });
    await expect(connected(shop.uri)).rejects.toMatchObject({ code: 18 });
    await thief.close();
    expect(previousValidUntil.getTime()).toBeLessThanOrEqual(Date.now());
    expect(urisOf(shop)).toEqual(new Set([await currentUri(shop)]));
  });

  it('that is in the grace time of an earlier rotation ends, with its connections, when the next one begins', async () => {
    const shop = await deployed(1);
    const thief = await connected(shop.uri);
    await replica().databases.rotateCredentials(shop.actor, shop.databaseId, { grace_seconds: 3600 });
    await thief.db().collection('rounds').findOne({});
    const second = await currentUri(shop);
    await replica().databases.rotateCredentials(shop.actor, shop.databaseId, { grace_seconds: 3600 });
    await expect(thief.db().collection('rounds').findOne({})).rejects.toMatchObject({ code: 13 });
    await thief.close();
    await (await connected(second)).close();
    expect(await usersOf(shop)).toHaveLength(2);
    expect(fleets.failures).toEqual([]);
  });
});

describe('a rotation with apps that is interrupted', () => {
  // The steps before are those of every rotation: interruptions.test.ts has them.
  const steps = ['move_apps', 'store', 'revoke_at_once', 'redeploy_apps', 'revoke_previous'];
  const points = steps.flatMap((step) => [[step, 'before'], [step, 'after']] as const);

  it.each((['graceful', 'immediate'] as const).flatMap((mode) => points.map(([step, moment]) => ({ mode, step, moment }))))('($mode) $moment $step is finished by another replica, and the apps have the new credential', async ({ mode, step, moment }) => {
    const shop = await deployed(1);
    await expect(replica({ onStep: crashOnce('apply', step, moment) }).databases.rotateCredentials(shop.actor, shop.databaseId, { mode })).rejects.toThrow();
    const clock = movableClock();
    clock.advance(31_000);
    expect(await replica({ owner: 'second', clock }).journal.recoverAbandoned(10)).toBe(1);
    expect(await usersOf(shop)).toEqual([`${shop.username}_b`]);
    expect(urisOf(shop)).toEqual(new Set([await currentUri(shop)]));
    await (await connected(await currentUri(shop))).close();
    if (mode === 'graceful') expect(fleets.failures).toEqual([]);
  });
});

describe('an app that somebody deploys in the middle of a rotation', () => {
  it.each(['move_apps', 'store', 'redeploy_apps', 'revoke_previous'])('(before %s) has the new credential in the end', async (step) => {
    const shop = await deployed(1);
    const app = (await plane.connection.control.apps.find(shop.actor.userId, shop.appIds[0]!))!;
    const by = replica({ onStep: async (seen) => {
      if (seen.step === step && seen.moment === 'before') await deployments.deploy(app);
    } });
    await by.databases.rotateCredentials(shop.actor, shop.databaseId, {});
    expect(urisOf(shop)).toEqual(new Set([await currentUri(shop)]));
    await fleets.roundsMore(2);
    expect(fleets.failures).toEqual([]);
  });
});

describe('a database', () => {
  it('that is being deleted, or is deleted, is not rotated', async () => {
    const shop = await deployed(0);
    const refusals: unknown[] = [];
    const rotate = () => replica().databases.rotateCredentials(shop.actor, shop.databaseId, {}).catch((error: unknown) => void refusals.push(error));
    const deleting = replica({ onStep: async ({ step, moment }) => {
      if (step === 'revoke_credentials' && moment === 'after') await rotate();
    } });
    const { confirm_token } = await deleting.databases.requestDeletion(shop.actor, shop.databaseId);
    await deleting.databases.delete(shop.actor, shop.databaseId, { confirm_token });
    await rotate();
    expect(refusals).toMatchObject([{ code: 'DATABASE_NOT_ACTIVE' }, { code: 'DATABASE_NOT_ACTIVE' }]);
    expect(await usersOf(shop)).toEqual([]);
  });
});
