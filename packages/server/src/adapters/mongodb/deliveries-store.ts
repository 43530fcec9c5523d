// Deliveries, and what users want by e-mail, in the control database. A delivery that is being sent has its next attempt at the end
// of the sender's lease: whoever dies on it leaves it due again.
import type { Collection, Filter, UpdateFilter } from 'mongodb';
import { z } from 'zod';
import { deliveryChannels, type DeliveryRecord, type DeliveryStore, type NewDelivery, type NotificationStore } from '../../ports/webhooks.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const attemptSchema = z.object({ at: z.date(), duration_ms: z.number(), status: z.number().nullable(), error: z.string().nullable(), excerpt: z.string().nullable() });
const documentSchema = z.object({
  _id: z.string(),
  channel: z.enum(deliveryChannels),
  user_id: z.string(),
  webhook_id: z.string().nullable(),
  event_id: z.string(),
  event_type: z.string(),
  state: z.enum(['pending', 'delivered', 'failed', 'cancelled']),
  next_attempt_at: z.date().nullable(),
  due_since: z.date(),
  attempt_count: z.number().int(),
  attempts: z.array(attemptSchema),
  created_at: z.date(),
  claim: z.number().int(),
});
type DeliveryDocument = z.infer<typeof documentSchema>;

const keptAttempts = 15;

function toRecord(document: unknown): DeliveryRecord {
  const parsed = documentSchema.parse(document);
  return {
    id: parsed._id, channel: parsed.channel, userId: parsed.user_id, webhookId: parsed.webhook_id, eventId: parsed.event_id, eventType: parsed.event_type, state: parsed.state,
    nextAttemptAt: parsed.next_attempt_at, dueSince: parsed.due_since, attemptCount: parsed.attempt_count, createdAt: parsed.created_at, claim: parsed.claim,
    attempts: parsed.attempts.map(({ duration_ms: durationMs, ...attempt }) => ({ ...attempt, durationMs })),
  };
}

/** The id of a delivery: one for each event and where it goes. */
function idOf({ eventId, webhookId }: NewDelivery): string {
  return `${eventId}-${webhookId ?? 'email'}`;
}

export class MongoDeliveryStore implements DeliveryStore {
  readonly #at: Pick<StoreSession, 'db' | 'session'>;
  readonly #deliveries: Collection<DeliveryDocument>;

  constructor(at: Pick<StoreSession, 'db' | 'session'>) {
    this.#at = at;
    this.#deliveries = at.db.collection(controlCollections.deliveries);
  }

  async add(deliveries: readonly NewDelivery[], now: Date, isReplay = false): Promise<void> {
    if (deliveries.length === 0) return;
    const due = { state: 'pending', next_attempt_at: now, due_since: now, attempt_count: 0 } as const;
    await this.#deliveries.bulkWrite(deliveries.map((delivery) => {
      const { channel, userId: user_id, webhookId: webhook_id, eventId: event_id, eventType: event_type } = delivery;
      const made = { channel, user_id, webhook_id, event_id, event_type, attempts: [], created_at: now };
      // A replay takes the delivery from whoever is sending it: the claim grows.
      const update: UpdateFilter<DeliveryDocument> = isReplay ? { $set: due, $inc: { claim: 1 }, $setOnInsert: made } : { $setOnInsert: { ...due, ...made, claim: 0 } };
      return { updateOne: { filter: { _id: idOf(delivery) }, update, upsert: true } };
    }), { ordered: false, ...inSession(this.#at) });
  }

  async claim(now: Date, leaseUntil: Date, busyWebhookIds: readonly string[]): Promise<DeliveryRecord | undefined> {
    const filter: Filter<DeliveryDocument> = {
      state: 'pending', next_attempt_at: { $lte: now }, ...(busyWebhookIds.length === 0 ? {} : { webhook_id: { $nin: [...busyWebhookIds] } }),
    };
    const document = await this.#deliveries.findOneAndUpdate(
      filter, { $set: { next_attempt_at: leaseUntil }, $inc: { claim: 1, attempt_count: 1 } }, { sort: { next_attempt_at: 1 }, returnDocument: 'after' },
    );
    return document === null ? undefined : toRecord(document);
  }

  async settle(delivery: DeliveryRecord, { state, nextAttemptAt, attempt }: Parameters<DeliveryStore['settle']>[1]): Promise<boolean> {
    const attempts = attempt === null ? [] : [attempt].map(({ durationMs: duration_ms, ...rest }) => ({ ...rest, duration_ms }));
    const { matchedCount } = await this.#deliveries.updateOne(
      { _id: delivery.id, claim: delivery.claim, state: 'pending' },
      { $set: { state, next_attempt_at: nextAttemptAt }, $push: { attempts: { $each: attempts, $slice: -keptAttempts } } }, inSession(this.#at),
    );
    return matchedCount === 1;
  }

  async list(webhookId: string, { limit, offset, state }: Parameters<DeliveryStore['list']>[1]): ReturnType<DeliveryStore['list']> {
    const filter = { webhook_id: webhookId, ...(state === undefined ? {} : { state }) };
    const [documents, total] = await Promise.all([
      this.#deliveries.find(filter).sort({ created_at: -1, _id: -1 }).skip(offset).limit(limit).toArray(), this.#deliveries.countDocuments(filter),
    ]);
    return { items: documents.map(toRecord), total };
  }

  async find(webhookId: string, deliveryId: string): Promise<DeliveryRecord | undefined> {
    const document = await this.#deliveries.findOne({ _id: deliveryId, webhook_id: webhookId });
    return document === null ? undefined : toRecord(document);
  }

  async hasDue(now: Date): Promise<boolean> {
    return (await this.#deliveries.findOne({ state: 'pending', next_attempt_at: { $lte: now } }, { projection: { _id: 1 } })) !== null;
  }
}

interface NotificationDocument {
  /** The user's id. */
  readonly _id: string;
  readonly mailed_event_types: readonly string[];
}

export class MongoNotificationStore implements NotificationStore {
  readonly #at: Pick<StoreSession, 'db' | 'session'>;
  readonly #notifications: Collection<NotificationDocument>;

  constructor(at: Pick<StoreSession, 'db' | 'session'>) {
    this.#at = at;
    this.#notifications = at.db.collection(controlCollections.notifications);
  }

  async mailedEventTypes(userId: string): Promise<readonly string[] | undefined> {
    return (await this.#notifications.findOne({ _id: userId }, inSession(this.#at)))?.mailed_event_types;
  }

  async setMailedEventTypes(userId: string, eventTypes: readonly string[]): Promise<void> {
    await this.#notifications.updateOne({ _id: userId }, { $set: { mailed_event_types: [...eventTypes] } }, { upsert: true, ...inSession(this.#at) });
  }
}
