import { ApiError } from '@freehold/api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { heldMb } from '../domain/quota.js';
import { runScheduled } from '../jobs/run-scheduled.js';
import { movableClock, startControlPlane, type ControlPlane, type Replica } from '../testing/control-plane.fixture.js';
import type { Actor } from './contracts.js';

const totalMb = 100;
const largestCount = 4;

let plane: ControlPlane;
let replicas: readonly [Replica, Replica];
beforeAll(async () => {
  plane = await startControlPlane({ userLimit: 100_000 });
  replicas = [plane.replica({ owner: 'first' }), plane.replica({ owner: 'second' })];
});
afterAll(() => plane.stop());

type Step =
  | { readonly kind: 'create'; readonly quotaMb: number | null }
  | { readonly kind: 'set_quota'; readonly which: number; readonly quotaMb: number | null }
  | { readonly kind: 'delete' | 'restore'; readonly which: number };

const quota = fc.option(fc.integer({ min: 1, max: 70 }), { nil: null });
const which = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: quota.map((quotaMb) => ({ kind: 'create' as const, quotaMb })) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set_quota' as const), which, quotaMb: quota }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('delete' as const, 'restore' as const), which }) },
);

async function apply({ databases }: Replica, actor: Actor, each: Step): Promise<void> {
  if (each.kind === 'create') {
    await databases.create(actor, { name: `d ${systemIdentifiers.uuid()}`, environment: 'development', ...(each.quotaMb === null ? {} : { quota_mb: each.quotaMb }) });
    return;
  }
  const { items } = await databases.list(actor, { limit: 100, offset: 0, sort: 'created_at' });
  const database = items[each.which % Math.max(1, items.length)];
  if (database === undefined) return;
  if (each.kind === 'set_quota') await databases.update(actor, database.id, { quota_mb: each.quotaMb });
  else if (each.kind === 'restore') await databases.restore(actor, database.id);
  else {
    const { confirm_token } = await databases.requestDeletion(actor, database.id);
    const other = items.find(({ id, status }) => id !== database.id && status === 'active');
    await databases.delete(actor, database.id, { confirm_token, ...(other === undefined ? {} : { new_default_database_id: other.id }) });
  }
}

describe('whatever is asked at once', () => {
  it('never promises more than the total, nor makes more databases than there may be, and the sums agree', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(step, { minLength: 2, maxLength: 8 }), { minLength: 1, maxLength: 3 }), async (batches) => {
      const actor = await plane.newActor({ total_quota_mb: totalMb, limits: { max_databases: largestCount } });
      for (const batch of batches) {
        // One batch after the other: within it everything is asked at once, of two replicas in turn.
        const asked = await Promise.allSettled(batch.map((each, index) => apply(replicas[index % 2]!, actor, each)));
        for (const one of asked) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(ApiError);
        const owner = (await plane.connection.control.databases.owner(actor.userId))!;
        const heldTogetherMb = owner.databases.reduce((sum, entry) => sum + heldMb(entry), 0);
        expect(heldTogetherMb).toBeLessThanOrEqual(totalMb);
        expect(owner.databases.length).toBeLessThanOrEqual(largestCount);
        expect(await plane.connection.control.users.find(actor.userId)).toMatchObject({ promisedMb: heldTogetherMb, databaseCount: owner.databases.length });
      }
    }), { numRuns: 12, endOnFailure: true });
  });
});

describe('the end of a database', () => {
  it('gives its room back, and leaves no sizes behind', async () => {
    const clock = movableClock();
    const replica = plane.replica({ clock });
    const actor = await plane.newActor({ total_quota_mb: totalMb });
    const { control } = plane.connection;
    const { database } = await replica.databases.create(actor, { name: 'shop', environment: 'development', quota_mb: totalMb });
    await control.usageHistory.record([{ databaseId: database.id, at: new Date(), bytes: 1, documents: 1 }], ['five_minutes', 'hour', 'day']);
    await apply(replica, actor, { kind: 'delete', which: 0 });
    await expect(replica.databases.create(actor, { name: 'next', environment: 'development', quota_mb: 1 })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    clock.advance(8 * 86_400_000);
    await runScheduled({ control, clock, journal: replica.journal, operations: replica.operations }).run(new AbortController().signal);
    expect(await control.usageHistory.samplesOf(database.id, new Date(0))).toEqual({ five_minutes: [], hour: [], day: [] });
    await replica.databases.create(actor, { name: 'next', environment: 'development', quota_mb: totalMb });
  });
});
