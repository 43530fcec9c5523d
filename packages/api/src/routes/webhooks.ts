// Webhooks.
import * as z from 'zod';
import { resourceId } from '../resources/primitives.js';
import { pageQueryFields } from '../resources/page.js';
import {
  createdWebhookSchema, createWebhookSchema, deliveryPageSchema, deliverySchema, listDeliveriesQuerySchema, replayedSchema, replayWebhookSchema, rotateWebhookSecretSchema,
  updateWebhookSchema, webhookPageSchema, webhookSchema,
} from '../resources/webhook.js';
import { defineRoute } from '../route.js';

const params = z.strictObject({ id: resourceId });
const common = { auth: 'user', scope: 'events:write', notFound: 'WEBHOOK_NOT_FOUND', params } as const;

export const webhookRoutes = {
  create: defineRoute({
    name: 'webhooks.create', method: 'POST', path: '/api/webhooks', auth: 'user', scope: 'events:write', body: createWebhookSchema, responses: { 201: createdWebhookSchema },
    errors: ['WEBHOOK_URL_REFUSED', 'LIMIT_REACHED'], summary: 'Have events sent to an address',
    description: 'Each event is POSTed as JSON with `webhook-id`, `webhook-timestamp` and `webhook-signature` as Standard Webhooks defines them, at least once, again with growing pauses for three days where the receiver does not answer 2xx. The secret is in this answer and nowhere else.',
  }),
  list: defineRoute({
    name: 'webhooks.list', method: 'GET', path: '/api/webhooks', auth: 'user', scope: 'events:read', query: z.strictObject({ ...pageQueryFields }), responses: { 200: webhookPageSchema }, summary: 'List my webhooks',
  }),
  get: defineRoute({ ...common, name: 'webhooks.get', method: 'GET', path: '/api/webhooks/{id}', scope: 'events:read', responses: { 200: webhookSchema }, summary: 'Show a webhook' }),
  update: defineRoute({
    ...common, name: 'webhooks.update', method: 'PATCH', path: '/api/webhooks/{id}', body: updateWebhookSchema, responses: { 200: webhookSchema }, errors: ['WEBHOOK_URL_REFUSED'],
    summary: 'Change a webhook', description: 'Switching it on again forgets its failures.',
  }),
  remove: defineRoute({ ...common, name: 'webhooks.remove', method: 'DELETE', path: '/api/webhooks/{id}', responses: { 204: null }, summary: 'Remove a webhook' }),
  rotateSecret: defineRoute({
    ...common, name: 'webhooks.rotateSecret', method: 'POST', path: '/api/webhooks/{id}/rotate-secret', body: rotateWebhookSecretSchema, responses: { 200: createdWebhookSchema },
    summary: 'Give a webhook a new secret', description: 'While both are valid, requests carry a signature by each.',
  }),
  deliveries: defineRoute({
    ...common, name: 'webhooks.deliveries', method: 'GET', path: '/api/webhooks/{id}/deliveries', scope: 'events:read', query: listDeliveriesQuerySchema, responses: { 200: deliveryPageSchema },
    summary: 'Show what was sent to a webhook', description: 'The newest first, with the last attempts of each. Kept for 30 days.',
  }),
  replayDelivery: defineRoute({
    ...common, name: 'webhooks.replayDelivery', method: 'POST', path: '/api/webhooks/{id}/deliveries/{delivery_id}/replay', params: z.strictObject({ id: resourceId, delivery_id: resourceId.describe('The id of the delivery, as listing them answers') }),
    notFound: 'DELIVERY_NOT_FOUND', responses: { 202: deliverySchema }, errors: ['WEBHOOK_NOT_FOUND'], summary: 'Send an event again', description: 'With the same `webhook-id`, whatever became of it before.',
  }),
  replay: defineRoute({
    ...common, name: 'webhooks.replay', method: 'POST', path: '/api/webhooks/{id}/replay', body: replayWebhookSchema, responses: { 202: replayedSchema },
    summary: 'Send all events since a time again', description: 'Up to 10,000, the oldest first, with the same `webhook-id` as before.',
  }),
};
