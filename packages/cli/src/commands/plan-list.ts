// Lists the plans.
import type { CommandDefinition } from '../command.js';
import { table } from '../present.js';
import { describeOwnLimits } from '../present-limits.js';

export const planList: CommandDefinition = {
  path: ['plan', 'list'],
  summary: 'list plans, which give users their limits (operators)',
  run: async (context) => {
    const page = await context.client().plans.list({ limit: 100, offset: 0 });
    const rows = page.items.map((plan) => [plan.name, describeOwnLimits(plan.limits, plan.rate_limits).join(' '), plan.description ?? '']);
    return { data: page, text: table(['name', 'limits', 'description'], rows, 'No plans.') };
  },
};
