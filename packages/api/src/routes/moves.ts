// Moves of databases.
import * as z from 'zod';
import { migrateDatabaseSchema, moveToClusterSchema, operationStartedSchema, renameStorageSchema } from '../resources/move.js';
import { operationSchema } from '../resources/operation.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

const ofDatabase = { params: z.strictObject({ id: resourceId }), notFound: 'DATABASE_NOT_FOUND' } as const;
const ofOperation = { params: z.strictObject({ id: resourceId }), notFound: 'OPERATION_NOT_FOUND' } as const;
const refusals = ['DATABASE_NOT_ACTIVE', 'MOVE_REFUSED', 'OPERATION_IN_PROGRESS', 'CLUSTER_UNAVAILABLE'] as const;

export const moveRoutes = {
  migrate: defineRoute({
    name: 'databases.migrate', method: 'POST', path: '/api/databases/{id}/migrate', auth: 'user', scope: 'databases:write', ...ofDatabase, body: migrateDatabaseSchema,
    responses: { 202: operationStartedSchema }, errors: ['LEGACY_USER_NOT_MIGRATED', ...refusals, 'QUOTA_EXCEEDED'],
    summary: 'Move the data and the apps of a database into another one',
    description:
      'Answers at once; the operation copies collections with their options, indexes and views, compares both sides byte by byte, and only then has the apps deployed with the other ' +
      'database. Until then everything can still be taken back, and is if anything goes wrong. Afterwards the source can be read, not written to, until the move cannot be taken back any more.',
  }),
};

/** What becomes of a move that has ended. */
export const movedRoutes = {
  backOut: defineRoute({
    name: 'operations.backOut', method: 'POST', path: '/api/operations/{id}/back-out', auth: 'user', scope: 'databases:write', ...ofOperation,
    responses: { 200: operationSchema }, errors: ['DATABASE_NOT_ACTIVE', 'MOVE_REFUSED', 'MOVE_NOT_REVERSIBLE', 'OPERATION_IN_PROGRESS', 'CLUSTER_UNAVAILABLE'],
    summary: 'Take a move back',
    description: 'Apps return to the source, which is as it was when the move ended. What was written to the target since stays there and is not copied back. Answers the operation that did it.',
  }),
  finish: defineRoute({
    name: 'operations.finish', method: 'POST', path: '/api/operations/{id}/finish', auth: 'user', scope: 'databases:write', ...ofOperation,
    responses: { 200: operationSchema }, errors: ['MOVE_NOT_REVERSIBLE', 'OPERATION_IN_PROGRESS', 'CLUSTER_UNAVAILABLE'],
    summary: 'End the time in which a move can be taken back', description: 'What the source leaves behind is dropped, deleted softly, or can be written to again, as the move asked for.',
  }),
};

export const adminMoveRoutes = {
  moveDatabase: defineRoute({
    name: 'admin.moveDatabase', method: 'POST', path: '/api/admin/databases/{id}/move', auth: 'operator', scope: 'admin', ...ofDatabase, body: moveToClusterSchema,
    responses: { 202: operationStartedSchema }, errors: refusals, summary: "Move somebody's database to another cluster",
    description: 'It keeps its id and its password; its connection URI names the other cluster. Apps of the platform are deployed with that; other clients need the new URI.',
  }),
  renameStorage: defineRoute({
    name: 'admin.renameStorage', method: 'POST', path: '/api/admin/databases/{id}/rename-storage', auth: 'operator', scope: 'admin', ...ofDatabase, body: renameStorageSchema,
    responses: { 202: operationStartedSchema }, errors: refusals, summary: 'Give the database of a legacy user the name that new databases have',
    description: 'Copies `user_{user}` to `user_{user}_{database}` on the same cluster, compares, and changes over; the old one is dropped when that cannot be taken back any more.',
  }),
};
