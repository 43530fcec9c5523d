// What operators see and change of users and their databases.
import * as z from 'zod';
import { adminDatabasePageSchema, adminDatabaseSchema, adminUpdateDatabaseSchema, listAllDatabasesQuerySchema } from '../resources/admin-database.js';
import { adminUserPageSchema, adminUserSchema, listUsersQuerySchema, updateUserSchema, userRateLimitsSchema } from '../resources/admin-user.js';
import { limitsSchema } from '../resources/limits.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

const operator = { auth: 'operator', scope: 'admin' } as const;
const ofUser = { ...operator, params: z.strictObject({ id: resourceId }), notFound: 'USER_NOT_FOUND' } as const;

export const adminUserRoutes = {
  listUsers: defineRoute({
    name: 'admin.listUsers', method: 'GET', path: '/api/admin/users', ...operator, query: listUsersQuerySchema,
    responses: { 200: adminUserPageSchema }, summary: 'List users', description: 'In the order of their making, or by e-mail address where one is looked for.',
  }),
  getUser: defineRoute({
    name: 'admin.getUser', method: 'GET', path: '/api/admin/users/{id}', ...ofUser, responses: { 200: adminUserSchema }, summary: 'Show a user',
  }),
  updateUser: defineRoute({
    name: 'admin.updateUser', method: 'PATCH', path: '/api/admin/users/{id}', ...ofUser, body: updateUserSchema,
    responses: { 200: adminUserSchema }, errors: ['PLAN_NOT_FOUND'], summary: 'Change a user',
    description:
      'Puts the user on a plan, gives limits of their own, or disables the account: sessions and API tokens are refused within seconds, by every replica. ' +
      'Databases go on working unless `suspend_databases` says otherwise; then their credentials lose every right within a minute, and get them back when the account is enabled again.',
  }),
  userLimits: defineRoute({
    name: 'admin.userLimits', method: 'GET', path: '/api/admin/users/{id}/limits', ...ofUser, responses: { 200: limitsSchema },
    summary: 'Show what a user holds and may hold',
  }),
  userRateLimits: defineRoute({
    name: 'admin.userRateLimits', method: 'GET', path: '/api/admin/users/{id}/rate-limits', ...ofUser, responses: { 200: userRateLimitsSchema },
    summary: 'Show where a user stands with rate limits',
  }),
  resetUserRateLimits: defineRoute({
    name: 'admin.resetUserRateLimits', method: 'DELETE', path: '/api/admin/users/{id}/rate-limits', ...ofUser, responses: { 204: null },
    summary: 'Give a user their uses of rate limits back', description: 'Of all rules that count by user or by database, in force within five seconds, wherever they are counted and whether Redis answers. Rules by address stay as they are.',
  }),
  listDatabases: defineRoute({
    name: 'admin.listDatabases', method: 'GET', path: '/api/admin/databases', ...operator, query: listAllDatabasesQuerySchema,
    responses: { 200: adminDatabasePageSchema }, summary: 'List the databases of all users',
  }),
  updateDatabase: defineRoute({
    name: 'admin.updateDatabase', method: 'PATCH', path: '/api/admin/databases/{id}', ...operator, params: z.strictObject({ id: resourceId }), notFound: 'DATABASE_NOT_FOUND',
    body: adminUpdateDatabaseSchema, responses: { 200: adminDatabaseSchema }, errors: ['DATABASE_NOT_ACTIVE', 'QUOTA_EXCEEDED'],
    summary: "Change the quota or the connection budget of somebody's database",
  }),
};
