// Changes a user: plan, limits of their own, and whether the account can be used.
import type { CommandDefinition } from '../command.js';
import { CommandFailure } from '../failures.js';
import { limitChanges, limitOptions, rateLimitChanges } from '../present-limits.js';
import { describeUser } from '../present-user.js';
import { findUser } from '../resolve.js';

export const userUpdate: CommandDefinition = {
  path: ['user', 'update'],
  summary: 'change the plan or the limits of a user, or disable the account (operators)',
  arguments: [{ name: '<user>', description: 'e-mail address or id' }],
  options: [
    { flags: '--plan <plan>', description: 'put the user on this plan' },
    ...limitOptions,
    { flags: '--disable', description: 'refuse everything that is asked with sessions and tokens of the account' },
    { flags: '--suspend-databases', description: 'with --disable: the credentials of the databases work no more either' },
    { flags: '--enable', description: 'let the account be used again, and its databases' },
    { flags: '--reset-rate-limits', description: 'give the user their uses of rate limits back' },
  ],
  examples: ['freehold user update ada@example.org --plan large', 'freehold user update ada@example.org --set max_databases=20 --rate-limit database_creation=50/3600', 'freehold user update ada@example.org --disable --suspend-databases'],
  run: async (context, [named], options) => {
    const client = context.client();
    const { plan, disable, enable, suspendDatabases, resetRateLimits } = options;
    if (disable === true && enable === true) throw new CommandFailure('usage', 'OPTION_INVALID', 'An account is either disabled or enabled.', 'Give --disable or --enable.');
    const { id } = await findUser(client, named!);
    const [overrides, rules] = [limitChanges(options), rateLimitChanges(options)];
    const changes = {
      ...(typeof plan === 'string' ? { plan } : {}), ...(overrides === undefined ? {} : { overrides }), ...(rules === undefined ? {} : { rate_limits: rules }),
      ...(disable === true ? { disabled: true } : {}), ...(enable === true ? { disabled: false } : {}), ...(suspendDatabases === true ? { suspend_databases: true } : {}),
    };
    if (resetRateLimits === true) await client.admin.resetUserRateLimits({ id });
    const isAsked = Object.keys(changes).length > 0 || resetRateLimits !== true;
    const user = isAsked ? await client.admin.updateUser({ id, ...changes }) : await client.admin.getUser({ id });
    return { data: user, text: describeUser(user) };
  },
};
