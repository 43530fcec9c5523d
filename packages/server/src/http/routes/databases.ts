// Databases.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerDatabaseRoutes(server: FastifyInstance, { databases }: Pick<HttpDependencies, 'databases'>): void {
  handle(server, routes.databases.create, async ({ actor, body }) => {
    const { database, connectionUri } = await databases.create(actor, body);
    return { status: 201, body: { ...database, connection_uri: connectionUri.reveal() } };
  });
  handle(server, routes.databases.list, async ({ actor, query }) => ({ status: 200, body: await databases.list(actor, query) }));
  handle(server, routes.databases.get, async ({ actor, params }) => ({ status: 200, body: await databases.get(actor, params.id) }));
  handle(server, routes.databases.update, async ({ actor, params, body }) => ({ status: 200, body: await databases.update(actor, params.id, body) }));
  handle(server, routes.databases.connection, async ({ actor, params }) => ({ status: 200, body: await databases.connection(actor, params.id) }));
  handle(server, routes.databases.rotateCredentials, async ({ actor, params, body }) => {
    const { connectionUri, previousValidUntil } = await databases.rotateCredentials(actor, params.id, body);
    return { status: 200, body: { connection_uri: connectionUri.reveal(), previous_valid_until: previousValidUntil.toISOString() } };
  });
  handle(server, routes.databases.delete, async ({ actor, params, query }) => {
    const { confirm_token: confirmToken } = query;
    if (confirmToken === undefined) return { status: 202, body: await databases.requestDeletion(actor, params.id) };
    return { status: 200, body: await databases.delete(actor, params.id, { ...query, confirm_token: confirmToken }) };
  });
  handle(server, routes.databases.restore, async ({ actor, params }) => ({ status: 200, body: await databases.restore(actor, params.id) }));
}
