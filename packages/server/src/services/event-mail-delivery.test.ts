// E-mail from what happens to the inbox: real users, real events, a real SMTP server, and the jobs of the platform between them.
import type { AddressInfo } from 'node:net';
import { MongoClient } from 'mongodb';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MongoDeliveryStore } from '../adapters/mongodb/deliveries-store.js';
import { openEventReader } from '../adapters/mongodb/event-outbox-store.js';
import { MongoSharedWalks } from '../adapters/mongodb/shared-walks-store.js';
import { createMailer } from '../adapters/smtp/mailer.js';
import { createWebhookSender } from '../adapters/webhook-delivery/webhook-sender.js';
import { Secret } from '../domain/secret.js';
import { enforceQuotas } from '../jobs/enforce-quotas.js';
import type { Mailer } from '../ports/mailer.js';
import { startHttpPlatform, type HttpPlatform } from '../testing/http-platform.fixture.js';
import { createEventDelivery } from './event-delivery.js';
import { dispatchEvents } from './event-dispatch.js';

interface Arrived {
  readonly to: string;
  readonly text: string;
}

let platform: HttpPlatform;
let inbox: Arrived[] = [];
/** What the server says to a receiver: 250 where nothing else is named. */
let answers = new Map<string, number>();
let server: SMTPServer;
let mailer: Mailer;
const secondMs = 1_000;
const day = 24 * 60 * 60 * secondMs;

function startServer(port: number): Promise<SMTPServer> {
  const started = new SMTPServer({
    authOptional: true, disabledCommands: ['STARTTLS'], logger: false,
    onRcptTo: ({ address }, _session, callback) => {
      const responseCode = answers.get(address);
      callback(responseCode === undefined ? null : Object.assign(new Error('not now'), { responseCode }));
    },
    onData: (stream, { envelope }, callback) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
        for (const { address } of envelope.rcptTo) inbox.push({ to: address, text: Buffer.concat(pieces).toString() });
        callback();
      });
    },
  });
  return new Promise((resolve) => started.listen(port, '127.0.0.1', () => resolve(started)));
}
const stopServer = () => new Promise<void>((resolve) => { server.close(() => resolve()); });
const portOf = ({ server: listener }: SMTPServer): number => (listener.address() as AddressInfo).port;

beforeAll(async () => {
  [platform, server] = await Promise.all([startHttpPlatform(), startServer(0)]);
  mailer = createMailer({ url: new Secret(`smtp://127.0.0.1:${portOf(server)}?ignoreTLS=true`), from: 'Freehold <freehold@example.org>', timeoutMs: 2_000 });
});
beforeEach(async () => {
  await runJobs();
  inbox = [];
  answers = new Map();
});
afterAll(async () => {
  mailer.close();
  await Promise.all([stopServer(), platform.stop()]);
});

/** What the platform's two jobs do, until nothing is due. */
async function runJobs(): Promise<void> {
  const { plane: { connection: { db, control }, keyring }, clock } = platform;
  const [events, deliveries] = [openEventReader(db), new MongoDeliveryStore({ db })];
  const sender = createWebhookSender({ allowPrivate: true, userAgent: 'test' });
  const delivery = createEventDelivery({ control, events, deliveries, sender, mailer, accounts: control.accounts, keyring, clock, sink: { emit: () => undefined }, random: () => 0.5 });
  while (await dispatchEvents({ events, webhooks: control.webhooks, notifications: control.notifications, deliveries, clock, hasMailer: true }));
  while (await delivery.deliverNext());
  sender.close();
}

async function measure(): Promise<void> {
  const { plane, clock } = platform;
  const { journal, operations } = plane.replica();
  clock.advance(60 * secondMs);
  await enforceQuotas({ control: plane.connection.control, clusters: plane.clusters, journal, operations, events: { emit: () => undefined }, walks: new MongoSharedWalks(plane.connection.db), clock }).run(new AbortController().signal);
}

const told = (audit: readonly { readonly action: string; readonly details: object }[]) => audit.filter(({ action }) => action === 'account.mail_undeliverable').map(({ details }) => details);

/** Somebody who is told of every rotation. */
async function userToldOfRotations() {
  const user = await platform.newUser();
  await user.client.notifications.update({ email: { event_types: ['credentials.rotated'] } });
  const { id, connection_uri: uri } = await user.client.databases.create({ name: 'shop' });
  return { ...user, databaseId: id, uri };
}

