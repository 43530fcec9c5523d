// Events, webhooks, e-mail and the audit log, on the control database.
import { keepAuditEventsFor } from '../adapters/mongodb/audit-store.js';
import type { ControlConnection } from '../adapters/mongodb/control-database.js';
import { MongoDeliveryStore } from '../adapters/mongodb/deliveries-store.js';
import { openEventReader } from '../adapters/mongodb/event-outbox-store.js';
import { createMailer } from '../adapters/smtp/mailer.js';
import { systemClock as clock } from '../adapters/system/clock.js';
import { systemIdentifiers as identifiers } from '../adapters/system/identifiers.js';
import { createWebhookSender } from '../adapters/webhook-delivery/webhook-sender.js';
import type { Configuration } from '../config/settings.js';
import { Secret } from '../domain/secret.js';
import { deliverDueEvents, deliverNewEvents } from '../jobs/deliver-events.js';
import type { Job } from '../jobs/job.js';
import type { EventSink } from '../ports/events.js';
import type { Keyring } from '../ports/keyring.js';
import { createAuditService } from '../services/audit-trail.js';
import type { AuditService, EventFeed, NotificationService, WebhookService } from '../services/contracts.js';
import { createEventDelivery } from '../services/event-delivery.js';
import { createEventFeed } from '../services/event-feed.js';
import { createNotificationService } from '../services/notifications.js';
import { createWebhookService } from '../services/webhooks.js';

export interface EventParts {
  readonly configuration: Pick<Configuration, 'auditRetentionDays' | 'webhookAllowPrivate' | 'smtpUrl' | 'smtpFrom'>;
  readonly connection: ControlConnection;
  readonly keyring: Keyring;
  readonly events: EventSink;
}

export interface EventServices {
  readonly eventFeed: EventFeed;
  readonly webhooks: WebhookService;
  readonly notifications: NotificationService;
  readonly auditTrail: AuditService;
}

export interface Events {
  readonly services: EventServices;
  readonly jobs: readonly Job[];
  /** Ends the connections to receivers and to the mail server. */
  close(): void;
}

export async function buildEvents({ configuration, connection, keyring, events: sink }: EventParts): Promise<Events> {
  const { control, db } = connection;
  await keepAuditEventsFor(db, configuration.auditRetentionDays);
  const events = openEventReader(db);
  const deliveries = new MongoDeliveryStore({ db });
  const { notifications, accounts } = control;
  const sender = createWebhookSender({ allowPrivate: configuration.webhookAllowPrivate, userAgent: 'Freehold-Webhooks/1' });
  const { smtpUrl, smtpFrom } = configuration;
  const mailer = smtpUrl === undefined ? undefined : createMailer({ url: new Secret(smtpUrl), from: smtpFrom });
  const hasMailer = mailer !== undefined;
  const delivery = createEventDelivery({ control, events, deliveries, sender, mailer, accounts, keyring, clock, sink, random: Math.random });
  return {
    services: {
      eventFeed: createEventFeed(events, clock),
      webhooks: createWebhookService({ control, deliveries, events, sender, keyring, identifiers, clock }),
      notifications: createNotificationService({ control, clock, hasMailer }),
      auditTrail: createAuditService(control.audit),
    },
    jobs: [deliverNewEvents({ events, webhooks: control.webhooks, notifications, deliveries, clock, hasMailer }), deliverDueEvents(delivery)],
    close: () => {
      sender.close();
      mailer?.close();
    },
  };
}
