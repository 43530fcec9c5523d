// Runs of the reconciler, for operators (R5.8).
import * as z from 'zod';
import {
  listReconcileRunsQuerySchema, reconcileReportQuerySchema, reconcileReportSchema, reconcileRunPageSchema, reconcileRunSchema, startReconcileSchema,
} from '../resources/reconcile.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

const path = '/api/admin/reconcile';
const forOperators = { auth: 'operator', scope: 'admin' } as const;
const ofOne = { params: z.strictObject({ id: resourceId }), notFound: 'RECONCILE_RUN_NOT_FOUND' } as const;

export const reconcileRoutes = {
  start: defineRoute({
    name: 'reconcile.start', method: 'POST', path, ...forOperators, body: startReconcileSchema, responses: { 202: reconcileRunSchema }, errors: ['CLUSTER_NOT_FOUND', 'USER_NOT_FOUND'],
    summary: 'Compare records, clusters and apps', description: 'Mends what is safe to mend, unless `dry_run`. All replicas share the work; one runs once an hour by itself.',
  }),
  list: defineRoute({
    name: 'reconcile.list', method: 'GET', path, ...forOperators, query: listReconcileRunsQuerySchema, responses: { 200: reconcileRunPageSchema }, summary: 'List runs of the reconciler, the newest first',
    description: 'Runs and what they found are kept for 30 days.',
  }),
  get: defineRoute({
    name: 'reconcile.get', method: 'GET', path: `${path}/{id}`, ...forOperators, ...ofOne, query: reconcileReportQuerySchema, responses: { 200: reconcileReportSchema },
    summary: 'Show a run of the reconciler and what it found', description: 'Counts by kind, and the differences themselves in pages.',
  }),
  events: defineRoute({
    name: 'reconcile.events', method: 'GET', path: `${path}/{id}/events`, ...forOperators, ...ofOne, responses: { 200: 'text/event-stream' }, events: reconcileRunSchema,
    summary: 'Follow a run of the reconciler', description: 'Server-sent events named `run`: the run as it is now, and again whenever it has got on. The stream ends with the run.',
  }),
};
