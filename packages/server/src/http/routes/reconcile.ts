// Runs of the reconciler.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import type { EventStreams } from '../event-stream.js';
import { handle } from '../route-call.js';

export function registerReconcileRoutes(server: FastifyInstance, { reconcile, eventStreams }: Pick<HttpDependencies, 'reconcile'> & { readonly eventStreams: EventStreams }): void {
  const table = routes.reconcile;
  handle(server, table.start, async ({ actor, body }) => ({ status: 202, body: await reconcile.start(actor, body) }));
  handle(server, table.list, async ({ actor, query }) => ({ status: 200, body: await reconcile.list(actor, query) }));
  handle(server, table.get, async ({ actor, params, query }) => ({ status: 200, body: await reconcile.get(actor, params.id, query) }));
  handle(server, table.events, async ({ actor, params, request, reply }) => {
    const states = await reconcile.follow(actor, params.id);
    const body = eventStreams.open({ request, reply }, async function* (signal) {
      for await (const data of states(signal)) yield { event: 'run', data };
      return 'ended';
    });
    return { status: 200, body };
  });
}
