// One action on many databases: each succeeds or fails by itself (R4.2).
import * as z from 'zod';
import type { ErrorCode } from '../errors.js';
import { maximumQuotaMb, rotateCredentialsSchema } from './database.js';
import { nothing, resourceId } from './primitives.js';

export const bulkActions = ['rotate_credentials', 'delete', 'restore', 'set_quota', 'backup'] as const;
export type BulkAction = (typeof bulkActions)[number];

export const largestBulk = 100;

const databaseIds = z
  .array(resourceId)
  .min(1)
  .max(largestBulk)
  .refine((ids) => new Set(ids).size === ids.length, 'must name each database once');

const deleteParams = z
  .strictObject({
    confirm: z.literal(true).describe('Stands in for the confirm token of a single deletion'),
    on_apps: z.enum(['move', 'detach']).optional().describe('What becomes of the apps that use the databases'),
    target_database_id: resourceId.optional().describe('Where `on_apps=move` moves them; also the new default, where one is needed and none is named'),
    new_default_database_id: resourceId.optional().describe('Which database becomes the default, where the default one is among the deleted'),
  })
  .refine((params) => params.on_apps !== 'move' || params.target_database_id !== undefined, { path: ['target_database_id'], message: 'is needed with on_apps=move' });

const setQuotaParams = z.strictObject({ quota_mb: z.number().int().min(1).max(maximumQuotaMb).nullable().describe('Null: none') });

export const bulkRequestSchema = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.literal('rotate_credentials'), database_ids: databaseIds, params: rotateCredentialsSchema.prefault({}) }),
    z.strictObject({ action: z.literal('delete'), database_ids: databaseIds, params: deleteParams }),
    z.strictObject({ action: z.literal('restore'), database_ids: databaseIds, params: nothing.default({}) }),
    z.strictObject({ action: z.literal('set_quota'), database_ids: databaseIds, params: setQuotaParams }),
    z.strictObject({ action: z.literal('backup'), database_ids: databaseIds, params: nothing.default({}) }),
  ])
  .refine(
    (request) => request.action !== 'delete' || [request.params.target_database_id, request.params.new_default_database_id].every((id) => id === undefined || !request.database_ids.includes(id)),
    { path: ['params'], message: 'must not name a database that is to be deleted' },
  )
  .meta({ id: 'BulkRequest' });
export type BulkRequest = z.infer<typeof bulkRequestSchema>;

const ofAll = ['DATABASE_NOT_FOUND', 'DATABASE_NOT_ACTIVE', 'LEGACY_USER_NOT_MIGRATED', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'INTERNAL_ERROR'] as const satisfies readonly ErrorCode[];
const ofOperations = ['OPERATION_IN_PROGRESS', 'CLUSTER_UNAVAILABLE'] as const satisfies readonly ErrorCode[];

/** What can go wrong with single databases, by the action. None with `backup`: there the whole call is refused. */
export const bulkItemErrors = {
  rotate_credentials: [...ofAll, ...ofOperations, 'ROTATION_ABORTED'],
  delete: [...ofAll, ...ofOperations, 'DATABASE_IN_USE', 'DEFAULT_DATABASE_REQUIRED'],
  restore: [...ofAll, ...ofOperations, 'QUOTA_EXCEEDED'],
  set_quota: [...ofAll, 'QUOTA_EXCEEDED'],
  backup: [],
} as const satisfies Readonly<Record<BulkAction, readonly ErrorCode[]>>;

/** The codes that a result of an action can have. */
export type BulkItemError<Action extends BulkAction = BulkAction> = (typeof bulkItemErrors)[Action][number];

const itemErrorCodes = [...new Set(Object.values(bulkItemErrors).flat())];
const byAction = Object.entries(bulkItemErrors).filter(([, codes]) => codes.length > 0).map(([action, codes]) => `With \`${action}\`: ${codes.map((code) => `\`${code}\``).join(', ')}.`);

/** Read as a text, so that a client can read the answer of a newer server that has learned another code. */
const itemErrorCode = z.string().meta({ enum: itemErrorCodes, description: `A code of the error catalogue. ${byAction.join(' ')}` }) as unknown as z.ZodType<BulkItemError>;

export const bulkResultSchema = z.object({
  database_id: z.string(),
  status: z.enum(['succeeded', 'failed']),
  error: z.object({ code: itemErrorCode, message: z.string(), details: z.record(z.string(), z.unknown()) }).optional().describe('Where it failed: as the call for this database alone would answer'),
});
export type BulkResult = z.infer<typeof bulkResultSchema>;

export const bulkAnswerSchema = z.object({ results: z.array(bulkResultSchema).describe('In the order of the request') }).meta({ id: 'BulkAnswer' });
export type BulkAnswer = z.infer<typeof bulkAnswerSchema>;
