// Moves of databases.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerMoveRoutes(server: FastifyInstance, { moves }: Pick<HttpDependencies, 'moves'>): void {
  handle(server, routes.databases.migrate, async ({ actor, params, body }) => ({ status: 202, body: { operation_id: await moves.migrate(actor, params.id, body) } }));
  handle(server, routes.admin.moveDatabase, async ({ actor, params, body }) => ({ status: 202, body: { operation_id: await moves.moveToCluster(actor, params.id, body) } }));
  handle(server, routes.admin.renameStorage, async ({ actor, params, body }) => ({ status: 202, body: { operation_id: await moves.renameStorage(actor, params.id, body) } }));
  handle(server, routes.operations.backOut, async ({ actor, params }) => ({ status: 200, body: await moves.moveBack(actor, params.id) }));
  handle(server, routes.operations.finish, async ({ actor, params }) => ({ status: 200, body: await moves.finish(actor, params.id) }));
}
