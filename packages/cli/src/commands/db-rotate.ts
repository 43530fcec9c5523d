// Gives a database a new credential.
import type { CommandDefinition } from '../command.js';
import { fields, when } from '../present.js';
import { findDatabase } from '../resolve.js';

export const dbRotate: CommandDefinition = {
  path: ['db', 'rotate'],
  summary: 'replace the credential of a database and print the new URI',
  arguments: [{ name: '<database>', description: 'its name or id' }],
  options: [{ flags: '--grace-seconds <seconds>', description: 'how long the old credential goes on working', defaultValue: '0' }],
  run: async (context, [nameOrId], options) => {
    const client = context.client();
    const database = await findDatabase(client, nameOrId!);
    const rotated = await client.databases.rotateCredentials({ id: database.id, grace_seconds: Number(options['graceSeconds']) });
    return { data: rotated, text: fields({ uri: rotated.connection_uri, 'old one valid until': when(rotated.previous_valid_until) }) };
  },
};
