// Operations.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import type { EventStreams } from '../event-stream.js';
import { handle } from '../route-call.js';

export function registerOperationRoutes(server: FastifyInstance, { operations, eventStreams }: Pick<HttpDependencies, 'operations'> & { readonly eventStreams: EventStreams }): void {
  handle(server, routes.operations.get, async ({ actor, params }) => ({ status: 200, body: await operations.get(actor, params.id) }));
  handle(server, routes.operations.events, async ({ actor, params, request, reply }) => {
    const states = await operations.follow(actor, params.id);
    const body = eventStreams.open({ request, reply }, async function* (signal) {
      for await (const data of states(signal)) yield { event: 'operation', data };
      return 'ended';
    });
    return { status: 200, body };
  });
}
