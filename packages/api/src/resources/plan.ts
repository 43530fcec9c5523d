// Plans: named sets of limits that operators put users on (R5.3).
import * as z from 'zod';
import { limitChangesSchema, limitValuesSchema } from './limits.js';
import { pageOf, pageQueryFields } from './page.js';
import { timestamp } from './primitives.js';
import { rateLimitRuleChangesSchema, rateLimitRulesSchema } from './rate-limit-rules.js';

export const planNameSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/u, 'may hold lower-case letters, digits, "_" and "-", 32 at most');

const description = z.string().trim().max(500);

export const planSchema = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    limits: limitValuesSchema,
    rate_limits: rateLimitRulesSchema,
    updated_at: timestamp.nullable().describe('Null: the built-in plan, as it came'),
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof planSchema>;

export const createPlanSchema = z
  .strictObject({ name: planNameSchema, description: description.optional(), limits: limitValuesSchema.default({}), rate_limits: rateLimitRulesSchema.default({}) })
  .meta({ id: 'CreatePlan' });
export type CreatePlan = z.infer<typeof createPlanSchema>;

export const updatePlanSchema = z
  .strictObject({ description: description.nullable().optional(), limits: limitChangesSchema.optional(), rate_limits: rateLimitRuleChangesSchema.optional() })
  .refine((fields) => Object.keys(fields).length > 0, 'must name at least one field')
  .meta({ id: 'UpdatePlan' });
export type UpdatePlan = z.infer<typeof updatePlanSchema>;

export const listPlansQuerySchema = z.strictObject({ ...pageQueryFields });
export type ListPlansQuery = z.infer<typeof listPlansQuerySchema>;

export const planPageSchema = pageOf(planSchema).meta({ id: 'PlanPage' });
