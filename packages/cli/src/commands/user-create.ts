// Makes an account; operators may make further operators.
import { askPassword, askText } from '../ask.js';
import type { CommandDefinition } from '../command.js';

export const userCreate: CommandDefinition = {
  path: ['user', 'create'],
  summary: 'make an account (operators)',
  arguments: [{ name: '[email]', description: 'e-mail address of the new account' }],
  options: [
    { flags: '-n, --name <name>', description: 'name of the person; default: the part of the address before the @' },
    { flags: '--role <role>', description: 'what the account may do', choices: ['user', 'operator'], defaultValue: 'user' },
    { flags: '--password-stdin', description: 'read the password from standard input' },
  ],
  examples: ['freehold user create ada@example.org --name Ada', 'pass show ops | freehold user create ops@example.org --role operator --password-stdin'],
  run: async (context, [given], options) => {
    const email = given ?? (await askText(context, 'E-mail', 'the argument'));
    const name = typeof options['name'] === 'string' ? options['name'] : email.split('@')[0]!;
    const password = await askPassword(context, 'Password for the new account', options['passwordStdin'] === true);
    const account = await context.client().admin.createUser({ email, name, password, role: options['role'] === 'operator' ? 'operator' : 'user' });
    return { data: account, text: `Made the account ${account.email} (${account.role}).` };
  },
};
