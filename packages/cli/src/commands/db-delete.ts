// Deletes a database: asks first, and says how long it can be restored.
import type { DeleteDatabaseQuery } from '@freehold/api';
import { askConfirmation } from '../ask.js';
import type { CommandDefinition, OptionValues } from '../command.js';
import { when } from '../present.js';
import { findDatabase } from '../resolve.js';

type Choices = Pick<DeleteDatabaseQuery, 'on_apps' | 'target_database_id' | 'new_default_database_id'>;

async function choicesOf(options: OptionValues, idOf: (nameOrId: string) => Promise<string>): Promise<Choices> {
  const target = options['moveAppsTo'];
  const newDefault = options['newDefault'];
  return {
    ...(typeof target === 'string' ? { on_apps: 'move' as const, target_database_id: await idOf(target) } : {}),
    ...(options['detachApps'] === true ? { on_apps: 'detach' as const } : {}),
    ...(typeof newDefault === 'string' ? { new_default_database_id: await idOf(newDefault) } : {}),
  };
}

export const dbDelete: CommandDefinition = {
  path: ['db', 'delete'],
  summary: 'delete a database; it can be restored for 7 days',
  arguments: [{ name: '<database>', description: 'its name or id' }],
  options: [
    { flags: '-y, --yes', description: 'do not ask' },
    { flags: '--move-apps-to <database>', description: 'give the apps that use it this database' },
    { flags: '--detach-apps', description: 'let the apps that use it fall back to the default database' },
    { flags: '--new-default <database>', description: 'which database becomes the default, where the default one is deleted' },
  ],
  run: async (context, [nameOrId], options) => {
    const client = context.client();
    const database = await findDatabase(client, nameOrId!);
    const choices = await choicesOf(options, async (other) => (await findDatabase(client, other)).id);
    const request = await client.databases.delete({ id: database.id });
    if (!('confirm_token' in request)) return { data: request, text: `Deleted ${database.name}.` };
    const apps = request.apps.map((app) => app.name).join(', ');
    const question = `Delete ${database.name} (${database.id})?${apps === '' ? '' : ` Apps use it: ${apps}.`} Its credential stops working at once; it can be restored for 7 days.`;
    if (options['yes'] !== true && !(await askConfirmation(context, question))) return { data: { deleted: false }, text: 'Nothing was deleted.', exit: 'refused' };
    const deleted = await client.databases.delete({ id: database.id, confirm_token: request.confirm_token, ...choices });
    const until = 'purge_at' in deleted && deleted.purge_at !== null ? ` It can be restored until ${when(deleted.purge_at)}: freehold db restore ${database.id}` : '';
    return { data: deleted, text: `Deleted ${database.name}.${until}` };
  },
};
