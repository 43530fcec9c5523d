// Databases of all users as operators see and change them (R5.3).
import * as z from 'zod';
import { cursorQueryFields, nextCursor } from './admin-user.js';
import { databaseEnvironments, databaseSchema, databaseStatuses, maximumQuotaMb, quotaLevels } from './database.js';
import { largestLimit } from './limits.js';
import { resourceId } from './primitives.js';

export const adminDatabaseSchema = databaseSchema
  .extend({ user_id: z.string(), connection_budget: z.number().int().nullable().describe("Null: as the owner's limits say") })
  .meta({ id: 'AdminDatabase' });
export type AdminDatabase = z.infer<typeof adminDatabaseSchema>;

export const listAllDatabasesQuerySchema = z.strictObject({
  ...cursorQueryFields,
  database_id: resourceId.optional().describe('This one alone'),
  user_id: resourceId.optional().describe('Those of this user'),
  cluster_id: resourceId.optional().describe('Those on this cluster'),
  status: z.enum(databaseStatuses).optional().describe('Those in this state'),
  environment: z.enum(databaseEnvironments).optional().describe('Those of this environment'),
  quota_level: z.enum(quotaLevels).optional().describe('How full they were found'),
});
export type ListAllDatabasesQuery = z.infer<typeof listAllDatabasesQuerySchema>;

export const adminDatabasePageSchema = z.object({ items: z.array(adminDatabaseSchema), next_cursor: nextCursor }).meta({ id: 'AdminDatabasePage' });
export type AdminDatabasePage = z.infer<typeof adminDatabasePageSchema>;

export const adminUpdateDatabaseSchema = z
  .strictObject({
    quota_mb: z.number().int().min(1).max(maximumQuotaMb).nullable().optional().describe('May be more than the owner could ask for, within the total; null: none'),
    connection_budget: z.number().int().min(0).max(largestLimit).nullable().optional(),
  })
  .refine((fields) => Object.keys(fields).length > 0, 'must name at least one field')
  .meta({ id: 'AdminUpdateDatabase' });
export type AdminUpdateDatabase = z.infer<typeof adminUpdateDatabaseSchema>;
