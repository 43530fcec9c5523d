import { ObjectId, type CommandStartedEvent, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewDelivery } from '../../ports/webhooks.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { keepAuditEventsFor } from './audit-store.js';
import { connectControlDatabase, type ControlConnection } from './control-database.js';
import { MongoDeliveryStore, MongoNotificationStore } from './deliveries-store.js';
import { openEventReader } from './event-outbox-store.js';

let cluster: TestCluster;
let connection: ControlConnection;
const lookups: { readonly collection: string; readonly filter: Document; readonly sort: Document | undefined }[] = [];
const now = new Date('2026-01-01T00:00:00Z');

beforeAll(async () => {
  cluster = await startTestCluster();
  connection = await connectControlDatabase({ uri: cluster.uri, databaseName: `freehold_test_${new ObjectId().toHexString()}`, monitorCommands: true });
  connection.client.on('commandStarted', ({ command }: CommandStartedEvent) => {
    if (typeof command['find'] === 'string') lookups.push({ collection: command['find'], filter: command['filter'] as Document, sort: command['sort'] as Document | undefined });
    if (typeof command['findAndModify'] === 'string') lookups.push({ collection: command['findAndModify'], filter: command['query'] as Document, sort: undefined });
    if (typeof command['update'] === 'string') lookups.push({ collection: command['update'], filter: (command['updates'] as Document[])[0]!['q'] as Document, sort: undefined });
  });
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
  await cluster.stop();
});

/** The stages of the plan that won. */
function stagesOf(explained: Document): readonly string[] {
  const plan = (explained['queryPlanner'] as Document)['winningPlan'] as Document;
  return [...JSON.stringify(plan).matchAll(/"stage":"(\w+)"/gu)].map((match) => match[1]!);
}

describe('every look-up of events, deliveries, webhooks and audit entries', () => {
  it('uses an index, and lists are in its order', async () => {
    const { db, control } = connection;
    const reader = openEventReader(db);
    const deliveries = new MongoDeliveryStore({ db });
    const origin = { actor_user_id: 'u', credential: { kind: 'session', id: 's' }, request_id: 'r', remote_address: '192.0.2.1' };
    await control.outbox.record({ userId: 'u', type: 'database.restored', at: now, data: { database_id: 'd' } });
    await control.audit.record({ action: 'database.restored', origin, userId: 'u', subject: { kind: 'database', id: 'd' }, at: now, details: {} });
    lookups.length = 0;
    const before = { at: now, id: 'f'.repeat(24) };
    for (const query of [{}, { userId: 'u' }, { actorUserId: 'u' }, { action: 'x' }, { subjectId: 'd' }, { userId: 'u', subjectId: 'd' }]) {
      for (const page of [{}, { before }, { from: now, to: now, before }]) await control.audit.list({ ...query, ...page, limit: 5 });
    }
    await reader.head('u');
    await reader.heads(['u', 'v']);
    await reader.after('u', 0, 5);
    await reader.since('u', now, 0, 5);
    await reader.undispatched(5);
    await control.webhooks.list('u', { limit: 5, offset: 0 });
    await control.webhooks.listening('u', 'database.created');
    await deliveries.hasDue(now);
    await deliveries.claim(now, now, []);
    await deliveries.claim(now, now, ['w']);
    await deliveries.list('w', { limit: 5, offset: 0 });
    await deliveries.find('w', 'd');
    await new MongoNotificationStore({ db }).mailedEventTypes('u');
    expect(new Set(lookups.map(({ collection }) => collection))).toEqual(new Set(['audit_events', 'events', 'event_heads', 'webhooks', 'deliveries', 'notifications']));
    for (const { collection, filter, sort } of [...lookups]) {
      const stages = stagesOf(await db.collection(collection).find(filter, sort === undefined ? {} : { sort }).explain('queryPlanner'));
      expect(stages, `${collection} ${JSON.stringify(filter)}`).not.toContain('COLLSCAN');
      if (sort !== undefined) expect(stages, `${collection} ${JSON.stringify(filter)} ${JSON.stringify(sort)}`).not.toContain('SORT');
    }
  });
});

describe('audit entries', () => {
  it('expire after the time that is set, which may change', async () => {
    const { db } = connection;
    const expiry = async (): Promise<unknown> => (await db.collection('audit_events').indexes()).find(({ key }) => JSON.stringify(key) === '{"at":1}')?.expireAfterSeconds;
    await keepAuditEventsFor(db, 400);
    expect(await expiry()).toBe(400 * 86_400);
    await keepAuditEventsFor(db, 30);
    expect(await expiry()).toBe(30 * 86_400);
  });
});

describe('a delivery', () => {
  const delivery: NewDelivery = { channel: 'webhook', userId: 'u', webhookId: 'w1', eventId: 'e1', eventType: 'database.created' };
  const later = new Date(now.getTime() + 60_000);

  it('is made once, claimed by one, and settled by nobody who lost it', async () => {
    const store = new MongoDeliveryStore(connection);
    await Promise.all([store.add([delivery], now), store.add([delivery], now)]);
    const claims = await Promise.all([store.claim(now, later, []), store.claim(now, later, [])]);
    const lost = claims.find((claim) => claim !== undefined)!;
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    const taken = (await store.claim(later, new Date(later.getTime() + 60_000), []))!;
    await store.settle(lost, { state: 'failed', nextAttemptAt: null, attempt: null });
    expect(await store.find('w1', lost.id)).toMatchObject({ state: 'pending', attemptCount: 2 });
    await store.settle(taken, { state: 'delivered', nextAttemptAt: null, attempt: { at: now, durationMs: 1, status: 200, error: null, excerpt: null } });
    expect(await store.find('w1', lost.id)).toMatchObject({ state: 'delivered', attempts: [{ status: 200 }] });
    expect(await store.hasDue(new Date(later.getTime() + 3_600_000))).toBe(false);
  });

  it('to a webhook that is busy waits', async () => {
    const store = new MongoDeliveryStore(connection);
    await store.add([{ ...delivery, eventId: 'e2' }, { ...delivery, eventId: 'e3', webhookId: 'w2' }], now);
    expect(await store.claim(now, later, ['w1'])).toMatchObject({ webhookId: 'w2' });
    expect(await store.claim(now, later, ['w1'])).toBeUndefined();
  });
});
