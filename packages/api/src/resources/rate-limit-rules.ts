// Rate limits of a plan or a user, as they are written: what differs from those of the platform.
import * as z from 'zod';

const differing = z
  .strictObject({ limit: z.number().int().min(1).max(1_000_000_000).optional(), window_seconds: z.number().int().min(1).max(31 * 24 * 60 * 60).optional() })
  .refine((fields) => Object.keys(fields).length > 0, 'must name a limit or a window');

/** One rule; `off`: nothing is limited by it. */
export const rateLimitRuleSchema = z.union([z.literal('off'), differing]);

const ruleName = z.string().regex(/^[a-z][a-z_]{0,49}$/u);
const meaning = 'By the names of docs/rate-limits.md; what is left out is as for the whole platform';

export const rateLimitRulesSchema = z.record(ruleName, rateLimitRuleSchema).describe(meaning);
export type RateLimitRules = z.infer<typeof rateLimitRulesSchema>;

/** Changes: null takes one back. */
export const rateLimitRuleChangesSchema = z.record(ruleName, rateLimitRuleSchema.nullable()).describe(`${meaning}; null takes one back`);
export type RateLimitRuleChanges = z.infer<typeof rateLimitRuleChangesSchema>;
