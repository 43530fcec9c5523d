// Operations.
import * as z from 'zod';
import { operationSchema } from '../resources/operation.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

export const operationRoutes = {
  get: defineRoute({
    name: 'operations.get', method: 'GET', path: '/api/operations/{id}', auth: 'user', scope: 'operations:read',
    params: z.strictObject({ id: resourceId }), notFound: 'OPERATION_NOT_FOUND',
    responses: { 200: operationSchema }, summary: 'Show an operation', description: 'Its steps, how far it is, and how it ended.',
  }),
  events: defineRoute({
    name: 'operations.events', method: 'GET', path: '/api/operations/{id}/events', auth: 'user', scope: 'operations:read',
    params: z.strictObject({ id: resourceId }), notFound: 'OPERATION_NOT_FOUND',
    responses: { 200: 'text/event-stream' }, events: operationSchema, summary: 'Follow an operation',
    description: 'Server-sent events named `operation`: the operation as it is now, and again whenever it changes (steps, bytes and documents done, result). The stream ends with the operation, with an event named `end`.',
  }),
};
