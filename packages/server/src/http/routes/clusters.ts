// Clusters, for operators.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerClusterRoutes(server: FastifyInstance, { clusters }: Pick<HttpDependencies, 'clusters'>): void {
  handle(server, routes.clusters.register, async ({ actor, body }) => ({ status: 201, body: await clusters.register(actor, body) }));
  handle(server, routes.clusters.list, async ({ actor, query }) => ({ status: 200, body: await clusters.list(actor, query) }));
  handle(server, routes.clusters.get, async ({ actor, params }) => ({ status: 200, body: await clusters.get(actor, params.id) }));
  handle(server, routes.clusters.update, async ({ actor, params, body }) => ({ status: 200, body: await clusters.update(actor, params.id, body) }));
  handle(server, routes.clusters.probe, async ({ actor, params }) => ({ status: 200, body: await clusters.probe(actor, params.id) }));
  handle(server, routes.clusters.remove, async ({ actor, params }) => {
    await clusters.remove(actor, params.id);
    return { status: 204 };
  });
}
