// What a user holds and may hold, and the plans that say so.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerLimitRoutes(server: FastifyInstance, { userLimits, plans }: Pick<HttpDependencies, 'userLimits' | 'plans'>): void {
  handle(server, routes.limits.get, async ({ actor }) => ({ status: 200, body: await userLimits.limitsOf(actor.userId) }));
  handle(server, routes.plans.list, async ({ query }) => ({ status: 200, body: await plans.list(query) }));
  handle(server, routes.plans.create, async ({ actor, body }) => ({ status: 201, body: await plans.create(actor, body) }));
  handle(server, routes.plans.get, async ({ params }) => ({ status: 200, body: await plans.get(params.plan) }));
  handle(server, routes.plans.update, async ({ actor, params, body }) => ({ status: 200, body: await plans.update(actor, params.plan, body) }));
  handle(server, routes.plans.delete, async ({ actor, params }) => {
    await plans.remove(actor, params.plan);
    return { status: 204 };
  });
}
