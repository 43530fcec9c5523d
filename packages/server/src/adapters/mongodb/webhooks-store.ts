// Webhooks in the control database.
import type { Collection } from 'mongodb';
import { z } from 'zod';
import type { WebhookChange, WebhookPage, WebhookRecord, WebhookStore } from '../../ports/webhooks.js';
import { controlCollections } from './control-collections.js';
import { holdToLimit } from './count-limit.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.object({
  _id: z.string(),
  user_id: z.string(),
  stream: z.string(),
  url: z.string(),
  description: z.string(),
  event_types: z.array(z.string()).nullable(),
  enabled: z.boolean(),
  disabled_reason: z.enum(['failing', 'gone']).nullable(),
  failing_since: z.date().nullable(),
  failures_in_a_row: z.number().int(),
  secret_encrypted: z.string(),
  previous_secret_encrypted: z.string().nullable(),
  previous_secret_valid_until: z.date().nullable(),
  created_at: z.date(),
});
type WebhookDocument = z.infer<typeof documentSchema>;

/** The fields of a record and of its document. */
const documentFields = {
  userId: 'user_id', stream: 'stream', url: 'url', description: 'description', eventTypes: 'event_types', enabled: 'enabled', disabledReason: 'disabled_reason',
  failingSince: 'failing_since', failuresInARow: 'failures_in_a_row', secretEncrypted: 'secret_encrypted', previousSecretEncrypted: 'previous_secret_encrypted',
  previousSecretValidUntil: 'previous_secret_valid_until', createdAt: 'created_at',
} as const satisfies Record<Exclude<keyof WebhookRecord, 'id'>, keyof WebhookDocument>;

function toFields(change: Partial<WebhookRecord>): Partial<WebhookDocument> {
  const entries = Object.entries(documentFields).filter(([field]) => change[field as keyof WebhookRecord] !== undefined);
  return Object.fromEntries(entries.map(([field, name]) => [name, change[field as keyof WebhookRecord]]));
}

function toRecord(document: unknown): WebhookRecord {
  const parsed = documentSchema.parse(document);
  const fields = Object.entries(documentFields).map(([field, name]) => [field, parsed[name]]);
  return { id: parsed._id, ...(Object.fromEntries(fields) as Omit<WebhookRecord, 'id'>) };
}

function orUndefined(document: unknown): WebhookRecord | undefined {
  return document === null ? undefined : toRecord(document);
}

export class MongoWebhookStore implements WebhookStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async insert(webhook: WebhookRecord, largestCount: number | null): Promise<void> {
    await this.#at.transact(async (session) => {
      await holdToLimit(this.#at.db, session, webhook.userId, { name: 'max_webhooks', limit: largestCount, collection: controlCollections.webhooks });
      await this.#webhooks.insertOne({ _id: webhook.id, ...(toFields(webhook) as Omit<WebhookDocument, '_id'>) }, { session });
    });
  }

  async list(userId: string, { limit, offset }: { readonly limit: number; readonly offset: number }): Promise<WebhookPage> {
    const documents = await this.#webhooks.find({ user_id: userId }, inSession(this.#at)).sort({ created_at: 1 }).skip(offset).limit(limit).toArray();
    return { items: documents.map(toRecord), total: await this.#webhooks.countDocuments({ user_id: userId }, inSession(this.#at)) };
  }

  async find(userId: string, webhookId: string): Promise<WebhookRecord | undefined> {
    return orUndefined(await this.#webhooks.findOne({ _id: webhookId, user_id: userId }, inSession(this.#at)));
  }

  async findById(webhookId: string): Promise<WebhookRecord | undefined> {
    return orUndefined(await this.#webhooks.findOne({ _id: webhookId }, inSession(this.#at)));
  }

  async change(userId: string, webhookId: string, change: WebhookChange): Promise<WebhookRecord | undefined> {
    const set = { $set: toFields(change) };
    return orUndefined(await this.#webhooks.findOneAndUpdate({ _id: webhookId, user_id: userId }, set, { returnDocument: 'after', ...inSession(this.#at) }));
  }

  async remove(userId: string, webhookId: string): Promise<boolean> {
    return (await this.#webhooks.deleteOne({ _id: webhookId, user_id: userId }, inSession(this.#at))).deletedCount === 1;
  }

  async listening(stream: string, eventType: string): Promise<readonly WebhookRecord[]> {
    const documents = await this.#webhooks.find({ stream, enabled: true }, inSession(this.#at)).toArray();
    return documents.map(toRecord).filter(({ eventTypes }) => eventTypes === null || eventTypes.includes(eventType));
  }

  async noteSuccess(webhookId: string): Promise<void> {
    // Written only where there is something to forget: most successes follow a success.
    await this.#webhooks.updateOne({ _id: webhookId, failures_in_a_row: { $gt: 0 } }, { $set: { failing_since: null, failures_in_a_row: 0 } }, inSession(this.#at));
  }

  async noteFailure(webhookId: string, at: Date): Promise<WebhookRecord | undefined> {
    await this.#webhooks.updateOne({ _id: webhookId, failing_since: null }, { $set: { failing_since: at } }, inSession(this.#at));
    return orUndefined(await this.#webhooks.findOneAndUpdate({ _id: webhookId }, { $inc: { failures_in_a_row: 1 } }, { returnDocument: 'after', ...inSession(this.#at) }));
  }

  async disable(webhookId: string, reason: 'failing' | 'gone'): Promise<boolean> {
    const { matchedCount } = await this.#webhooks.updateOne({ _id: webhookId, enabled: true }, { $set: { enabled: false, disabled_reason: reason } }, inSession(this.#at));
    return matchedCount === 1;
  }

  get #webhooks(): Collection<WebhookDocument> {
    return this.#at.db.collection<WebhookDocument>(controlCollections.webhooks);
  }
}
