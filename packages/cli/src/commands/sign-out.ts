// Ends the remembered session, on the platform too.
import type { CommandDefinition } from '../command.js';

export const signOut: CommandDefinition = {
  path: ['sign-out'],
  summary: 'end the session and forget it',
  run: async (context) => {
    try {
      await context.client().authentication.signOut();
    } finally {
      // Whatever the platform says: this machine keeps the token no longer.
      context.session.clear();
    }
    return { data: { url: context.serverUrl }, text: `Signed out of ${context.serverUrl}.` };
  },
};
