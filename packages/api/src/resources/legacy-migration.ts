// Bringing in the users of an earlier platform (R3): runs over many users, and the log of what became of each.
import * as z from 'zod';
import { legacyFindingCodes } from './legacy-finding.js';
import { pageOf, pageQueryFields } from './page.js';
import { resourceId, timestamp } from './primitives.js';

export const legacyRunModes = ['plan', 'run', 'rollback', 'verify'] as const;
export type LegacyRunMode = (typeof legacyRunModes)[number];

export const legacyRunStates = ['running', 'paused', 'done'] as const;
export type LegacyRunState = (typeof legacyRunStates)[number];

/** What became of one user in one run. */
export const legacyOutcomes = ['would_migrate', 'migrated', 'skipped', 'failed', 'waiting', 'rolled_back', 'refused', 'sound', 'unsound', 'repaired'] as const;
export type LegacyOutcome = (typeof legacyOutcomes)[number];

const userId = z.string().min(1).max(128);
const concurrency = z.number().int().min(1).max(32).default(4).describe('How many users each replica works on at once');
const userIds = z.array(userId).min(1).max(1000).optional().describe('Only these users');

export const startLegacyRunSchema = z
  .strictObject({
    mode: z.enum(['plan', 'run', 'verify']).describe('`plan` writes nothing about users, `verify` neither unless `repair`'),
    concurrency,
    user_ids: userIds,
    limit: z.number().int().min(1).optional().describe('At most so many users: for a first, careful run'),
    cipher: z.string().regex(/^[a-z0-9-]{1,32}$/u).optional().describe('Name of a cipher of FREEHOLD_LEGACY_CIPHERS; absent: the first one. Keys are never in a request'),
    source: z.string().regex(/^[a-z0-9-]{1,32}$/u).optional().describe('Name of a control database of FREEHOLD_LEGACY_SOURCES, whose users are brought here; absent: users that are in this one'),
    allow_plain: z.boolean().default(false).describe('Passwords may be stored without encryption'),
    extra_roles: z.enum(['refuse', 'remove']).default('refuse').describe('What becomes of users whose MongoDB user has roles on other databases'),
    of_run_id: resourceId.optional().describe('`verify`: only users that this run has migrated'),
    sample_percent: z.number().int().min(1).max(100).optional().describe('`verify`: only so many users of a hundred'),
    repair: z.boolean().default(false).describe('`verify`: mends what is safe to mend'),
  })
  .refine(({ mode, source }) => mode !== 'verify' || source === undefined, { path: ['source'], message: 'is not for verify, which looks at users that are here' })
  .refine(({ mode, repair, of_run_id, sample_percent }) => mode === 'verify' || (!repair && of_run_id === undefined && sample_percent === undefined), { path: ['mode'], message: 'must be verify for of_run_id, sample_percent and repair' })
  .meta({ id: 'StartLegacyRun' });
export type StartLegacyRun = z.infer<typeof startLegacyRunSchema>;

export const rollbackLegacyRunSchema = z.strictObject({ concurrency, user_ids: userIds }).meta({ id: 'RollbackLegacyRun' });
export type RollbackLegacyRun = z.infer<typeof rollbackLegacyRunSchema>;

export const legacyRunSchema = z
  .object({
    id: z.string(),
    mode: z.enum(legacyRunModes),
    state: z.enum(legacyRunStates),
    pause_reason: z.string().nullable().describe('`operator`, or the code of what did not answer'),
    of_run_id: z.string().nullable(),
    concurrency: z.number().int(),
    cipher: z.string().nullable(),
    source: z.string().nullable().describe('Where users are brought from; null: they are here'),
    allow_plain: z.boolean(),
    extra_roles: z.enum(['refuse', 'remove']),
    repair: z.boolean(),
    sample_percent: z.number().int().nullable(),
    total: z.number().int().describe('Users it is about, as counted at its start'),
    done: z.number().int(),
    outcomes: z.partialRecord(z.enum(legacyOutcomes), z.number().int()),
    findings: z.partialRecord(z.enum(legacyFindingCodes), z.number().int()),
    created_at: timestamp,
    updated_at: timestamp,
    ended_at: timestamp.nullable(),
  })
  .meta({ id: 'LegacyRun' });
export type LegacyRun = z.infer<typeof legacyRunSchema>;

export const legacyRunPageSchema = pageOf(legacyRunSchema).meta({ id: 'LegacyRunPage' });
export const listLegacyRunsQuerySchema = z.strictObject({ ...pageQueryFields });
export type ListLegacyRunsQuery = z.infer<typeof listLegacyRunsQuerySchema>;

export const legacyLogEntrySchema = z
  .object({
    user_id: z.string().nullable().describe('Null: about the platform, not a user'),
    outcome: z.enum(legacyOutcomes),
    findings: z.array(z.object({ code: z.enum(legacyFindingCodes), details: z.record(z.string(), z.unknown()) })),
    database_id: z.string().nullable(),
    mongo_database: z.string().nullable(),
    operation_id: z.string().nullable(),
    rolled_back_by: z.string().nullable().describe('The run that took this back'),
    at: timestamp,
  })
  .meta({ id: 'LegacyLogEntry' });
export type LegacyLogEntry = z.infer<typeof legacyLogEntrySchema>;

const logFilterFields = {
  outcome: z.enum(legacyOutcomes).optional().describe('Users of whom this has become'),
  finding: z.enum(legacyFindingCodes).optional().describe('Users at whom this was found'),
  user_id: userId.optional().describe('This user alone'),
};
export const legacyLogQuerySchema = z.strictObject({ ...pageQueryFields, ...logFilterFields });
export type LegacyLogQuery = z.infer<typeof legacyLogQuerySchema>;
export const legacyLogPageSchema = pageOf(legacyLogEntrySchema).meta({ id: 'LegacyLogPage' });

export const legacyExportQuerySchema = z.strictObject({ format: z.enum(['ndjson', 'csv']).default('ndjson').describe('One JSON document a line, or a table'), ...logFilterFields });
export type LegacyExportQuery = z.infer<typeof legacyExportQuerySchema>;
