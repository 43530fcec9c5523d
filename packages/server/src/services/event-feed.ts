// Events as their users read them: one after the other, from wherever they stopped (`EventFeed`).
import { ApiError, type Event, type StreamEventsQuery } from '@freehold/api';
import type { Clock } from '../ports/clock.js';
import { platformStream, type EventReader, type EventRecord } from '../ports/event-outbox.js';
import type { Actor, EventFeed } from './contracts.js';
import { createSharedPoll } from './shared-poll.js';

/** How often the newest event of every stream that somebody reads is looked at. */
const defaultPollMs = 250;
const eventsPerPage = 100;

/** What users and receivers see of an event. */
export function presentEvent({ id, sequence, type, at, operationId, data }: EventRecord): Event {
  // What is stored was typed by its table when it was written; a newer replica's types are passed on as they are.
  return { id, sequence, type, at: at.toISOString(), operation_id: operationId, data } as unknown as Event;
}

/** The stream that is asked for. Throws FORBIDDEN for that of the platform, unless an operator asks. */
export function streamOf(actor: Actor, name: StreamEventsQuery['stream']): string {
  if (name === 'own') return actor.userId;
  if (actor.role !== 'operator') throw new ApiError('FORBIDDEN', { required_role: 'operator' });
  return platformStream;
}

/** Builds the feed. */
export function createEventFeed(reader: EventReader, clock: Clock, everyMs = defaultPollMs): EventFeed {
  const poll = createSharedPoll({ read: (streams) => reader.heads(streams), versionOf: (head) => head, everyMs, clock });

  async function* after(stream: string, position: number, signal: AbortSignal): AsyncGenerator<EventRecord, void> {
    let last = position;
    while (!signal.aborted) {
      // Page after page: each begins where the one before ended.
      const page = await reader.after(stream, last, eventsPerPage);
      yield* page;
      last = page.at(-1)?.sequence ?? last;
      if (page.length < eventsPerPage) return;
    }
  }

  return {
    follow: async (actor, query, lastSeen) => {
      const stream = streamOf(actor, query.stream);
      const head = await reader.head(stream);
      const start = Math.min(lastSeen ?? query.since ?? (query.follow ? head : 0), head);
      return async function* (signal) {
        let position = start;
        // Tells of the head as it is first, then of each change: what comes while a page is read is seen after it.
        const news = poll.watch(stream, undefined, signal);
        try {
          do {
            for await (const event of after(stream, position, signal)) {
              position = event.sequence;
              yield presentEvent(event);
            }
          } while (query.follow && (await news.next()).done !== true);
          return query.follow ? 'ended' : 'caught_up';
        } finally {
          await news.return();
        }
      };
    },
  };
}
