// Events from the database that they happen to, through the outbox, to real receivers.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CreatedWebhook } from '@freehold/api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MongoDeliveryStore } from '../adapters/mongodb/deliveries-store.js';
import { openEventReader } from '../adapters/mongodb/event-outbox-store.js';
import { createWebhookSender } from '../adapters/webhook-delivery/webhook-sender.js';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';
import { createEventDelivery } from './event-delivery.js';
import { dispatchEvents } from './event-dispatch.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let platform: HttpPlatform;
let receiver: Server;
let received: Received[] = [];
/** What the receiver answers, to one request after the other; 204 when it is empty. */
let answers: number[] = [];
let url: string;

beforeAll(async () => {
  platform = await startHttpPlatform();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => { body += String(piece); }).on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204, request.url === '/moved' ? { location: 'http://127.0.0.1:1/' } : {}).end(answers.length === 0 ? '' : 'no thanks');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?team=7`;
});
beforeEach(() => {
  received = [];
  answers = [];
});
afterEach(async () => {
  await platform.plane.connection.db.collection('webhooks').deleteMany({});
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await platform.stop();
});

interface Replica {
  dispatch(): Promise<unknown>;
  /** Sends all that is due. */
  deliver(): Promise<void>;
}

/** What the jobs of one process do. `losing`: it dies after each sending. */
function replica({ losing = false } = {}): Replica {
  const { plane, clock } = platform;
  const { db, control } = plane.connection;
  const events = openEventReader(db);
  const deliveries = new MongoDeliveryStore({ db });
  if (losing) deliveries.settle = () => Promise.reject(new Error('killed'));
  const sender = createWebhookSender({ allowPrivate: true, userAgent: 'test', timeoutMs: 2_000 });
  const accounts = control.accounts;
  const delivery = createEventDelivery({ control, events, deliveries, sender, mailer: undefined, accounts, keyring: plane.keyring, clock, sink: { emit: () => undefined }, random: () => 0.5 });
  return {
    dispatch: () => dispatchEvents({ events, webhooks: control.webhooks, notifications: control.notifications, deliveries, clock, hasMailer: false }),
    deliver: async () => {
      while (await delivery.deliverNext());
    },
  };
}

async function userWithWebhook(fields: Readonly<Record<string, unknown>> = {}) {
  await replica().dispatch();
  const user = await platform.newUser();
  const webhook: CreatedWebhook = await user.client.webhooks.create({ url, event_types: ['database.created', 'database.updated'], ...fields });
  return { ...user, webhook };
}

async function somethingHappens(user: Awaited<ReturnType<typeof platform.newUser>>, name = 'shop'): Promise<string> {
  const { id } = await user.client.databases.create({ name });
  await replica().dispatch();
  return id;
}

/** As Standard Webhooks has receivers do it; written from its specification, with nothing of ours. */
function isSigned({ headers, body }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key).update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`).digest('base64');
  return String(headers['webhook-signature']).split(' ').includes(`v1,${expected}`);
}

