// Users as operators see and change them (R5.3).
import * as z from 'zod';
import { roles } from './account.js';
import { limitChangesSchema, limitValuesSchema, rateLimitStandingSchema } from './limits.js';
import { pageLimits } from './page.js';
import { planNameSchema } from './plan.js';
import { queryBoolean, queryInteger, timestamp } from './primitives.js';
import { rateLimitRuleChangesSchema, rateLimitRulesSchema } from './rate-limit-rules.js';

/** Lists over everybody go by cursor: each page costs the same, however far along it is. */
export const cursorQueryFields = {
  limit: queryInteger(1, pageLimits.maximum).default(pageLimits.default).describe('How many items to answer at most'),
  cursor: z.string().min(1).max(400).optional().describe('The `next_cursor` of the page before'),
};

export const nextCursor = z.string().nullable().describe('Where the next page begins; null: this is the last');

export const adminUserSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(roles),
    created_at: timestamp,
    plan: z.string(),
    overrides: limitValuesSchema.describe("The user's own limits, before those of the plan"),
    rate_limits: rateLimitRulesSchema.describe("The user's own rate limits, before those of the plan"),
    disabled: z.boolean(),
    disabled_at: timestamp.nullable(),
    databases_suspended: z.boolean().describe('Whether the credentials of the databases work no more while the account is disabled'),
    database_count: z.number().int(),
    used_mb: z.number().describe('What all databases hold together'),
    promised_mb: z.number().describe('What counts against the total'),
  })
  .meta({ id: 'AdminUser' });
export type AdminUser = z.infer<typeof adminUserSchema>;

export const listUsersQuerySchema = z.strictObject({
  ...cursorQueryFields,
  search: z.string().trim().min(1).max(254).optional().describe('The beginning of the e-mail address, in any case, or a whole id'),
  plan: planNameSchema.optional().describe('Those on this plan; `default`: those on no other'),
  role: z.enum(roles).optional().describe('Those of this role'),
  disabled: queryBoolean.optional().describe('Those whose account is disabled, or those whose account is not'),
});
export type ListUsersQuery = z.infer<typeof listUsersQuerySchema>;

export const adminUserPageSchema = z.object({ items: z.array(adminUserSchema), next_cursor: nextCursor }).meta({ id: 'AdminUserPage' });
export type AdminUserPage = z.infer<typeof adminUserPageSchema>;

export const updateUserSchema = z
  .strictObject({
    plan: planNameSchema.optional(),
    overrides: limitChangesSchema.nullable().optional().describe("The user's own limits; null takes one, or all of them, back"),
    rate_limits: rateLimitRuleChangesSchema.nullable().optional(),
    disabled: z.boolean().optional().describe('Refuses everything that is asked with sessions and tokens of the account'),
    suspend_databases: z.boolean().optional().describe('With `disabled: true`: the credentials of the databases work no more either, until the account is enabled again. Default: they go on'),
  })
  .refine((fields) => Object.keys(fields).length > 0, 'must name at least one field')
  .refine((fields) => fields.suspend_databases === undefined || fields.disabled === true, { path: ['suspend_databases'], message: 'goes with `disabled: true`' })
  .meta({ id: 'UpdateUser' });
export type UpdateUser = z.infer<typeof updateUserSchema>;

export const userRateLimitsSchema = z
  .object({
    rate_limits: z.array(rateLimitStandingSchema),
    databases: z.array(z.object({ database_id: z.string(), name: z.string(), remaining: z.number().int(), reset_seconds: z.number().int() }))
      .describe('Databases for which a limit by database is partly used'),
  })
  .meta({ id: 'UserRateLimits' });
export type UserRateLimits = z.infer<typeof userRateLimitsSchema>;
