// Prints the connection URI and nothing else, for `MONGODB_URI=$(freehold db uri shop)`.
import type { CommandDefinition } from '../command.js';
import { findDatabase } from '../resolve.js';

export const dbUri: CommandDefinition = {
  path: ['db', 'uri'],
  summary: 'print the connection URI of a database',
  arguments: [{ name: '<database>', description: 'its name or id' }],
  examples: ['MONGODB_URI=$(freehold db uri shop) node server.js'],
  run: async (context, [nameOrId]) => {
    const client = context.client();
    const database = await findDatabase(client, nameOrId!);
    const connection = await client.databases.connection({ id: database.id });
    return { data: connection, text: connection.connection_uri };
  },
};
