// Hands stored events to those who are to hear of them: makes a delivery for each webhook that listens and for each e-mail that is
// wanted. Doing it twice makes no second delivery, so any replica may do it at any time, and one that dies halfway is no loss.
import { defaultMailedEventTypes } from '@freehold/api';
import type { Clock } from '../ports/clock.js';
import { platformStream, type EventReader, type EventRecord } from '../ports/event-outbox.js';
import type { DeliveryStore, NewDelivery, NotificationStore, WebhookStore } from '../ports/webhooks.js';

export interface EventDispatchDependencies {
  readonly events: Pick<EventReader, 'undispatched' | 'markDispatched'>;
  readonly webhooks: Pick<WebhookStore, 'listening'>;
  readonly notifications: Pick<NotificationStore, 'mailedEventTypes'>;
  readonly deliveries: Pick<DeliveryStore, 'add'>;
  readonly clock: Clock;
  /** False: the platform sends no e-mail. */
  readonly hasMailer: boolean;
}

const eventsPerPage = 100;

async function deliveriesOf({ webhooks, notifications, hasMailer }: EventDispatchDependencies, event: EventRecord): Promise<readonly NewDelivery[]> {
  const { id: eventId, type: eventType, stream } = event;
  const listening = await webhooks.listening(stream, eventType);
  const sent = listening.map(({ id: webhookId, userId }): NewDelivery => ({ channel: 'webhook', userId, webhookId, eventId, eventType }));
  if (!hasMailer || stream === platformStream) return sent;
  const wanted = (await notifications.mailedEventTypes(stream)) ?? defaultMailedEventTypes;
  return wanted.some((type) => type === eventType) ? [...sent, { channel: 'email', userId: stream, webhookId: null, eventId, eventType }] : sent;
}

/** Hands on a page of events, the oldest first, and says whether there may be more. */
export async function dispatchEvents(dependencies: EventDispatchDependencies): Promise<boolean> {
  const { events, deliveries, clock } = dependencies;
  const page = await events.undispatched(eventsPerPage);
  if (page.length === 0) return false;
  const made: NewDelivery[] = [];
  // One after the other: each is a look by index or two, and nobody waits.
  for (const event of page) made.push(...(await deliveriesOf(dependencies, event)));
  await deliveries.add(made, clock.now());
  await events.markDispatched(page.map(({ id }) => id));
  return page.length === eventsPerPage;
}
