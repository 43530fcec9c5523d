// Makes a plan, or changes one.
import { ApiError, type Plan } from '@freehold/api';
import type { CommandDefinition } from '../command.js';
import { describeOwnLimits, limitChanges, limitOptions, rateLimitChanges } from '../present-limits.js';

export const planSet: CommandDefinition = {
  path: ['plan', 'set'],
  summary: 'make a plan, or change its limits (operators)',
  description: 'Applies to everybody on the plan within seconds; what they hold already stays. Whoever is on no other plan is on the plan `default`.',
  arguments: [{ name: '<plan>', description: 'its name' }],
  options: [{ flags: '-d, --description <text>', description: 'what it is for' }, ...limitOptions],
  examples: ['freehold plan set large --set max_databases=50 --set total_quota_mb=100000 --rate-limit database_creation=50', 'freehold plan set default --set default_quota_mb=512'],
  run: async (context, [name], options) => {
    const client = context.client();
    const [limits, rules] = [limitChanges(options) ?? {}, rateLimitChanges(options) ?? {}];
    const description = typeof options['description'] === 'string' ? { description: options['description'] } : {};
    const update = (): Promise<Plan> => client.plans.update({ plan: name!, ...description, limits, rate_limits: rules });
    let plan: Plan;
    try {
      plan = await update();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'PLAN_NOT_FOUND') throw error;
      // A new plan has nothing to take back.
      await client.plans.create({ name: name!, ...description });
      plan = await update();
    }
    return { data: plan, text: [`${plan.name}:`, ...describeOwnLimits(plan.limits, plan.rate_limits)].join('\n  ') };
  },
};
