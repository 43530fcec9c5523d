// Databases: how much they use, and one action on many of them.
import * as z from 'zod';
import { bulkAnswerSchema, bulkItemErrors, bulkRequestSchema } from '../resources/bulk.js';
import { resourceId } from '../resources/primitives.js';
import { defaultDatabaseStatsSchema, usageQuerySchema, usageSchema } from '../resources/usage.js';
import { defineRoute } from '../route.js';

export const databaseFleetRoutes = {
  usage: defineRoute({
    name: 'databases.usage', method: 'GET', path: '/api/databases/{id}/usage', auth: 'user', scope: 'databases:read',
    params: z.strictObject({ id: resourceId }), notFound: 'DATABASE_NOT_FOUND', query: usageQuerySchema,
    responses: { 200: usageSchema }, errors: ['CLUSTER_UNAVAILABLE'],
    summary: 'Show what a database uses',
    description: 'Sizes are kept for 5 minutes; `as_of` says when they were taken. While the cluster does not answer, the last ones known are answered for an hour.',
  }),
  stats: defineRoute({
    name: 'databases.stats', method: 'GET', path: '/api/database/stats', auth: 'user', scope: 'databases:read',
    responses: { 200: defaultDatabaseStatsSchema }, errors: ['NO_DATABASE_AVAILABLE', 'CLUSTER_UNAVAILABLE'],
    summary: 'Show the size of my default database', description: 'For programs from before there were several databases; newer ones use the usage of a database.',
  }),
  bulk: defineRoute({
    name: 'databases.bulk', method: 'POST', path: '/api/databases/bulk', auth: 'user', scope: 'databases:write', body: bulkRequestSchema,
    responses: { 200: bulkAnswerSchema }, errors: ['BACKUPS_UNAVAILABLE'],
    itemErrors: bulkItemErrors,
    summary: 'Do the same to many databases',
    description:
      'Each database succeeds or fails by itself: the answer is 200 with one result each, and an error where it failed. A repeat with the same ' +
      '`Idempotency-Key` does nothing twice, even where the first call did not come to its end; to try again what failed, use a new key. Where nothing is known of one of them yet, the whole call answers 503 or 409 and is to be repeated with the same key. Deletions need ' +
      '`params.confirm` and follow the rules of a single one: a database that apps use is refused without `on_apps`, and the default database goes last. ' +
      'Rotating needs the scope `databases:connect` too; the new URIs are read with `GET /api/databases/{id}/connection`.',
  }),
};
