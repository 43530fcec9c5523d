// Sends what is due, to webhooks and by e-mail: each delivery is claimed with a lease, sent, and settled. Whoever dies between
// sending and settling leaves it due again, so it arrives at least once, always under the same id.
import type { AccountStore } from '../ports/accounts.js';
import { platformOrigin } from '../domain/audit-origin.js';
import { hasFailedForGood, nextDeliveryAttempt } from '../domain/delivery-retry.js';
import { Secret } from '../domain/secret.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { EventReader, EventRecord } from '../ports/event-outbox.js';
import type { EventSink } from '../ports/events.js';
import { PermanentFailure } from '../ports/failures.js';
import type { Keyring } from '../ports/keyring.js';
import type { Mailer } from '../ports/mailer.js';
import type { WebhookAnswer, WebhookSender } from '../ports/webhook-sender.js';
import { webhookSecretPlace, type DeliveryAttempt, type DeliveryChannel, type DeliveryRecord, type DeliveryStore, type WebhookRecord } from '../ports/webhooks.js';
import { mailOf } from './event-mail.js';
import { presentEvent } from './event-feed.js';

export interface EventDeliveryDependencies {
  readonly control: ControlDatabase;
  readonly events: Pick<EventReader, 'find'>;
  readonly deliveries: DeliveryStore;
  readonly sender: WebhookSender;
  /** Undefined: the platform sends no e-mail. */
  readonly mailer: Mailer | undefined;
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly keyring: Pick<Keyring, 'decrypt'>;
  readonly clock: Clock;
  readonly sink: EventSink;
  /** In [0, 1). */
  readonly random: () => number;
}

/** `cancelled`: there is nobody to send it to any more. `refused`: no further attempt helps. */
type Sent = { readonly kind: 'cancelled' } | ({ readonly kind: 'accepted' | 'failed' | 'refused' } & WebhookAnswer);

/** Longer than any attempt takes. */
const leaseMs = 60_000;
/** To one receiver at a time, from this process: a slow one does not hold up the others. */
const sendingPerWebhook = 2;

export interface EventDelivery {
  /** Whether anything is due. */
  hasDue(): Promise<boolean>;
  /** Sends one that is due; false: nothing is. */
  deliverNext(): Promise<boolean>;
}

/** Builds it; any number may run at a time, here and in other replicas. */
export function createEventDelivery(dependencies: EventDeliveryDependencies): EventDelivery {
  const { deliveries, events, clock } = dependencies;
  const sending = new Map<string, number>();

  const count = (webhookId: string | null, change: 1 | -1): void => {
    if (webhookId === null) return;
    const now = (sending.get(webhookId) ?? 0) + change;
    if (now === 0) sending.delete(webhookId);
    else sending.set(webhookId, now);
  };

  async function deliver(delivery: DeliveryRecord): Promise<void> {
    const startedAt = clock.now();
    const event = await events.find(delivery.eventId);
    const sent: Sent = event === undefined ? { kind: 'cancelled' } : await channels[delivery.channel](dependencies, delivery, event);
    await settle(dependencies, delivery, sent, startedAt);
    if (delivery.webhookId !== null && sent.kind !== 'cancelled') await noteOutcome(dependencies, delivery.webhookId, sent);
  }

  return {
    hasDue: () => deliveries.hasDue(clock.now()),
    deliverNext: async () => {
      const now = clock.now();
      const busy = [...sending].filter(([, running]) => running >= sendingPerWebhook).map(([webhookId]) => webhookId);
      const delivery = await deliveries.claim(now, new Date(now.getTime() + leaseMs), busy);
      if (delivery === undefined) return false;
      count(delivery.webhookId, 1);
      try {
        await deliver(delivery);
      } finally {
        count(delivery.webhookId, -1);
      }
      return true;
    },
  };
}

const channels: Readonly<Record<DeliveryChannel, (dependencies: EventDeliveryDependencies, delivery: DeliveryRecord, event: EventRecord) => Promise<Sent>>> = {
  webhook: async ({ control, sender, keyring, clock }, { webhookId }, event) => {
    const webhook = webhookId === null ? undefined : await control.webhooks.findById(webhookId);
    if (webhook?.enabled !== true) return { kind: 'cancelled' };
    const answer = await sender.send({ url: webhook.url, id: event.id, at: clock.now(), body: bodyOf(event), secrets: secretsOf(webhook, keyring, clock.now()) });
    if (answer.status !== null && answer.status >= 200 && answer.status < 300) return { kind: 'accepted', ...answer };
    return { kind: answer.status === 410 ? 'refused' : 'failed', ...answer };
  },
  email: async ({ accounts, mailer }, { id, userId }, event) => {
    const account = await accounts.find(userId);
    if (account === undefined || mailer === undefined) return { kind: 'cancelled' };
    try {
      await mailer.send({ to: account.email, messageId: `${id}@freehold`, ...mailOf(presentEvent(event)) });
      return { kind: 'accepted', status: null, error: null, excerpt: null };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'FAILED';
      return { kind: error instanceof PermanentFailure ? 'refused' : 'failed', status: null, error: code, excerpt: null };
    }
  },
};

