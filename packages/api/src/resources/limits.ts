// Limits: what a user may hold, what they hold of it, and where each limit comes from (R2.3, R5.3).
import * as z from 'zod';
import { maximumQuotaMb } from './database.js';

/** Every limit of a user that is a number; rate limits are a table of their own. */
export const limitNames = [
  'max_databases', 'max_apps', 'max_tokens', 'max_webhooks', 'default_quota_mb', 'max_quota_mb', 'total_quota_mb', 'connection_budget',
] as const;
export type LimitName = (typeof limitNames)[number];

/** The largest number that a limit can be. */
export const largestLimit = 1_000_000_000;

const unlimited = z.literal('unlimited');
const count = z.union([z.number().int().min(0).max(largestLimit), unlimited]);
const quotaMb = z.union([z.number().int().min(1).max(maximumQuotaMb), unlimited]);

const limitSchemas = {
  max_databases: count.describe('Databases, deleted ones that are not purged yet included'),
  max_apps: count.describe('Apps'),
  max_tokens: count.describe('API tokens'),
  max_webhooks: count.describe('Webhooks'),
  default_quota_mb: quotaMb.describe('The quota of a database for which none is asked'),
  max_quota_mb: quotaMb.describe('The largest quota that the user may give one database'),
  total_quota_mb: z.union([z.number().int().min(1).max(largestLimit), unlimited]).describe('What all databases together may hold, and be promised'),
  connection_budget: count.describe('Connections that the apps of one database are to open together'),
} as const satisfies Record<LimitName, z.ZodType>;

/** Limits of a plan: what it leaves out is as for the whole platform. */
export const limitValuesSchema = z.strictObject(limitSchemas).partial();
export type LimitValues = z.infer<typeof limitValuesSchema>;

/** Changes of limits: null takes one back. */
export const limitChangesSchema = z.strictObject({
  max_databases: limitSchemas.max_databases.nullable(), max_apps: limitSchemas.max_apps.nullable(), max_tokens: limitSchemas.max_tokens.nullable(),
  max_webhooks: limitSchemas.max_webhooks.nullable(), default_quota_mb: limitSchemas.default_quota_mb.nullable(), max_quota_mb: limitSchemas.max_quota_mb.nullable(),
  total_quota_mb: limitSchemas.total_quota_mb.nullable(), connection_budget: limitSchemas.connection_budget.nullable(),
}).partial();
export type LimitChanges = z.infer<typeof limitChangesSchema>;

export const limitSources = ['override', 'plan', 'default'] as const;
export type LimitSource = (typeof limitSources)[number];

const source = z.enum(limitSources).describe("The user's own, their plan's, or the platform's");

const limitStanding = z.object({
  limit: z.number().nullable().describe('Null: there is none'),
  source,
  used: z.number().nullable().describe('Null: this limit is not used up; it holds for each database'),
});

export const rateLimitStandingSchema = z
  .object({
    name: z.string(),
    scope: z.enum(['user', 'database', 'address', 'credential']).describe('For each of what it counts'),
    limit: z.number().int().nullable().describe('Null: this rule is off'),
    window_seconds: z.number().int().nullable(),
    remaining: z.number().int().nullable().describe('Null: it is not counted by user'),
    reset_seconds: z.number().int().nullable().describe('When the running window ends; null: none runs, or it is not counted by user'),
    source,
    meaning: z.string(),
  })
  .meta({ id: 'RateLimitStanding' });
export type RateLimitStandingAnswer = z.infer<typeof rateLimitStandingSchema>;

export const limitsSchema = z
  .object({
    plan: z.string(),
    limits: z.object({
      max_databases: limitStanding, max_apps: limitStanding, max_tokens: limitStanding, max_webhooks: limitStanding,
      default_quota_mb: limitStanding, max_quota_mb: limitStanding, total_quota_mb: limitStanding, connection_budget: limitStanding,
    }),
    quota: z.object({
      total_mb: z.number().nullable().describe('What all databases together may hold; null: as much as they like'),
      used_mb: z.number().describe('What they hold together'),
      promised_mb: z.number().describe('What counts against the total: of each database its quota, or what it holds where that is more'),
      free_mb: z.number().nullable().describe('What can still be promised; null: there is no total'),
    }),
    rate_limits: z.array(rateLimitStandingSchema),
  })
  .meta({ id: 'Limits' });
export type Limits = z.infer<typeof limitsSchema>;
