// Apps.
import * as z from 'zod';
import { appSchema, appLogsSchema, appLogsQuerySchema, appPageSchema, createAppSchema, listAppsQuerySchema, updateAppSchema } from '../resources/app.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

const ofOne = { params: z.strictObject({ id: resourceId }), notFound: 'APP_NOT_FOUND' } as const;

export const appRoutes = {
  create: defineRoute({
    name: 'apps.create', method: 'POST', path: '/api/apps', auth: 'user', scope: 'apps:write', body: createAppSchema,
    responses: { 201: appSchema }, errors: ['LEGACY_USER_NOT_MIGRATED', 'APP_NAME_TAKEN', 'LIMIT_REACHED', 'DATABASE_NOT_FOUND', 'DATABASE_NOT_ACTIVE'], summary: 'Register an app',
  }),
  list: defineRoute({
    name: 'apps.list', method: 'GET', path: '/api/apps', auth: 'user', scope: 'apps:read', query: listAppsQuerySchema,
    responses: { 200: appPageSchema }, summary: 'List my apps',
  }),
  get: defineRoute({
    name: 'apps.get', method: 'GET', path: '/api/apps/{id}', auth: 'user', scope: 'apps:read', ...ofOne, responses: { 200: appSchema }, summary: 'Show an app',
  }),
  update: defineRoute({
    name: 'apps.update', method: 'PATCH', path: '/api/apps/{id}', auth: 'user', scope: 'apps:write', ...ofOne, body: updateAppSchema,
    responses: { 200: appSchema }, errors: ['LEGACY_USER_NOT_MIGRATED', 'APP_NAME_TAKEN', 'DATABASE_NOT_FOUND', 'DATABASE_NOT_ACTIVE'],
    summary: 'Change an app', description: 'What changes takes effect with the next deployment.',
  }),
  remove: defineRoute({
    name: 'apps.remove', method: 'DELETE', path: '/api/apps/{id}', auth: 'user', scope: 'apps:write', ...ofOne,
    responses: { 204: null }, summary: 'Remove an app', description: 'Stops it. Its database is left alone.',
  }),
  deploy: defineRoute({
    name: 'apps.deploy', method: 'POST', path: '/api/apps/{id}/deploy', auth: 'user', scope: 'apps:write', ...ofOne,
    responses: { 200: appSchema }, errors: ['DATABASE_NOT_FOUND', 'DATABASE_NOT_ACTIVE', 'NO_DATABASE_AVAILABLE', 'QUOTA_EXCEEDED'],
    summary: 'Deploy an app', description: 'Runs it with `MONGODB_URI` of its database, or of the default database where it names none.',
  }),
  logs: defineRoute({
    name: 'apps.logs', method: 'GET', path: '/api/apps/{id}/logs', auth: 'user', scope: 'apps:read', ...ofOne, query: appLogsQuerySchema,
    responses: { 200: appLogsSchema }, summary: "Show an app's newest log lines",
  }),
};
