// Operations.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerOperationRoutes(server: FastifyInstance, { operations }: Pick<HttpDependencies, 'operations'>): void {
  handle(server, routes.operations.get, async ({ actor, params }) => ({ status: 200, body: await operations.get(actor, params.id) }));
}
