// Runs of the reconciler (R5.8): what was looked at, and what was found.
import * as z from 'zod';
import { driftKindNames } from './drift.js';
import { pageOf, pageQueryFields } from './page.js';
import { queryBoolean, resourceId, timestamp } from './primitives.js';

export const reconcileRunStates = ['running', 'done'] as const;
export type ReconcileRunState = (typeof reconcileRunStates)[number];

const scope = z.strictObject({
  cluster_id: resourceId.optional().describe('Only what is on this cluster'),
  user_id: z.string().min(1).max(128).optional().describe('Only what is this user\'s'),
});

export const startReconcileSchema = z
  .strictObject({ dry_run: z.boolean().default(false).describe('Reports what differs, and changes nothing'), scope: scope.optional() })
  .meta({ id: 'StartReconcile' });
export type StartReconcile = z.infer<typeof startReconcileSchema>;

const count = z.number().int().min(0);

export const reconcileRunSchema = z
  .object({
    id: z.string(),
    dry_run: z.boolean(),
    scope: z.object({ cluster_id: z.string().nullable(), user_id: z.string().nullable() }),
    state: z.enum(reconcileRunStates),
    databases: count.describe('Databases looked at so far'),
    apps: count,
    mongo_users: count.describe('MongoDB users looked at so far, all that the clusters have'),
    found: z.partialRecord(z.enum(driftKindNames), count).describe('Differences by kind'),
    mended: z.partialRecord(z.enum(driftKindNames), count).describe('How many of them were mended'),
    undecided: count.describe('Databases of which nothing is known, because their cluster did not answer'),
    unreachable_clusters: z.array(z.string()),
    created_at: timestamp,
    updated_at: timestamp,
    ended_at: timestamp.nullable(),
  })
  .meta({ id: 'ReconcileRun' });
export type ReconcileRun = z.infer<typeof reconcileRunSchema>;

export const driftFindingSchema = z
  .object({
    kind: z.enum(driftKindNames),
    cluster_id: z.string().nullable(),
    user_id: z.string().nullable(),
    database_id: z.string().nullable(),
    mongo_username: z.string().nullable(),
    app_id: z.string().nullable(),
    operation_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).describe('What is written and what was found; never a secret'),
    is_mended: z.boolean(),
    at: timestamp,
  })
  .meta({ id: 'DriftFinding' });
export type DriftFinding = z.infer<typeof driftFindingSchema>;

export const reconcileReportSchema = reconcileRunSchema.extend({ findings: pageOf(driftFindingSchema) }).meta({ id: 'ReconcileReport' });
export type ReconcileReport = z.infer<typeof reconcileReportSchema>;

export const reconcileReportQuerySchema = z.strictObject({
  ...pageQueryFields, kind: z.enum(driftKindNames).optional().describe('Differences of this kind'), is_mended: queryBoolean.optional().describe('Differences that the run has mended, or those that it has not'),
});
export type ReconcileReportQuery = z.infer<typeof reconcileReportQuerySchema>;

export const reconcileRunPageSchema = pageOf(reconcileRunSchema).meta({ id: 'ReconcileRunPage' });
export const listReconcileRunsQuerySchema = z.strictObject({ ...pageQueryFields });
export type ListReconcileRunsQuery = z.infer<typeof listReconcileRunsQuerySchema>;