/** The same bytes in every attempt and every replay. */
function bodyOf(event: EventRecord): string {
  const { id, type, at, sequence, operation_id, data } = presentEvent(event);
  return JSON.stringify({ id, type, timestamp: at, sequence, operation_id, data });
}

function secretsOf(webhook: WebhookRecord, keyring: Pick<Keyring, 'decrypt'>, now: Date): readonly Secret[] {
  const { previousSecretEncrypted: previous, previousSecretValidUntil: until } = webhook;
  const envelopes = [webhook.secretEncrypted, ...(previous !== null && until !== null && until > now ? [previous] : [])];
  return envelopes.map((envelope) => new Secret(keyring.decrypt(envelope, webhookSecretPlace(webhook.id))));
}

async function settle({ control, deliveries, clock, sink, random }: EventDeliveryDependencies, delivery: DeliveryRecord, sent: Sent, startedAt: Date): Promise<void> {
  if (sent.kind === 'cancelled') {
    await deliveries.settle(delivery, { state: 'cancelled', nextAttemptAt: null, attempt: null });
    return;
  }
  const now = clock.now();
  const { kind, status, error, excerpt } = sent;
  const nextAttemptAt = kind === 'failed' ? nextDeliveryAttempt(delivery.attemptCount, delivery.dueSince, now, random()) : null;
  const state = kind === 'accepted' ? 'delivered' : nextAttemptAt === null ? 'failed' : 'pending';
  const attempt = { at: startedAt, durationMs: now.getTime() - startedAt.getTime(), status, error, excerpt };
  if (state === 'failed' && delivery.channel === 'email') await giveUpMail(control, delivery, attempt);
  else await deliveries.settle(delivery, { state, nextAttemptAt, attempt });
  sink.emit({ name: 'delivery.attempted', channel: delivery.channel, deliveryId: delivery.id, eventType: delivery.eventType, outcome: state, attempt: delivery.attemptCount, status, errorCode: error });
}

/** Nobody is told by e-mail that they cannot be told by e-mail: the audit log says it, once. */
async function giveUpMail(control: ControlDatabase, delivery: DeliveryRecord, attempt: DeliveryAttempt): Promise<void> {
  const { userId, eventId, eventType, attemptCount } = delivery;
  await control.transaction(async (stores) => {
    if (!(await stores.deliveries.settle(delivery, { state: 'failed', nextAttemptAt: null, attempt }))) return;
    await stores.audit.record({
      action: 'account.mail_undeliverable', origin: platformOrigin('deliver_events'), userId, subject: { kind: 'user', id: userId }, at: attempt.at,
      details: { event_id: eventId, event_type: eventType, attempt_count: attemptCount, error_code: attempt.error },
    });
  });
}

async function noteOutcome(dependencies: EventDeliveryDependencies, webhookId: string, sent: Exclude<Sent, { readonly kind: 'cancelled' }>): Promise<void> {
  const { control, clock } = dependencies;
  if (sent.kind === 'accepted') {
    await control.webhooks.noteSuccess(webhookId);
    return;
  }
  const now = clock.now();
  const webhook = await control.webhooks.noteFailure(webhookId, now);
  if (webhook === undefined) return;
  // 410 means that nobody is there any more (Standard Webhooks).
  const reason = sent.kind === 'refused' ? 'gone' : hasFailedForGood(webhook.failingSince, webhook.failuresInARow, now) ? 'failing' : undefined;
  if (reason !== undefined) await disable(dependencies, webhook, reason);
}

async function disable({ control, clock }: EventDeliveryDependencies, { id, userId }: WebhookRecord, reason: 'failing' | 'gone'): Promise<void> {
  const at = clock.now();
  await control.transaction(async (stores) => {
    // Of several replicas that see it, one tells.
    if (!(await stores.webhooks.disable(id, reason))) return;
    await stores.outbox.record({ userId, type: 'webhook.disabled', at, data: { webhook_id: id, reason } });
    await stores.audit.record({ action: 'webhook.disabled', origin: platformOrigin('deliver_events'), userId, subject: { kind: 'webhook', id }, at, details: { reason } });
  });
}
