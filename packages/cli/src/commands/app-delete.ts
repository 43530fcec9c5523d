// Stops an app and deletes it; its database stays.
import { askConfirmation } from '../ask.js';
import type { CommandDefinition } from '../command.js';
import { findApp } from '../resolve.js';

export const appDelete: CommandDefinition = {
  path: ['app', 'delete'],
  summary: 'stop and delete an app; its database stays',
  arguments: [{ name: '<app>', description: 'its name or id' }],
  options: [{ flags: '-y, --yes', description: 'do not ask' }],
  run: async (context, [nameOrId], options) => {
    const client = context.client();
    const app = await findApp(client, nameOrId!);
    if (options['yes'] !== true && !(await askConfirmation(context, `Stop and delete the app ${app.name}?`))) {
      return { data: { deleted: false }, text: 'Nothing was deleted.', exit: 'refused' };
    }
    await client.apps.remove({ id: app.id });
    return { data: { deleted: true, id: app.id }, text: `Deleted ${app.name}.` };
  },
};
