// Webhooks.
import { routes } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import { handle } from '../route-call.js';

export function registerWebhookRoutes(server: FastifyInstance, { webhooks }: Pick<HttpDependencies, 'webhooks'>): void {
  handle(server, routes.webhooks.create, async ({ actor, body }) => {
    const { webhook, secret } = await webhooks.create(actor, body);
    return { status: 201, body: { ...webhook, secret: secret.reveal() } };
  });
  handle(server, routes.webhooks.list, async ({ actor, query }) => ({ status: 200, body: await webhooks.list(actor, query) }));
  handle(server, routes.webhooks.get, async ({ actor, params }) => ({ status: 200, body: await webhooks.get(actor, params.id) }));
  handle(server, routes.webhooks.update, async ({ actor, params, body }) => ({ status: 200, body: await webhooks.update(actor, params.id, body) }));
  handle(server, routes.webhooks.remove, async ({ actor, params }) => {
    await webhooks.remove(actor, params.id);
    return { status: 204 };
  });
  handle(server, routes.webhooks.rotateSecret, async ({ actor, params, body }) => {
    const { webhook, secret } = await webhooks.rotateSecret(actor, params.id, body.overlap_seconds);
    return { status: 200, body: { ...webhook, secret: secret.reveal() } };
  });
  handle(server, routes.webhooks.deliveries, async ({ actor, params, query }) => ({ status: 200, body: await webhooks.deliveries(actor, params.id, query) }));
  handle(server, routes.webhooks.replayDelivery, async ({ actor, params }) => ({ status: 202, body: await webhooks.replayDelivery(actor, params.id, params.delivery_id) }));
  handle(server, routes.webhooks.replay, async ({ actor, params, body }) => ({ status: 202, body: { replayed: await webhooks.replaySince(actor, params.id, new Date(body.since)) } }));
}
