// What operators do for the whole platform.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerAdminRoutes(server: FastifyInstance, { accounts }: Pick<HttpDependencies, 'accounts'>): void {
  handle(server, routes.admin.createUser, async ({ actor, body }) => ({ status: 201, body: await accounts.create(actor, body) }));
}
