// The use cases of webhooks: make, list, change, remove, give a new secret, see what was sent, send again.
import { ApiError, type Delivery, type Page, type UpdateWebhook, type Webhook } from '@freehold/api';
import { limitOf, noUserLimits } from '../domain/limits.js';
import { Secret } from '../domain/secret.js';
import type { AuditAction } from '../ports/audit.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { EventReader } from '../ports/event-outbox.js';
import type { Identifiers } from '../ports/identifiers.js';
import type { Keyring } from '../ports/keyring.js';
import type { WebhookSender } from '../ports/webhook-sender.js';
import { webhookSecretPlace, type DeliveryRecord, type DeliveryStore, type WebhookChange, type WebhookRecord } from '../ports/webhooks.js';
import type { Actor, WebhookService } from './contracts.js';
import { originOf } from './databases-world.js';
import { streamOf } from './event-feed.js';
import { holdingToLimit } from './limits.js';

export interface WebhookServiceDependencies {
  readonly control: ControlDatabase;
  readonly deliveries: DeliveryStore;
  readonly events: EventReader;
  readonly sender: Pick<WebhookSender, 'refusalOf'>;
  readonly keyring: Pick<Keyring, 'encrypt'>;
  readonly identifiers: Pick<Identifiers, 'uuid' | 'token'>;
  readonly clock: Clock;
}

const replayPage = 200;
const longestReplay = 10_000;

/** A key as Standard Webhooks writes it: 256 random bits in base64, with its prefix. */
function newSecret(identifiers: Pick<Identifiers, 'token'>): Secret {
  return new Secret(`whsec_${Buffer.from(identifiers.token().reveal(), 'base64url').toString('base64')}`);
}

/** Builds the service. */
export function createWebhookService(dependencies: WebhookServiceDependencies): WebhookService {
  const { control, keyring, identifiers, clock } = dependencies;
  const audit = auditWith(clock);
  const seal = (webhookId: string, secret: Secret): string => keyring.encrypt(secret.reveal(), webhookSecretPlace(webhookId));

  async function find(actor: Actor, webhookId: string): Promise<WebhookRecord> {
    const webhook = await control.webhooks.find(actor.userId, webhookId);
    if (webhook === undefined) throw new ApiError('WEBHOOK_NOT_FOUND');
    return webhook;
  }

  async function change(actor: Actor, webhookId: string, made: WebhookChange, action: AuditAction, details: Readonly<Record<string, unknown>>): Promise<WebhookRecord> {
    return control.transaction(async (stores) => {
      const webhook = await stores.webhooks.change(actor.userId, webhookId, made);
      if (webhook === undefined) throw new ApiError('WEBHOOK_NOT_FOUND');
      await audit(stores, actor, action, webhookId, details);
      return webhook;
    });
  }

  return {
    create: async (actor, input) => {
      refuse(dependencies, input.url);
      const secret = newSecret(identifiers);
      const id = identifiers.uuid();
      const webhook: WebhookRecord = {
        id, userId: actor.userId, stream: streamOf(actor, input.stream), url: input.url, description: input.description, eventTypes: input.event_types, enabled: input.enabled,
        disabledReason: null, failingSince: null, failuresInARow: 0, secretEncrypted: seal(id, secret), previousSecretEncrypted: null, previousSecretValidUntil: null, createdAt: clock.now(),
      };
      await control.transaction(async (stores) => {
        await holdingToLimit(async () => stores.webhooks.insert(webhook, limitOf('max_webhooks', (await stores.users.find(actor.userId))?.limits ?? noUserLimits)));
        await audit(stores, actor, 'webhook.created', id, { stream: input.stream, event_types: input.event_types });
      });
      return { webhook: present(webhook, clock.now()), secret };
    },
    list: async (actor, { limit, offset }) => {
      const { items, total } = await control.webhooks.list(actor.userId, { limit, offset });
      return { items: items.map((webhook) => present(webhook, clock.now())), total, limit, offset };
    },
    get: async (actor, webhookId) => present(await find(actor, webhookId), clock.now()),
    update: async (actor, webhookId, input) => {
      if (input.url !== undefined) refuse(dependencies, input.url);
      return present(await change(actor, webhookId, changeOf(input), 'webhook.updated', { changed: Object.keys(input) }), clock.now());
    },
    remove: async (actor, webhookId) => control.transaction(async (stores) => {
      if (!(await stores.webhooks.remove(actor.userId, webhookId))) throw new ApiError('WEBHOOK_NOT_FOUND');
      await audit(stores, actor, 'webhook.removed', webhookId, {});
    }),
    rotateSecret: async (actor, webhookId, overlapSeconds) => {
      const { secretEncrypted: previousSecretEncrypted } = await find(actor, webhookId);
      const secret = newSecret(identifiers);
      const previousSecretValidUntil = new Date(clock.now().getTime() + overlapSeconds * 1000);
      const made = { secretEncrypted: seal(webhookId, secret), previousSecretEncrypted, previousSecretValidUntil };
      const webhook = await change(actor, webhookId, made, 'webhook.secret_rotated', { previous_valid_until: previousSecretValidUntil.toISOString() });
      return { webhook: present(webhook, clock.now()), secret };
    },
    ...sentTo(dependencies, find),
  };
}

