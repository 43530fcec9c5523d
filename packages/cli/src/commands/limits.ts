// Shows what one holds and may hold.
import type { CommandDefinition } from '../command.js';
import { describeLimits } from '../present-limits.js';
import { findUser } from '../resolve.js';

export const limits: CommandDefinition = {
  path: ['limits'],
  summary: 'show what you hold and may hold',
  description: 'Limits with their use and where each comes from: your own (`override`), your plan, or the platform (`default`); quotas, and what is left of rate limits.',
  options: [{ flags: '--user <user>', description: "somebody else's, by e-mail address or id (operators)" }],
  run: async (context, _positional, options) => {
    const client = context.client();
    const { user } = options;
    const answer = typeof user === 'string' ? await client.admin.userLimits({ id: (await findUser(client, user)).id }) : await client.limits.get();
    return { data: answer, text: describeLimits(answer) };
  },
};