describe('e-mail about what happens', () => {
  it('comes when a database fills up and goes over its quota, to its owner alone, without being asked for', async () => {
    const [user, other] = [await platform.newUser(), await platform.newUser()];
    const { id, connection_uri: uri } = await user.client.databases.create({ name: 'shop', quota_mb: 1 });
    await other.client.databases.create({ name: 'shop', quota_mb: 1 });
    const mongo = new MongoClient(uri);
    await mongo.db().collection('filled').insertMany(Array.from({ length: 15 }, () => ({ text: 'x'.repeat(100_000) })));
    await mongo.close();
    await measure();
    await runJobs();
    expect(inbox.map(({ to }) => to)).toEqual([user.email]);
    const { text } = inbox[0]!;
    for (const part of ['Subject: Freehold: quota exceeded', `database id: ${id}`, 'Auto-Submitted: auto-generated', 'From: Freehold <freehold@example.org>']) expect(text).toContain(part);
    // Looking again finds the same, and tells nobody twice.
    await measure();
    await runJobs();
    expect(inbox).toHaveLength(1);
  });

  it('says of a rotation what happened, and nothing that opens a database', async () => {
    const user = await userToldOfRotations();
    const { connection_uri: rotated } = await user.client.databases.rotateCredentials({ id: user.databaseId });
    await runJobs();
    expect(inbox.map(({ to }) => to)).toEqual([user.email]);
    const { text } = inbox[0]!;
    expect(text).toContain('Subject: Freehold: credentials rotated');
    for (const uri of [user.uri, rotated]) {
      expect(text).not.toContain(uri);
      expect(text).not.toContain(decodeURIComponent(new URL(uri).password));
    }
    expect(text).not.toContain(user.token);
  });

  it('stops where its receiver wants none', async () => {
    const user = await userToldOfRotations();
    await user.client.notifications.update({ email: { event_types: [] } });
    await user.client.databases.rotateCredentials({ id: user.databaseId });
    await runJobs();
    expect(inbox).toEqual([]);
  });

  it.each([['is not taken yet, as greylisting has it', 451], ['meets a full mailbox', 452]])('that %s is sent again later, and arrives once', async (_, code) => {
    const user = await userToldOfRotations();
    answers.set(user.email, code);
    await user.client.databases.rotateCredentials({ id: user.databaseId });
    await runJobs();
    answers.clear();
    // Not before its time.
    await runJobs();
    expect(inbox).toEqual([]);
    platform.clock.advance(7 * secondMs);
    await runJobs();
    await runJobs();
    expect(inbox).toEqual([expect.objectContaining({ to: user.email })]);
    expect(told(await platform.plane.connection.control.audit.ofSubject(user.id, user.id, 50))).toEqual([]);
  });

  it('waits for a mail server that is down', async () => {
    const user = await userToldOfRotations();
    const port = portOf(server);
    await stopServer();
    await user.client.databases.rotateCredentials({ id: user.databaseId });
    await runJobs();
    platform.clock.advance(7 * secondMs);
    await runJobs();
    server = await startServer(port);
    platform.clock.advance(30 * secondMs);
    await runJobs();
    expect(inbox).toEqual([expect.objectContaining({ to: user.email })]);
  });

  it('that is refused for good is given up at once, which the audit log says, once, and its owner can read', async () => {
    const user = await userToldOfRotations();
    answers.set(user.email, 550);
    await user.client.databases.rotateCredentials({ id: user.databaseId });
    await runJobs();
    platform.clock.advance(day);
    await runJobs();
    const { items } = await user.client.audit.listOwn({ action: 'account.mail_undeliverable' });
    expect(items.map(({ actor, details }) => [actor.user_id, details])).toEqual([[null, { event_id: expect.any(String), event_type: 'credentials.rotated', attempt_count: 1, error_code: 'SMTP_550' }]]);
    expect(inbox).toEqual([]);
  });

  it('that nobody takes for three days is given up too', async () => {
    const user = await userToldOfRotations();
    answers.set(user.email, 451);
    await user.client.databases.rotateCredentials({ id: user.databaseId });
    for (let halfDay = 0; halfDay < 14; halfDay += 1) {
      await runJobs();
      platform.clock.advance(day / 2);
    }
    const { items } = await user.client.audit.listOwn({ action: 'account.mail_undeliverable' });
    expect(items).toEqual([expect.objectContaining({ details: expect.objectContaining({ error_code: 'EENVELOPE' }) })]);
    answers.clear();
    await runJobs();
    expect(inbox).toEqual([]);
  });
});
