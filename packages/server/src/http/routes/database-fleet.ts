// Databases: how much they use, and one action on many of them.
import { ApiError, bulkItemErrors, routes, scopeCovers } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerDatabaseFleetRoutes(server: FastifyInstance, { usage, bulk, logger }: Pick<HttpDependencies, 'usage' | 'bulk' | 'logger'>): void {
  handle(server, routes.databases.usage, async ({ actor, params, query }) => ({ status: 200, body: await usage.usage(actor, params.id, query) }));
  handle(server, routes.databases.stats, async ({ actor }) => ({ status: 200, body: await usage.defaultDatabaseStats(actor) }));
  handle(server, routes.databases.bulk, async ({ actor, grantedScopes, body, request }) => {
    // What a token may not do to one database, it may not do to many.
    const needed = body.action === 'rotate_credentials' ? 'databases:connect' : 'databases:write';
    if (grantedScopes !== null && !scopeCovers(grantedScopes, needed)) throw new ApiError('FORBIDDEN', { required_scope: needed });
    const answer = await bulk.run(actor, body);
    const declared: readonly string[] = bulkItemErrors[body.action];
    for (const { error } of answer.results) {
      if (error !== undefined && !declared.includes(error.code)) logger.event('http.undeclared', { request_id: request.id, route: routes.databases.bulk.name, code: error.code });
    }
    return { status: 200, body: answer };
  });
}
