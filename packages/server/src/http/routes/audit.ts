// The audit log.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerAuditRoutes(server: FastifyInstance, { auditTrail }: Pick<HttpDependencies, 'auditTrail'>): void {
  handle(server, routes.audit.listOwn, async ({ actor, query }) => ({ status: 200, body: await auditTrail.listOwn(actor, query) }));
  handle(server, routes.audit.list, async ({ query }) => ({ status: 200, body: await auditTrail.list(query) }));
}
