// Signs in and remembers the session.
import { askPassword, askText } from '../ask.js';
import type { CommandDefinition } from '../command.js';

export const signIn: CommandDefinition = {
  path: ['sign-in'],
  summary: 'sign in to a platform and remember the session',
  options: [
    { flags: '-e, --email <email>', description: 'e-mail address of the account' },
    { flags: '--password-stdin', description: 'read the password from standard input' },
  ],
  examples: ['freehold sign-in --email ada@example.org', 'freehold --url https://freehold.example.org sign-in'],
  run: async (context, _positional, options) => {
    const email = typeof options['email'] === 'string' ? options['email'] : await askText(context, 'E-mail', '--email');
    const password = await askPassword(context, 'Password', options['passwordStdin'] === true);
    const { token, user } = await context.anonymousClient().authentication.signIn({ email, password });
    context.session.write({ url: context.serverUrl, email: user.email, token });
    return { data: { url: context.serverUrl, user }, text: `Signed in to ${context.serverUrl} as ${user.email}.` };
  },
};
