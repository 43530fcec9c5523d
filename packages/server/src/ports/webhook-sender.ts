// Sends one event to one address.
import type { Secret } from '../domain/secret.js';

export interface WebhookMessage {
  readonly url: string;
  /** Goes as `webhook-id`: the same for every attempt of the same event. */
  readonly id: string;
  readonly at: Date;
  readonly body: string;
  /** `whsec_…`; one signature by each. */
  readonly secrets: readonly Secret[];
}

export interface WebhookAnswer {
  /** Null: there was no answer. */
  readonly status: number | null;
  /** What went wrong, in a word or two of ours: no address that a name stands for, nothing of the receiver's. */
  readonly error: string | null;
  /** How the body of an answer that is no success began. */
  readonly excerpt: string | null;
}

export interface WebhookSender {
  /** Why nothing may be sent to this address; undefined: it may. What a name stands for is looked at when it is sent. */
  refusalOf(url: string): string | undefined;
  /** Never rejects. */
  send(message: WebhookMessage): Promise<WebhookAnswer>;
  close(): void;
}
