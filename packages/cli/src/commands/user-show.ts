// Shows one user.
import type { CommandDefinition } from '../command.js';
import { describeUser } from '../present-user.js';
import { findUser } from '../resolve.js';

export const userShow: CommandDefinition = {
  path: ['user', 'show'],
  summary: 'show a user (operators)',
  arguments: [{ name: '<user>', description: 'e-mail address or id' }],
  run: async (context, [named]) => {
    const user = await findUser(context.client(), named!);
    return { data: user, text: describeUser(user) };
  },
};
