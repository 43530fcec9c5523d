// Opens mongosh on a database. The URI goes through the environment: an argument could be seen by every user of the machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CommandDefinition } from '../command.js';
import { CommandFailure } from '../failures.js';
import { mongoshCommand } from '../mongosh.js';
import { findDatabase } from '../resolve.js';

const connectByEnvironment = 'db = connect(process.env.FREEHOLD_SHELL_URI); delete process.env.FREEHOLD_SHELL_URI;';

export const dbShell: CommandDefinition = {
  path: ['db', 'shell'],
  summary: 'open mongosh on a database',
  arguments: [
    { name: '<database>', description: 'its name or id' },
    { name: '[arguments...]', description: 'arguments for mongosh, after --' },
  ],
  examples: ['freehold db shell shop', "freehold db shell shop -- --quiet --eval 'db.orders.countDocuments()'"],
  run: async (context, [nameOrId, ...extra]) => {
    const client = context.client();
    const database = await findDatabase(client, nameOrId!);
    const { connection_uri: uri } = await client.databases.connection({ id: database.id });
    const [program, ...leading] = mongoshCommand();
    // Without code to run, stay for the person; with it, mongosh ends after the last --eval as it would by itself.
    const stays = !extra.some((argument) => argument.startsWith('--eval') || argument.startsWith('--file') || argument === '-f');
    const child = spawn(program!, [...leading, '--nodb', '--eval', connectByEnvironment, ...(stays ? ['--shell'] : []), ...extra], {
      stdio: 'inherit',
      env: { ...process.env, FREEHOLD_SHELL_URI: uri },
    });
    try {
      const [code] = (await once(child, 'close')) as [number | null];
      process.exitCode = code ?? 1;
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new CommandFailure('failed', 'MONGOSH_MISSING', 'mongosh is not installed.', 'Install it (npm install --global mongosh), or use the URI of `freehold db uri` with another client.');
    }
  },
};
