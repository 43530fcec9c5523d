// Starts an app, or starts it anew, with the current credential of its database.
import type { CommandDefinition } from '../command.js';
import { findApp } from '../resolve.js';

export const appDeploy: CommandDefinition = {
  path: ['app', 'deploy'],
  summary: 'start an app, or start it anew',
  arguments: [{ name: '<app>', description: 'its name or id' }],
  run: async (context, [nameOrId]) => {
    const client = context.client();
    const deployed = await client.apps.deploy({ id: (await findApp(client, nameOrId!)).id });
    const reason = deployed.status_message === null ? '' : `: ${deployed.status_message}`;
    return { data: deployed, text: `${deployed.name} is ${deployed.status}${reason}.`, exit: deployed.status === 'failed' ? 'failed' : 'ok' };
  },
};
