// Bringing in the users of an earlier platform, for operators (R3).
import * as z from 'zod';
import {
  legacyExportQuerySchema, legacyLogPageSchema, legacyLogQuerySchema, legacyRunPageSchema, legacyRunSchema, listLegacyRunsQuerySchema, rollbackLegacyRunSchema, startLegacyRunSchema,
} from '../resources/legacy-migration.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

const path = '/api/admin/legacy-migrations';
const forOperators = { auth: 'operator', scope: 'admin' } as const;
const ofOne = { params: z.strictObject({ id: resourceId }), notFound: 'LEGACY_RUN_NOT_FOUND' } as const;

export const legacyMigrationRoutes = {
  start: defineRoute({
    name: 'legacyMigrations.start', method: 'POST', path, ...forOperators, body: startLegacyRunSchema, responses: { 202: legacyRunSchema },
    errors: ['LEGACY_CIPHER_UNKNOWN', 'LEGACY_SOURCE_UNKNOWN', 'LEGACY_RUN_IN_PROGRESS', 'LEGACY_RUN_NOT_FOUND'], summary: 'Plan, run or verify the migration of legacy users',
    description: 'All replicas share the work. A plan reports what a run would do to each user; a run migrates them, each as an operation of its own; a verification checks those that are migrated.',
  }),
  list: defineRoute({
    name: 'legacyMigrations.list', method: 'GET', path, ...forOperators, query: listLegacyRunsQuerySchema, responses: { 200: legacyRunPageSchema }, summary: 'List migration runs, the newest first',
  }),
  get: defineRoute({
    name: 'legacyMigrations.get', method: 'GET', path: `${path}/{id}`, ...forOperators, ...ofOne, responses: { 200: legacyRunSchema }, summary: 'Show a migration run',
    description: 'The run `first-use` collects users that were migrated because they changed something before a run came to them.',
  }),
  events: defineRoute({
    name: 'legacyMigrations.events', method: 'GET', path: `${path}/{id}/events`, ...forOperators, ...ofOne, responses: { 200: 'text/event-stream' }, events: legacyRunSchema,
    summary: 'Follow a migration run', description: 'Server-sent events named `run`: the run as it is now, and again whenever it has got on. The stream ends with the run.',
  }),
  log: defineRoute({
    name: 'legacyMigrations.log', method: 'GET', path: `${path}/{id}/log`, ...forOperators, ...ofOne, query: legacyLogQuerySchema, responses: { 200: legacyLogPageSchema },
    summary: 'Read the log of a migration run', description: 'One entry for each user: what became of it, and every finding with its code.',
  }),
  export: defineRoute({
    name: 'legacyMigrations.export', method: 'GET', path: `${path}/{id}/log/export`, ...forOperators, ...ofOne, query: legacyExportQuerySchema, responses: { 200: 'application/octet-stream' },
    summary: 'Export the log of a migration run', description: 'All of it, one entry a line: JSON objects (`format=ndjson`) or comma-separated values with a heading (`format=csv`).',
  }),
  pause: defineRoute({
    name: 'legacyMigrations.pause', method: 'POST', path: `${path}/{id}/pause`, ...forOperators, ...ofOne, responses: { 200: legacyRunSchema }, errors: ['LEGACY_RUN_NOT_RUNNING'],
    summary: 'Pause a migration run', description: 'Users that are being worked on are finished; no other is begun.',
  }),
  resume: defineRoute({
    name: 'legacyMigrations.resume', method: 'POST', path: `${path}/{id}/resume`, ...forOperators, ...ofOne, responses: { 200: legacyRunSchema }, errors: ['LEGACY_RUN_NOT_RUNNING', 'LEGACY_RUN_IN_PROGRESS'],
    summary: 'Resume a paused migration run',
  }),
  rollback: defineRoute({
    name: 'legacyMigrations.rollback', method: 'POST', path: `${path}/{id}/rollback`, ...forOperators, ...ofOne, body: rollbackLegacyRunSchema, responses: { 202: legacyRunSchema },
    errors: ['LEGACY_RUN_IN_PROGRESS'], summary: 'Take a migration back',
    description: 'Puts back the earlier documents of the users that this run migrated, or of some of them. Tenants\' data is not touched. Users who would lose something are refused, and the log says what.',
  }),
};
