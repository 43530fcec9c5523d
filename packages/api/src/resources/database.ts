// Databases: what one looks like, what may be asked of it, and the rules of its fields (R2.1, R4.1).
import * as z from 'zod';
import { pageOf, pageQueryFields } from './page.js';
import { queryBoolean, resourceId, timestamp } from './primitives.js';

export const databaseStatuses = ['provisioning', 'active', 'migrating', 'deleting', 'failed'] as const;
export type DatabaseStatus = (typeof databaseStatuses)[number];

export const databaseEnvironments = ['development', 'staging', 'production'] as const;
export type DatabaseEnvironment = (typeof databaseEnvironments)[number];

/** How far a database has filled what it may hold (R5.3). */
export const quotaLevels = ['normal', 'above_80_percent', 'above_95_percent', 'exceeded'] as const;
export type QuotaLevel = (typeof quotaLevels)[number];

/** Why the credentials of a database cannot write, or may not be able to. */
export const writeBlocks = ['suspended', 'moved', 'quota_exceeded', 'moving'] as const;
export type WriteBlock = (typeof writeBlocks)[number];

/** Names that would read as something of the platform's or of MongoDB's, in any case (R2.1). */
export const reservedDatabaseNames = ['default', 'admin', 'system', 'config', 'local'] as const;

/** The largest quota that can be asked for: 16 TiB. */
export const maximumQuotaMb = 16 * 1024 * 1024;

const reserved: ReadonlySet<string> = new Set(reservedDatabaseNames);

export const databaseNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(50)
  .regex(/^[a-zA-Z0-9 _-]+$/u, 'may hold letters, digits, spaces, "_" and "-" only')
  .refine((name) => !reserved.has(name.toLowerCase()), 'is a reserved name');

const description = z.string().max(500);
const databaseName = 'Yours alone in any case: 1 to 50 letters, digits, spaces, `_` and `-`, and none of `default`, `admin`, `system`, `config`, `local`';
const quotaMb = z.number().int().min(1).max(maximumQuotaMb);

export const createDatabaseSchema = z
  .strictObject({
    name: databaseNameSchema.describe(databaseName),
    description: description.optional().describe('For people'),
    environment: z.enum(databaseEnvironments).default('development').describe('A label to list by; it changes nothing else'),
    is_default: z.boolean().optional().describe('Absent: the first database becomes the default'),
    quota_mb: quotaMb.optional().describe('How many megabytes it may hold: taken from your total at once. Absent: what your plan gives (`default_quota_mb`)'),
  })
  .meta({ id: 'CreateDatabase' });
export type CreateDatabase = z.infer<typeof createDatabaseSchema>;

export const updateDatabaseSchema = z
  .strictObject({
    name: databaseNameSchema.optional().describe(databaseName),
    description: description.nullable().optional().describe('For people; null takes it away'),
    environment: z.enum(databaseEnvironments).optional().describe('A label to list by; it changes nothing else'),
    is_default: z.boolean().optional().describe('True makes this one the default; to undo it, make another one the default'),
    quota_mb: quotaMb.nullable().optional().describe('How many megabytes it may hold; less than it holds stops its writers. Null: as much as your total allows'),
  })
  .refine((fields) => Object.keys(fields).length > 0, 'must name at least one field')
  .meta({ id: 'UpdateDatabase' });
export type UpdateDatabase = z.infer<typeof updateDatabaseSchema>;

export const databaseSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.enum(databaseStatuses).describe('`active`: it can be used. `provisioning`: it is being made. `migrating`: its data is being moved. `deleting`: it is deleted, and can be restored until `purge_at`. `failed`: it cannot be used, and can be deleted'),
    environment: z.enum(databaseEnvironments).describe('A label to list by'),
    description: z.string().nullable(),
    is_default: z.boolean().describe('What apps use that name no database'),
    mongo_database: z.string().describe('Its name inside MongoDB, which never changes but by a move'),
    mongo_username: z.string().describe('Whom its connection URI names; a rotation changes it'),
    cluster_id: z.string().describe('Where it is'),
    quota_mb: z.number().nullable().describe('How many megabytes it may hold; null: as much as its owner\'s total allows'),
    quota_level: z.enum(quotaLevels).describe('How full it was found when it was last measured; `exceeded`: it can be read and emptied, nothing else'),
    write_block: z.enum(writeBlocks).nullable().describe(
      'Why its credentials cannot write, beside what `status` says. `quota_exceeded`: it can be read and emptied until it fits again. `moved`: its data is in another database, and it can be ' +
      'read until that cannot be taken back any more. `moving`: writers are stopped for a while, by an offline move from its beginning, by an online one near its end. ' +
      '`suspended`: its owner\'s account is disabled, and nothing can be done. Null: they can write',
    ),
    current_size_mb: z.number().describe('Data and indexes, when they were last measured: at most 5 minutes ago, 15 seconds where there is a quota'),
    app_count: z.number().int().describe('Apps bound to it'),
    created_at: timestamp,
    last_rotated_at: timestamp.nullable().describe('When its credential was last replaced; null: never'),
    deleted_at: timestamp.nullable().describe('Null: it is not deleted'),
    purge_at: timestamp.nullable().describe('When its data is gone for good; until then it can be restored. Null: it is not deleted'),
  })
  .meta({ id: 'Database' });
