// Apps: programs that the platform runs and hands a database to (R9).
import * as z from 'zod';
import { pageOf, pageQueryFields } from './page.js';
import { queryInteger, resourceId, timestamp } from './primitives.js';

export const appStatuses = ['created', 'deploying', 'running', 'stopped', 'failed'] as const;
export type AppStatus = (typeof appStatuses)[number];

export const deployers = ['process'] as const;
export type DeployerName = (typeof deployers)[number];

export const appNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(50)
  .regex(/^[a-zA-Z0-9 _-]+$/u, 'may hold letters, digits, spaces, "_" and "-" only');

const environmentName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/u);

/** What a deployer waits for before it calls an app healthy: after a rotation, the old credential is given up only then. */
export const healthCheckSchema = z
  .strictObject({
    path: z.string().regex(/^\/[\x21-\x7e]*$/u, 'must start with "/"').max(2048).optional().describe('Asked with GET on the port: up when it answers 200 to 399. Absent: up when the port takes connections'),
    stays_up_ms: z.number().int().min(0).max(60_000).optional().describe('It has to go on running for so long after that; default 1000 without a port, else 0'),
    within_ms: z.number().int().min(100).max(600_000).optional().describe('How long it may take to come up; default 30000'),
  })
  .meta({ id: 'HealthCheck' });
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** How to run an app: what the deployer gets, beside the connection URI. */
export const appSpecSchema = z
  .strictObject({
    command: z.array(z.string().min(1).max(4096)).min(1).max(64).describe('The program and its arguments; no shell is involved'),
    cwd: z.string().min(1).max(4096).optional(),
    env: z.record(environmentName, z.string().max(32_768)).optional(),
    port: z.number().int().min(1).max(65_535).optional().describe('Given to the app as PORT, and asked to see whether it is up'),
    health_check: healthCheckSchema.optional(),
  })
  .refine(({ port, health_check: check }) => check?.path === undefined || port !== undefined, { path: ['health_check', 'path'], message: 'needs a port' })
  .meta({ id: 'AppSpec' });
export type AppSpec = z.infer<typeof appSpecSchema>;

export const createAppSchema = z
  .strictObject({
    name: appNameSchema,
    database_id: resourceId.nullable().optional().describe("Absent or null: the user's default database (R1.4)"),
    deployer: z.enum(deployers).default('process'),
    spec: appSpecSchema.optional(),
  })
  .meta({ id: 'CreateApp' });
export type CreateApp = z.infer<typeof createAppSchema>;

export const updateAppSchema = z
  .strictObject({ name: appNameSchema.optional(), database_id: resourceId.nullable().optional(), spec: appSpecSchema.optional() })
  .refine((fields) => Object.keys(fields).length > 0, 'must name at least one field')
  .meta({ id: 'UpdateApp' });
export type UpdateApp = z.infer<typeof updateAppSchema>;

export const appSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    database_id: z.string().nullable(),
    deployer: z.enum(deployers),
    spec: appSpecSchema.nullable(),
    status: z.enum(appStatuses),
    status_message: z.string().nullable().describe('Why the app is in this status, where there is something to say'),
    created_at: timestamp,
    updated_at: timestamp,
    last_deployed_at: timestamp.nullable(),
  })
  .meta({ id: 'App' });
export type App = z.infer<typeof appSchema>;

export const listAppsQuerySchema = z.strictObject({
  ...pageQueryFields,
  database_id: resourceId.optional().describe('Those bound to this database; those that use the default one are bound to none'),
  status: z.enum(appStatuses).optional().describe('Those in this state'),
  search: z.string().trim().max(100).optional().describe('Part of the name, in any case'),
});
export type ListAppsQuery = z.infer<typeof listAppsQuerySchema>;

export const appPageSchema = pageOf(appSchema).meta({ id: 'AppPage' });

export const appLogLineSchema = z
  .object({ at: timestamp, stream: z.enum(['stdout', 'stderr', 'platform']), text: z.string() })
  .meta({ id: 'AppLogLine' });
export type AppLogLine = z.infer<typeof appLogLineSchema>;

export const appLogsSchema = z
  .object({
    lines: z
      .array(z.object({ at: timestamp, stream: z.enum(['stdout', 'stderr', 'platform']).describe('`platform`: what the deployer says'), text: z.string() }))
      .describe('Oldest first'),
  })
  .meta({ id: 'AppLogs' });
export type AppLogs = z.infer<typeof appLogsSchema>;

export const appLogsQuerySchema = z.strictObject({ limit: queryInteger(1, 1000).default(200).describe('How many of the newest lines to answer') });
export type AppLogsQuery = z.infer<typeof appLogsQuerySchema>;
