// Events as they happen, and what of them comes by e-mail.
import { ApiError, routes } from '@freehold/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import type { EventStreams } from '../event-stream.js';
import { handle } from '../route-call.js';

type EventDependencies = Pick<HttpDependencies, 'eventFeed' | 'notifications'> & { readonly eventStreams: EventStreams };

export function registerEventRoutes(server: FastifyInstance, { eventFeed, notifications, eventStreams }: EventDependencies): void {
  handle(server, routes.events.stream, async ({ actor, query, request, reply }) => {
    const events = await eventFeed.follow(actor, query, lastSeenBy(request));
    const body = eventStreams.open({ request, reply }, async function* (signal) {
      const follow = events(signal);
      for (;;) {
        // One after the other: the next is asked for when the reader has taken this one.
        const turn = await follow.next();
        if (turn.done === true) return turn.value;
        yield { id: String(turn.value.sequence), event: turn.value.type, data: turn.value };
      }
    });
    return { status: 200, body };
  });
  handle(server, routes.notifications.get, async ({ actor }) => ({ status: 200, body: await notifications.get(actor) }));
  handle(server, routes.notifications.update, async ({ actor, body }) => ({ status: 200, body: await notifications.update(actor, body) }));
}

/** The sequence number of the last event that a reader had who comes back. */
function lastSeenBy({ headers }: FastifyRequest): number | undefined {
  const given = headers['last-event-id'];
  if (given === undefined || given === '') return undefined;
  if (typeof given !== 'string' || !/^\d{1,15}$/u.test(given)) {
    throw new ApiError('VALIDATION_FAILED', { issues: [{ path: 'headers.last-event-id', message: 'must be the id of an event of this stream' }] });
  }
  return Number(given);
}
