// Databases.
import * as z from 'zod';
import {
  connectionSchema, createDatabaseSchema, createdDatabaseSchema, databasePageSchema, databaseSchema, deleteDatabaseQuerySchema,
  deletionRequestSchema, listDatabasesQuerySchema, rotateCredentialsSchema, rotatedCredentialsSchema, updateDatabaseSchema,
} from '../resources/database.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

const ofOne = { params: z.strictObject({ id: resourceId }), notFound: 'DATABASE_NOT_FOUND' } as const;

export const databaseRoutes = {
  create: defineRoute({
    name: 'databases.create', method: 'POST', path: '/api/databases', auth: 'user', scope: 'databases:write', body: createDatabaseSchema,
    responses: { 201: createdDatabaseSchema },
    errors: ['LEGACY_USER_NOT_MIGRATED', 'DATABASE_NAME_TAKEN', 'LIMIT_REACHED', 'QUOTA_EXCEEDED', 'CLUSTER_CAPACITY_EXHAUSTED', 'CLUSTER_UNAVAILABLE'],
    summary: 'Create a database',
    description:
      'Answers when the database can be used: its connection URI has been proven to work. The first one becomes the default. `GET /api/limits` says how many you may ' +
      'have, how large, and how many more within the hour (`database_creation`); a creation that fails counts for nothing.',
  }),
  list: defineRoute({
    name: 'databases.list', method: 'GET', path: '/api/databases', auth: 'user', scope: 'databases:read', query: listDatabasesQuerySchema,
    responses: { 200: databasePageSchema }, summary: 'List my databases',
    description: 'The oldest first, unless `sort` says otherwise. Deleted ones are among them until they are purged; `status=active` leaves them out.',
  }),
  get: defineRoute({
    name: 'databases.get', method: 'GET', path: '/api/databases/{id}', auth: 'user', scope: 'databases:read', ...ofOne,
    responses: { 200: databaseSchema }, summary: 'Show a database', description: 'The id `default` stands for the default database, as programs of an earlier platform call it; so it does for the connection, the usage, and changes of fields.',
  }),
  update: defineRoute({
    name: 'databases.update', method: 'PATCH', path: '/api/databases/{id}', auth: 'user', scope: 'databases:write', ...ofOne,
    body: updateDatabaseSchema, responses: { 200: databaseSchema },
    errors: ['LEGACY_USER_NOT_MIGRATED', 'DATABASE_NAME_TAKEN', 'DATABASE_NOT_ACTIVE', 'DEFAULT_DATABASE_REQUIRED', 'QUOTA_EXCEEDED'],
    summary: 'Change a database', description: 'Changes the named fields alone, at once; the names inside MongoDB and the connection URI stay what they are.',
  }),
  connection: defineRoute({
    name: 'databases.connection', method: 'GET', path: '/api/databases/{id}/connection', auth: 'user', scope: 'databases:connect', ...ofOne,
    responses: { 200: connectionSchema }, errors: ['DATABASE_NOT_ACTIVE'],
    summary: 'Show how to connect', description: 'Holds the password; each call is audited.',
  }),
  rotateCredentials: defineRoute({
    name: 'databases.rotateCredentials', method: 'POST', path: '/api/databases/{id}/rotate-credentials', auth: 'user',
    scope: 'databases:connect', ...ofOne, body: rotateCredentialsSchema, responses: { 200: rotatedCredentialsSchema },
    errors: ['LEGACY_USER_NOT_MIGRATED', 'DATABASE_NOT_ACTIVE', 'OPERATION_IN_PROGRESS', 'ROTATION_ABORTED', 'CLUSTER_UNAVAILABLE'],
    summary: 'Rotate the credentials',
    description:
      'Makes a second credential, proves it, has the apps of the platform deployed with it, and answers the new URI. An app that ran before and does not ' +
      'come up with it ends the rotation: apps get the old credential back, which was never touched. A credential that is still in the grace time of an ' +
      'earlier rotation ends when the next one begins.',
  }),
  delete: defineRoute({
    name: 'databases.delete', method: 'DELETE', path: '/api/databases/{id}', auth: 'user', scope: 'databases:write', ...ofOne,
    query: deleteDatabaseQuerySchema, responses: { 200: databaseSchema, 202: deletionRequestSchema },
    errors: [
      'LEGACY_USER_NOT_MIGRATED',
      'CONFIRM_TOKEN_INVALID', 'DATABASE_NOT_ACTIVE', 'DATABASE_IN_USE', 'DEFAULT_DATABASE_REQUIRED', 'OPERATION_IN_PROGRESS', 'CLUSTER_UNAVAILABLE',
    ],
    summary: 'Delete a database',
    description:
      'Without `confirm_token` nothing is deleted: the answer is 202 with a token, good once and for 10 minutes, and the apps that use the database. With it, the ' +
      'credential stops working at once, and the data is kept for 7 days, until which the database can be restored. Where apps use it, `on_apps` says what becomes of ' +
      'them: without it the call is refused (`DATABASE_IN_USE`). The default one of several databases needs a successor, `new_default_database_id` (`DEFAULT_DATABASE_REQUIRED`).',
  }),
  restore: defineRoute({
    name: 'databases.restore', method: 'POST', path: '/api/databases/{id}/restore', auth: 'user', scope: 'databases:write', ...ofOne,
    responses: { 200: databaseSchema }, errors: ['LEGACY_USER_NOT_MIGRATED', 'DATABASE_NOT_ACTIVE', 'QUOTA_EXCEEDED', 'OPERATION_IN_PROGRESS', 'CLUSTER_UNAVAILABLE'],
    summary: 'Restore a deleted database',
    description: 'Until it is purged, 7 days after the deletion (`purge_at`). Its old connection URI works again. Apps that the deletion moved or detached stay where they are.',
  }),
};
