// Deletes a plan that nobody is on.
import type { CommandDefinition } from '../command.js';

export const planDelete: CommandDefinition = {
  path: ['plan', 'delete'],
  summary: 'delete a plan that nobody is on (operators)',
  arguments: [{ name: '<plan>', description: 'its name' }],
  run: async (context, [name]) => {
    await context.client().plans.delete({ plan: name! });
    return { data: { name }, text: `Deleted the plan ${name!}.` };
  },
};
