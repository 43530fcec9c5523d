// Brings a deleted database back, with its data, credential and apps.
import type { CommandDefinition } from '../command.js';
import { findDatabase } from '../resolve.js';

export const dbRestore: CommandDefinition = {
  path: ['db', 'restore'],
  summary: 'bring a deleted database back',
  arguments: [{ name: '<database>', description: 'its name or id' }],
  run: async (context, [nameOrId]) => {
    const client = context.client();
    const database = await findDatabase(client, nameOrId!);
    const restored = await client.databases.restore({ id: database.id });
    return { data: restored, text: `Restored ${restored.name}; it is ${restored.status}.` };
  },
};
