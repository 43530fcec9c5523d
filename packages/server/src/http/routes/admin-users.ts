// Users and their databases, for operators.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerAdminUserRoutes(server: FastifyInstance, { adminUsers, userLimits }: Pick<HttpDependencies, 'adminUsers' | 'userLimits'>): void {
  handle(server, routes.admin.listUsers, async ({ query }) => ({ status: 200, body: await adminUsers.list(query) }));
  handle(server, routes.admin.getUser, async ({ params }) => ({ status: 200, body: await adminUsers.get(params.id) }));
  handle(server, routes.admin.updateUser, async ({ actor, params, body }) => ({ status: 200, body: await adminUsers.update(actor, params.id, body) }));
  handle(server, routes.admin.userLimits, async ({ params }) => ({ status: 200, body: await userLimits.limitsOf(params.id) }));
  handle(server, routes.admin.userRateLimits, async ({ params }) => ({ status: 200, body: await adminUsers.rateLimits(params.id) }));
  handle(server, routes.admin.resetUserRateLimits, async ({ actor, params }) => {
    await adminUsers.resetRateLimits(actor, params.id);
    return { status: 204 };
  });
  handle(server, routes.admin.listDatabases, async ({ query }) => ({ status: 200, body: await adminUsers.databases(query) }));
  handle(server, routes.admin.updateDatabase, async ({ actor, params, body }) => ({ status: 200, body: await adminUsers.updateDatabase(actor, params.id, body) }));
}
