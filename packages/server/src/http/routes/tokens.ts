// API tokens.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerTokenRoutes(server: FastifyInstance, { tokens }: Pick<HttpDependencies, 'tokens'>): void {
  handle(server, routes.tokens.create, async ({ actor, grantedScopes, body }) => ({ status: 201, body: await tokens.create(actor, grantedScopes, body) }));
  handle(server, routes.tokens.list, async ({ actor, query }) => ({ status: 200, body: await tokens.list(actor, query) }));
  handle(server, routes.tokens.revoke, async ({ actor, params }) => {
    await tokens.revoke(actor, params.id);
    return { status: 204 };
  });
}
