// A repeat of a request whose process died: the same idempotency key finds what the first one began.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import type { Actor } from './contracts.js';

/** Leaves a run as a dead process would: with nothing more written. */
class ProcessDied extends Error {}

const leaseIsOver_ms = 60_000;

describe('a repeat with the same idempotency key', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane.stop());

  const keyed = async (): Promise<Actor> => ({ ...(await plane.newActor()), idempotencyId: crypto.randomUUID() });
  const dyingAt = (step: string) => plane.replica({
    onStep: (observation) => {
      if (observation.step === step && observation.moment === 'after') throw new ProcessDied();
    },
  });
  const survivor = () => {
    const clock = movableClock();
    clock.advance(leaseIsOver_ms);
    return plane.replica({ clock, owner: 'survivor' });
  };
  const stepsOf = async (actor: Actor): Promise<readonly string[]> => (await plane.connection.control.operations.find(actor.idempotencyId!))!.steps.map(({ name }) => name);

  it('goes on with the creation that was interrupted, wherever that was, and answers with its database', async () => {
    const sample = await keyed();
    await plane.replica().databases.create(sample, { name: 'sample', environment: 'development' });
    const steps = await stepsOf(sample);
    expect(steps.length).toBeGreaterThan(2);
    for (const step of steps) {
      const actor = await keyed();
      await dyingAt(step).databases.create(actor, { name: 'wanted', environment: 'development' }).catch(() => undefined);
      const { database } = await survivor().databases.create(actor, { name: 'wanted', environment: 'development' });
      expect(database, step).toMatchObject({ name: 'wanted', status: 'active' });
      const { items } = await plane.replica().databases.list(actor, { limit: 10, offset: 0, sort: 'created_at' });
      expect(items.map(({ id }) => id), step).toEqual([database.id]);
    }
  });

  it.each([['finish', 'end_source'], ['moveBack', 'turn_back']] as const)('ends a move once (%s), whether the first one died or its answer was lost', async (what, step) => {
    const actor = await plane.newActor();
    const replica = plane.replica();
    const create = async (name: string) => (await replica.databases.create(actor, { name, environment: 'development' })).database.id;
    const operationId = await replica.moves.migrate(actor, await create('from'), { target_database_id: await create('to'), mode: 'offline', on_conflict: 'fail', delete_source: false, back_out_seconds: 3600 });
    await replica.journal.idle();
    const request = { ...actor, idempotencyId: crypto.randomUUID() };
    await dyingAt(step).moves[what](request, operationId).catch(() => undefined);
    const first = await survivor().moves[what](request, operationId);
    expect(first).toMatchObject({ id: request.idempotencyId, state: 'succeeded' });
    expect(await replica.moves[what](request, operationId)).toEqual(first);
    await expect(replica.moves[what](actor, operationId)).rejects.toMatchObject({ code: 'MOVE_NOT_REVERSIBLE' });
  });

  it('rotates once, and gives the credential that the first one made', async () => {
    const actor = await keyed();
    const { database } = await plane.replica().databases.create({ ...actor, idempotencyId: crypto.randomUUID() }, { name: 'rotated', environment: 'development' });
    const first = await plane.replica().databases.rotateCredentials(actor, database.id, {});
    const second = await plane.replica().databases.rotateCredentials(actor, database.id, {});
    expect(second.connectionUri.reveal()).toBe(first.connectionUri.reveal());
    const other = await plane.replica().databases.rotateCredentials({ ...actor, idempotencyId: crypto.randomUUID() }, database.id, {});
    expect(other.connectionUri.reveal()).not.toBe(first.connectionUri.reveal());
  });

  it('deletes once, though the confirm token is used up', async () => {
    const actor = await keyed();
    const { databases } = plane.replica();
    const { database } = await databases.create({ ...actor, idempotencyId: crypto.randomUUID() }, { name: 'gone', environment: 'development' });
    const { confirm_token: confirmToken } = await databases.requestDeletion(actor, database.id);
    const first = await databases.delete(actor, database.id, { confirm_token: confirmToken });
    const second = await databases.delete(actor, database.id, { confirm_token: confirmToken });
    expect(second).toEqual(first);
    await expect(databases.delete({ ...actor, idempotencyId: crypto.randomUUID() }, database.id, { confirm_token: confirmToken })).rejects.toMatchObject({ code: expect.stringMatching(/CONFIRM_TOKEN_INVALID|DATABASE_NOT_ACTIVE/u) });
  });

  it('is told to wait while the first one may still be at work', async () => {
    const actor = await keyed();
    await dyingAt('reserve').databases.create(actor, { name: 'slow', environment: 'development' }).catch(() => undefined);
    const attempt = plane.replica().databases.create(actor, { name: 'slow', environment: 'development' });
    await expect(attempt).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' });
  });

  it('tries again where the first one was undone', async () => {
    const actor = await keyed();
    await plane.replica().databases.create({ ...actor, idempotencyId: crypto.randomUUID() }, { name: 'taken', environment: 'development' });
    await expect(plane.replica().databases.create(actor, { name: 'taken', environment: 'development' })).rejects.toMatchObject({ code: 'DATABASE_NAME_TAKEN' });
    const { database } = await plane.replica().databases.create(actor, { name: 'free', environment: 'development' });
    expect(database.status).toBe('active');
  });
});
