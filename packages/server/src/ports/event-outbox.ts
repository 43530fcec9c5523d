// Events that users, and those who run the platform, are told of (docs/events.md). Written in the transaction of what they tell of,
// then streamed, sent to webhooks and mailed: nothing is told that did not happen, and nothing that happened is left untold.
import type { EventData, EventType } from '@freehold/api';

/** The stream of what concerns those who run the platform. Ids of users are never this. */
export const platformStream = 'platform';

type EventOf<Type extends EventType> = {
  /** Whose business it is; null: the platform's. */
  readonly userId: string | null;
  readonly type: Type;
  /** Without secrets. */
  readonly data: EventData<Type>;
  readonly at: Date;
  readonly operationId?: string;
};

export type NewEvent = { [Type in EventType]: EventOf<Type> }[EventType];

export interface EventRecord {
  readonly id: string;
  /** A user's id, or `platform`. */
  readonly stream: string;
  /** 1, 2, 3 … in each stream, in the order of the transactions that wrote them: who has seen one has seen all before it. */
  readonly sequence: number;
  readonly type: string;
  readonly at: Date;
  readonly operationId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventOutbox {
  record(event: NewEvent): Promise<void>;
}

export interface EventReader {
  /** The sequence number of the newest event; 0: there has been none. */
  head(stream: string): Promise<number>;
  /** Of each stream that has had one. */
  heads(streams: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The oldest after this one. */
  after(stream: string, sequence: number, limit: number): Promise<readonly EventRecord[]>;
  find(eventId: string): Promise<EventRecord | undefined>;
  /** Those of a stream from this time on, the oldest first, after the given one. */
  since(stream: string, from: Date, afterSequence: number, limit: number): Promise<readonly EventRecord[]>;
  /** Those nobody has handed to webhooks and e-mail yet, the oldest first. */
  undispatched(limit: number): Promise<readonly EventRecord[]>;
  markDispatched(eventIds: readonly string[]): Promise<void>;
}
