// Clocks that jump: a replica's is a day ahead, or goes back an hour in the midst of work. Leases, grace times, confirm tokens and
// schedules may come early or late by as much; nothing is done twice, and nothing is lost.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScheduled } from '../jobs/run-scheduled.js';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';

const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane({ userLimit: 10_000 });
});
afterAll(() => plane.stop());

const input = { name: 'shop', environment: 'development' } as const;

/** Runs what is due by a clock. */
async function runDue(clock: ReturnType<typeof movableClock>): Promise<void> {
  const { journal, operations } = plane.replica({ owner: 'scheduler', clock });
  await runScheduled({ control: plane.connection.control, clock, journal, operations }).run(new AbortController().signal);
}

describe('a clock that is a day ahead', () => {
  it('takes an operation over that is still at work, and the one that had it writes nothing more', async () => {
    const actor = await plane.newActor();
    const ahead = movableClock();
    ahead.advance(day_ms);
    const hasty = plane.replica({ owner: 'ahead', clock: ahead });
    let isTakenOver = false;
    const slow = plane.replica({
      owner: 'slow', onStep: async ({ step, moment }) => {
        if (step !== 'create_user' || moment !== 'before' || isTakenOver) return;
        isTakenOver = true;
        await hasty.journal.recoverAbandoned(100);
      },
    });
    await expect(slow.databases.create(actor, input)).rejects.toMatchObject({ code: 'OPERATION_IN_PROGRESS' });
    const { items } = await slow.databases.list(actor, { limit: 10, offset: 0, sort: 'created_at' });
    expect(items.map(({ status }) => status)).toEqual(['active']);
    expect(await plane.connection.db.collection('operations').countDocuments({ user_id: actor.userId, state: 'succeeded' })).toBe(1);
    const users = await plane.cluster.listDatabaseUsers(null, 1000);
    expect(users.filter(({ owner }) => owner?.userId === actor.userId)).toHaveLength(1);
  });

  it('ends confirm tokens and grace times, and purges nothing before its seven days', async () => {
    const actor = await plane.newActor();
    const clock = movableClock();
    const { databases } = plane.replica({ clock });
    const { database: { id } } = await databases.create(actor, input);
    const before = (await databases.get(actor, id)).mongo_username;
    await databases.rotateCredentials(actor, id, { mode: 'graceful', grace_seconds: 3600 });
    const { confirm_token: early } = await databases.requestDeletion(actor, id);
    clock.advance(day_ms);
    await expect(databases.delete(actor, id, { confirm_token: early })).rejects.toMatchObject({ code: 'CONFIRM_TOKEN_INVALID' });
    await runDue(clock);
    expect(await plane.cluster.findDatabaseUser(before)).toBeUndefined();
    const { confirm_token } = await databases.requestDeletion(actor, id);
    await databases.delete(actor, id, { confirm_token });
    clock.advance(6 * day_ms);
    await runDue(clock);
    expect((await databases.restore(actor, id)).status).toBe('active');
  });
});

describe('a clock that goes back an hour', () => {
  it('in the midst of an operation lets it end', async () => {
    const actor = await plane.newActor();
    const clock = movableClock();
    const { databases } = plane.replica({ clock, onStep: ({ step, moment }) => {
      if (step === 'create_user' && moment === 'before') clock.advance(-hour_ms);
    } });
    expect((await databases.create(actor, input)).database.status).toBe('active');
  });

  it('keeps a confirm token and a grace time for the hour longer, and runs nothing twice', async () => {
    const actor = await plane.newActor();
    const clock = movableClock();
    const { databases } = plane.replica({ clock });
    const { database: { id } } = await databases.create(actor, input);
    const before = (await databases.get(actor, id)).mongo_username;
    await databases.rotateCredentials(actor, id, { mode: 'graceful', grace_seconds: 60 });
    const { confirm_token } = await databases.requestDeletion(actor, id);
    clock.advance(-hour_ms);
    await runDue(clock);
    expect(await plane.cluster.findDatabaseUser(before)).toBeDefined();
    clock.advance(hour_ms + 61_000);
    for (let run = 1; run <= 2; run += 1) await runDue(clock);
    expect(await plane.cluster.findDatabaseUser(before)).toBeUndefined();
    expect(await plane.connection.db.collection('operations').countDocuments({ database_id: id, kind: 'database.revoke_previous' })).toBe(1);
    clock.advance(-hour_ms);
    expect((await databases.delete(actor, id, { confirm_token })).status).toBe('deleting');
  });
});
