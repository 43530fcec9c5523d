// Gives a database a new credential.
import type { CommandDefinition } from '../command.js';
import { CommandFailure } from '../failures.js';
import { fields, when } from '../present.js';
import { findDatabase } from '../resolve.js';

export const dbRotate: CommandDefinition = {
  path: ['db', 'rotate'],
  summary: 'replace the credential of a database and print the new URI',
  arguments: [{ name: '<database>', description: 'its name or id' }],
  options: [
    { flags: '--grace-seconds <seconds>', description: 'how long the old credential goes on working, at the most; default: until the apps have the new one' },
    { flags: '--immediate', description: 'for a leaked credential: the old one ends at once, on open connections too, and the apps follow' },
  ],
  examples: ['freehold db rotate shop --grace-seconds 300', 'freehold db rotate shop --immediate'],
  run: async (context, [nameOrId], options) => {
    const { graceSeconds, immediate } = options;
    if (immediate === true && graceSeconds !== undefined) throw new CommandFailure('usage', 'MODES_MIXED', 'An immediate rotation has no grace time.', 'Give --immediate or --grace-seconds.');
    const client = context.client();
    const database = await findDatabase(client, nameOrId!);
    const rotated = await client.databases.rotateCredentials({
      id: database.id,
      ...(immediate === true ? { mode: 'immediate' as const } : {}),
      ...(typeof graceSeconds === 'string' ? { mode: 'graceful' as const, grace_seconds: Number(graceSeconds) } : {}),
    });
    return { data: rotated, text: fields({ uri: rotated.connection_uri, 'old one valid until': when(rotated.previous_valid_until) }) };
  },
};