/** What was sent, and sending it again. */
function sentTo(
  dependencies: WebhookServiceDependencies, find: (actor: Actor, webhookId: string) => Promise<WebhookRecord>,
): Pick<WebhookService, 'deliveries' | 'replayDelivery' | 'replaySince'> {
  const { control, deliveries, clock } = dependencies;
  const audit = auditWith(clock);
  return {
    deliveries: async (actor, webhookId, { limit, offset, state }): Promise<Page<Delivery>> => {
      await find(actor, webhookId);
      const { items, total } = await deliveries.list(webhookId, { limit, offset, ...(state === undefined ? {} : { state }) });
      return { items: items.map(presentDelivery), total, limit, offset };
    },
    replayDelivery: async (actor, webhookId, deliveryId) => {
      await find(actor, webhookId);
      const delivery = await deliveries.find(webhookId, deliveryId);
      if (delivery === undefined) throw new ApiError('DELIVERY_NOT_FOUND');
      await control.transaction(async (stores) => {
        await stores.deliveries.add([delivery], clock.now(), true);
        await audit(stores, actor, 'webhook.replayed', webhookId, { event_id: delivery.eventId });
      });
      return presentDelivery((await deliveries.find(webhookId, deliveryId)) ?? delivery);
    },
    replaySince: async (actor, webhookId, since) => {
      const webhook = await find(actor, webhookId);
      // Before the first of what may be 10,000 deliveries: none is sent again without a trace.
      await audit(control, actor, 'webhook.replayed', webhookId, { since: since.toISOString() });
      return replay(dependencies, webhook, since);
    },
  };
}

function auditWith(clock: Clock) {
  return (stores: Pick<ControlStores, 'audit'>, actor: Actor, action: AuditAction, webhookId: string, details: Readonly<Record<string, unknown>>): Promise<void> =>
    stores.audit.record({ action, origin: originOf(actor), userId: actor.userId, subject: { kind: 'webhook', id: webhookId }, at: clock.now(), details });
}

function refuse({ sender }: WebhookServiceDependencies, url: string): void {
  const reason = sender.refusalOf(url);
  if (reason !== undefined) throw new ApiError('WEBHOOK_URL_REFUSED', { reason });
}

function changeOf({ url, description, event_types: eventTypes, enabled }: UpdateWebhook): WebhookChange {
  return {
    ...(url === undefined ? {} : { url }),
    ...(description === undefined ? {} : { description }),
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(enabled === true ? { disabledReason: null, failingSince: null, failuresInARow: 0 as const } : {}),
  };
}

/** Page after page: each begins where the one before ended. */
async function replay({ events, deliveries, clock }: WebhookServiceDependencies, webhook: WebhookRecord, since: Date): Promise<number> {
  let count = 0;
  for (let after = 0; count < longestReplay;) {
    const page = await events.since(webhook.stream, since, after, Math.min(replayPage, longestReplay - count));
    const wanted = page.filter(({ type }) => webhook.eventTypes === null || webhook.eventTypes.includes(type));
    const { userId, id: webhookId } = webhook;
    await deliveries.add(wanted.map(({ id: eventId, type: eventType }) => ({ channel: 'webhook', userId, webhookId, eventId, eventType })), clock.now(), true);
    count += wanted.length;
    const last = page.at(-1);
    if (last === undefined || page.length < replayPage) break;
    after = last.sequence;
  }
  return count;
}

function present(webhook: WebhookRecord, now: Date): Webhook {
  const { previousSecretValidUntil: until } = webhook;
  return {
    id: webhook.id, url: webhook.url, description: webhook.description, stream: webhook.stream === webhook.userId ? 'own' : 'platform',
    event_types: webhook.eventTypes === null ? null : [...webhook.eventTypes], enabled: webhook.enabled, disabled_reason: webhook.disabledReason,
    failing_since: webhook.failingSince?.toISOString() ?? null, previous_secret_valid_until: until !== null && until > now ? until.toISOString() : null,
    created_at: webhook.createdAt.toISOString(),
  };
}

function presentDelivery(delivery: DeliveryRecord): Delivery {
  return {
    id: delivery.id, event_id: delivery.eventId, event_type: delivery.eventType, state: delivery.state, attempt_count: delivery.attemptCount,
    next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null, created_at: delivery.createdAt.toISOString(),
    attempts: delivery.attempts.map(({ at, durationMs, ...attempt }) => ({ at: at.toISOString(), duration_ms: durationMs, ...attempt })),
  };
}