describe('a webhook', () => {
  it('is told of what it listens to, signed, and of nothing else', async () => {
    const user = await userWithWebhook();
    const databaseId = await somethingHappens(user);
    await user.client.databases.rotateCredentials({ id: databaseId });
    await replica().dispatch();
    await replica().deliver();
    expect(received).toHaveLength(1);
    expect(JSON.parse(received[0]!.body)).toMatchObject({ type: 'database.created', sequence: 1, data: { database_id: databaseId, name: 'shop' } });
    expect(received[0]!.headers['webhook-id']).toBe(JSON.parse(received[0]!.body).id);
    expect(isSigned(received[0]!, user.webhook.secret)).toBe(true);
    expect(isSigned({ ...received[0]!, body: `${received[0]!.body} ` }, user.webhook.secret)).toBe(false);
    const { items } = await user.client.webhooks.deliveries({ id: user.webhook.id });
    expect(items).toEqual([expect.objectContaining({ state: 'delivered', attempt_count: 1, attempts: [expect.objectContaining({ status: 204, error: null, excerpt: null })] })]);
  });

  it('is tried again until it answers, with the same id and the same bytes', async () => {
    const user = await userWithWebhook();
    await somethingHappens(user);
    answers = [500, 302, 200];
    await replica().deliver();
    await replica().deliver();
    expect(received).toHaveLength(1);
    for (const seconds of [6, 25]) {
      platform.clock.advance(seconds * 1000);
      await replica().deliver();
    }
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size).toBe(1);
    const { items } = await user.client.webhooks.deliveries({ id: user.webhook.id });
    expect(items[0]).toMatchObject({ state: 'delivered', attempt_count: 3, attempts: [{ status: 500, excerpt: 'no thanks' }, { status: 302 }, { status: 200 }] });
  });

  it('gets an event once, however many replicas hand it on and send', async () => {
    const user = await userWithWebhook();
    for (const name of ['a', 'b', 'c']) await user.client.databases.create({ name });
    const replicas = [replica(), replica(), replica()];
    await Promise.all(replicas.map((each) => each.dispatch()));
    await Promise.all(replicas.map((each) => each.deliver()));
    expect(received.map(({ body }) => JSON.parse(body).data.name).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('gets an event again, under the same id, from another replica when one died between sending and writing it down', async () => {
    const user = await userWithWebhook();
    await somethingHappens(user);
    await expect(replica({ losing: true }).deliver()).rejects.toThrow('killed');
    await replica().deliver();
    expect(received).toHaveLength(1);
    platform.clock.advance(61_000);
    await replica().deliver();
    expect(received).toHaveLength(2);
    expect(received[0]!.headers['webhook-id']).toBe(received[1]!.headers['webhook-id']);
  });

  it('is switched off when it failed for three days, and its owner is told', async () => {
    const user = await userWithWebhook();
    await somethingHappens(user);
    answers = Array.from({ length: 20 }, () => 503);
    for (let attempt = 0; attempt < 14; attempt += 1) {
      await replica().deliver();
      platform.clock.advance(13 * 3_600_000);
      if (attempt < 12) await user.client.webhooks.replay({ id: user.webhook.id, since: '2020-01-01T00:00:00Z' });
    }
    expect(await user.client.webhooks.get({ id: user.webhook.id })).toMatchObject({ enabled: false, disabled_reason: 'failing' });
    const events = await platform.plane.connection.db.collection('events').find({ stream: user.id, type: 'webhook.disabled' }).toArray();
    expect(events).toEqual([expect.objectContaining({ data: { webhook_id: user.webhook.id, reason: 'failing' } })]);
    expect(await user.client.webhooks.update({ id: user.webhook.id, enabled: true })).toMatchObject({ enabled: true, disabled_reason: null, failing_since: null });
  });

  it('is switched off at once when it answers that it is gone', async () => {
    const user = await userWithWebhook();
    await somethingHappens(user);
    answers = [410];
    await replica().deliver();
    expect(await user.client.webhooks.get({ id: user.webhook.id })).toMatchObject({ enabled: false, disabled_reason: 'gone' });
  });

  it('gets one event, or all since a time, again when its owner asks', async () => {
    const user = await userWithWebhook();
    const before = new Date(Date.now() - 60_000).toISOString();
    await somethingHappens(user, 'one');
    await somethingHappens(user, 'two');
    await replica().deliver();
    const { items } = await user.client.webhooks.deliveries({ id: user.webhook.id, limit: 10 });
    expect(await user.client.webhooks.replayDelivery({ id: user.webhook.id, delivery_id: items[0]!.id })).toMatchObject({ state: 'pending' });
    await replica().deliver();
    expect(received).toHaveLength(3);
    expect(await user.client.webhooks.replay({ id: user.webhook.id, since: before })).toEqual({ replayed: 2 });
    await replica().deliver();
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
    expect(received).toHaveLength(5);
  });

  it('gets signatures by the old and the new secret while both are valid, then by the new one', async () => {
    const user = await userWithWebhook();
    const { secret } = await user.client.webhooks.rotateSecret({ id: user.webhook.id, overlap_seconds: 60 });
    await somethingHappens(user, 'one');
    await replica().deliver();
    platform.clock.advance(61_000);
    await somethingHappens(user, 'two');
    await replica().deliver();
    expect(received.map((each) => [isSigned(each, user.webhook.secret), isSigned(each, secret)])).toEqual([[true, true], [false, true]]);
  });

  it('of somebody else is none', async () => {
    const { webhook } = await userWithWebhook();
    const { client } = await platform.newUser();
    for (const verb of ['get', 'remove', 'deliveries', 'rotateSecret'] as const) {
      await expect(client.webhooks[verb]({ id: webhook.id })).rejects.toMatchObject({ code: 'WEBHOOK_NOT_FOUND' });
    }
    await expect(client.webhooks.create({ url, stream: 'platform' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
