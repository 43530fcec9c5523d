// Webhooks, and what is to be sent to them and by e-mail.

export interface WebhookRecord {
  readonly id: string;
  readonly userId: string;
  /** Which events it hears of: its user's, or the platform's. */
  readonly stream: string;
  readonly url: string;
  readonly description: string;
  /** Null: all. */
  readonly eventTypes: readonly string[] | null;
  readonly enabled: boolean;
  readonly disabledReason: 'failing' | 'gone' | null;
  /** The first of the failures since the last success. */
  readonly failingSince: Date | null;
  readonly failuresInARow: number;
  /** Envelope of the keyring, at `webhookSecretPlace`. */
  readonly secretEncrypted: string;
  readonly previousSecretEncrypted: string | null;
  readonly previousSecretValidUntil: Date | null;
  readonly createdAt: Date;
}

export type WebhookChange = Partial<Omit<WebhookRecord, 'id' | 'userId' | 'stream' | 'createdAt' | 'failuresInARow'>> & { readonly failuresInARow?: 0 };

export interface WebhookPage {
  readonly items: readonly WebhookRecord[];
  readonly total: number;
}

export interface WebhookStore {
  /** Throws LimitReached where the user has as many webhooks as they may (null: any number). Within a transaction. */
  insert(webhook: WebhookRecord, largestCount: number | null): Promise<void>;
  /** The oldest first. */
  list(userId: string, page: { readonly limit: number; readonly offset: number }): Promise<WebhookPage>;
  find(userId: string, webhookId: string): Promise<WebhookRecord | undefined>;
  findById(webhookId: string): Promise<WebhookRecord | undefined>;
  /** Undefined: the user has no such webhook. */
  change(userId: string, webhookId: string, change: WebhookChange): Promise<WebhookRecord | undefined>;
  remove(userId: string, webhookId: string): Promise<boolean>;
  /** Those that are to hear of an event of this stream and type. */
  listening(stream: string, eventType: string): Promise<readonly WebhookRecord[]>;
  /** Forgets the failures. */
  noteSuccess(webhookId: string): Promise<void>;
  /** Counts a failure; undefined: the webhook is gone. */
  noteFailure(webhookId: string, at: Date): Promise<WebhookRecord | undefined>;
  /** Switches it off; false: it was off, or is gone. */
  disable(webhookId: string, reason: 'failing' | 'gone'): Promise<boolean>;
}

/** The place of a webhook's secret, as AAD. */
export function webhookSecretPlace(webhookId: string): string {
  return JSON.stringify(['webhook', webhookId, 'secret']);
}

export const deliveryChannels = ['webhook', 'email'] as const;
export type DeliveryChannel = (typeof deliveryChannels)[number];
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'cancelled';

export interface DeliveryAttempt {
  readonly at: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly excerpt: string | null;
}

export interface DeliveryRecord {
  /** Made of the event and where it goes, so that handing an event on twice makes one delivery. */
  readonly id: string;
  readonly channel: DeliveryChannel;
  readonly userId: string;
  /** Null: by e-mail. */
  readonly webhookId: string | null;
  readonly eventId: string;
  readonly eventType: string;
  readonly state: DeliveryState;
  /** While it is being sent: when whoever sends it has to be done. Null: nothing more is tried. */
  readonly nextAttemptAt: Date | null;
  /** From when the time to give up counts. */
  readonly dueSince: Date;
  readonly attemptCount: number;
  /** The last ones. */
  readonly attempts: readonly DeliveryAttempt[];
  readonly createdAt: Date;
  /** Grows with each claim: the late answer of one that was lost changes nothing. */
  readonly claim: number;
}

export type NewDelivery = Pick<DeliveryRecord, 'channel' | 'userId' | 'webhookId' | 'eventId' | 'eventType'>;

export interface DeliveryStore {
  /** Those that are there already stay as they are; `isReplay`: they go out again. */
  add(deliveries: readonly NewDelivery[], now: Date, isReplay?: boolean): Promise<void>;
  /** Takes the delivery that is due the longest, not to one of these webhooks; nobody else gets it until the lease is over. */
  claim(now: Date, leaseUntil: Date, busyWebhookIds: readonly string[]): Promise<DeliveryRecord | undefined>;
  /** Writes an attempt down; false where the claim was lost, and nothing is written. */
  settle(delivery: DeliveryRecord, outcome: { readonly state: DeliveryState; readonly nextAttemptAt: Date | null; readonly attempt: DeliveryAttempt | null }): Promise<boolean>;
  /** The newest first. */
  list(webhookId: string, query: { readonly limit: number; readonly offset: number; readonly state?: DeliveryState }): Promise<{ readonly items: readonly DeliveryRecord[]; readonly total: number }>;
  find(webhookId: string, deliveryId: string): Promise<DeliveryRecord | undefined>;
  /** Whether any is due. */
  hasDue(now: Date): Promise<boolean>;
}

export interface NotificationStore {
  /** What the user gets by e-mail; undefined: has not said. */
  mailedEventTypes(userId: string): Promise<readonly string[] | undefined>;
  setMailedEventTypes(userId: string, eventTypes: readonly string[]): Promise<void>;
}