export type Database = z.infer<typeof databaseSchema>;

export const createdDatabaseSchema = databaseSchema
  .extend({ connection_uri: z.string().describe('Proven to work before it is answered; the only time it comes unasked') })
  .meta({ id: 'CreatedDatabase' });
export type CreatedDatabase = z.infer<typeof createdDatabaseSchema>;

export const databaseSorts = [
  'created_at', '-created_at', 'name', '-name', 'status', '-status', 'environment', '-environment', 'current_size_mb', '-current_size_mb',
] as const;
export type DatabaseSort = (typeof databaseSorts)[number];

export const listDatabasesQuerySchema = z.strictObject({
  ...pageQueryFields,
  is_default: queryBoolean.optional().describe('The default one alone, or all others'),
  status: z.enum(databaseStatuses).optional().describe('Those in this state; deleted ones are `deleting` until they are purged'),
  environment: z.enum(databaseEnvironments).optional().describe('Those of this environment'),
  search: z.string().trim().max(100).optional().describe('Part of the name or the description, in any case'),
  sort: z.enum(databaseSorts).default('created_at').describe('A leading "-" turns the order round'),
});
export type ListDatabasesQuery = z.infer<typeof listDatabasesQuerySchema>;

export const databasePageSchema = pageOf(databaseSchema).meta({ id: 'DatabasePage' });

export const connectionSchema = z
  .object({
    connection_uri: z.string().describe('Everything below in one, with what is not allowed in a URI encoded: what a driver takes'),
    host: z.string().describe('`host:port`, several with commas between them'),
    database: z.string(),
    username: z.string(),
    password: z.string().describe('As it is, not encoded for a URI'),
    auth_source: z.string().describe('The database that knows the user: `authSource` of a driver'),
  })
  .meta({ id: 'Connection' });
export type Connection = z.infer<typeof connectionSchema>;

/** The longest time a replaced credential may go on working: 7 days. */
export const maximumGraceSeconds = 7 * 24 * 60 * 60;

export const rotationModes = ['graceful', 'immediate'] as const;
export type RotationMode = (typeof rotationModes)[number];

export const rotateCredentialsSchema = z
  .strictObject({
    grace_seconds: z.number().int().min(0).max(maximumGraceSeconds).optional()
      .describe('How long the old credential goes on working, at the most. Absent: until the apps have the new one; 0: as `mode: "immediate"`'),
    mode: z.enum(rotationModes).optional().describe(
      '`graceful`: apps get the new credential first, and keep the old one if one of them does not come up with it. ' +
      '`immediate`, for a leaked credential: the old one loses its rights at once, on open connections too, and the apps follow. Absent: `graceful`, with 0 seconds `immediate`',
    ),
  })
  .refine(({ mode, grace_seconds: graceSeconds = 0 }) => mode !== 'immediate' || graceSeconds === 0, { path: ['grace_seconds'], message: 'an immediate rotation has no grace time' })
  .meta({ id: 'RotateCredentials' });
export type RotateCredentials = z.infer<typeof rotateCredentialsSchema>;

export const rotatedCredentialsSchema = z.object({ connection_uri: z.string().describe('With the new credential, which has been proven to work'), previous_valid_until: timestamp.describe('The old credential ends then at the latest; before, when apps of the platform use the database, all have the new one, and no connection of the old one is open') }).meta({ id: 'RotatedCredentials' });
export type RotatedCredentials = z.infer<typeof rotatedCredentialsSchema>;

export const deleteDatabaseQuerySchema = z
  .strictObject({
    confirm_token: z.string().min(1).max(200).optional().describe('Absent: nothing is deleted, and a token is answered'),
    on_apps: z.enum(['move', 'detach']).optional().describe('What becomes of the apps that use the database'),
    target_database_id: resourceId.optional().describe('Where `on_apps=move` moves them; also the new default, where one is needed and none is named'),
    new_default_database_id: resourceId.optional().describe('Which database becomes the default, where the default one is deleted'),
  })
  .refine((query) => query.on_apps !== 'move' || query.target_database_id !== undefined, {
    path: ['target_database_id'],
    message: 'is needed with on_apps=move',
  });
export type DeleteDatabaseQuery = z.infer<typeof deleteDatabaseQuerySchema>;

export const deletionRequestSchema = z
  .object({
    confirm_token: z.string().describe('Repeat the call with it to delete. Good once, for this database as it is now: a change of the database or of its apps makes it worth nothing'),
    expires_at: timestamp.describe('10 minutes after it was asked for'),
    apps: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })).describe('Apps that use the database'),
  })
  .meta({ id: 'DeletionRequest' });
export type DeletionRequest = z.infer<typeof deletionRequestSchema>;
