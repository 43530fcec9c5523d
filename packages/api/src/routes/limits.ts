// What a user holds and may hold, and the plans that say so.
import * as z from 'zod';
import { limitsSchema } from '../resources/limits.js';
import { createPlanSchema, listPlansQuerySchema, planPageSchema, planSchema, updatePlanSchema } from '../resources/plan.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

export const limitRoutes = {
  get: defineRoute({
    name: 'limits.get', method: 'GET', path: '/api/limits', auth: 'user', scope: 'account:read', responses: { 200: limitsSchema },
    summary: 'Show what I hold and may hold', description: 'Every limit with its use and where it comes from, the quotas, and how much of each rate limit is left.',
  }),
};

const ofOne = { params: z.strictObject({ plan: resourceId }), notFound: 'PLAN_NOT_FOUND' } as const;

export const planRoutes = {
  list: defineRoute({
    name: 'plans.list', method: 'GET', path: '/api/admin/plans', auth: 'operator', scope: 'admin', query: listPlansQuerySchema,
    responses: { 200: planPageSchema }, summary: 'List the plans', description: 'Whoever is on no other plan is on the built-in one, `default`.',
  }),
  create: defineRoute({
    name: 'plans.create', method: 'POST', path: '/api/admin/plans', auth: 'operator', scope: 'admin', body: createPlanSchema,
    responses: { 201: planSchema }, errors: ['PLAN_NAME_TAKEN', 'LIMIT_REACHED'], summary: 'Make a plan',
  }),
  get: defineRoute({
    name: 'plans.get', method: 'GET', path: '/api/admin/plans/{plan}', auth: 'operator', scope: 'admin', ...ofOne, responses: { 200: planSchema }, summary: 'Show a plan',
  }),
  update: defineRoute({
    name: 'plans.update', method: 'PATCH', path: '/api/admin/plans/{plan}', auth: 'operator', scope: 'admin', ...ofOne, body: updatePlanSchema,
    responses: { 200: planSchema }, summary: 'Change a plan', description: 'Changes the named fields and limits, for everybody who is on the plan, within seconds. What they hold already stays.',
  }),
  delete: defineRoute({
    name: 'plans.delete', method: 'DELETE', path: '/api/admin/plans/{plan}', auth: 'operator', scope: 'admin', ...ofOne,
    responses: { 204: null }, errors: ['PLAN_IN_USE'], summary: 'Delete a plan', description: 'The built-in plan, and one that users are on, cannot be deleted.',
  }),
};
