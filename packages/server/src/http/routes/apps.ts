// Apps.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerAppRoutes(server: FastifyInstance, { apps }: Pick<HttpDependencies, 'apps'>): void {
  handle(server, routes.apps.create, async ({ actor, body }) => ({ status: 201, body: await apps.create(actor, body) }));
  handle(server, routes.apps.list, async ({ actor, query }) => ({ status: 200, body: await apps.list(actor, query) }));
  handle(server, routes.apps.get, async ({ actor, params }) => ({ status: 200, body: await apps.get(actor, params.id) }));
  handle(server, routes.apps.update, async ({ actor, params, body }) => ({ status: 200, body: await apps.update(actor, params.id, body) }));
  handle(server, routes.apps.remove, async ({ actor, params }) => {
    await apps.remove(actor, params.id);
    return { status: 204 };
  });
  handle(server, routes.apps.deploy, async ({ actor, params }) => ({ status: 200, body: await apps.deploy(actor, params.id) }));
  handle(server, routes.apps.logs, async ({ actor, params, query }) => ({ status: 200, body: await apps.logs(actor, params.id, query.limit) }));
}
