// Makes an app: what to run, and the database it is given.
import { resolve } from 'node:path';
import type { AppSpec } from '@freehold/api';
import type { CommandDefinition, OptionValues } from '../command.js';
import { CommandFailure } from '../failures.js';
import { fields } from '../present.js';
import { findDatabase } from '../resolve.js';

function environmentOf(options: OptionValues): Record<string, string> {
  const pairs = Array.isArray(options['env']) ? (options['env'] as readonly string[]) : [];
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandFailure('usage', 'ENVIRONMENT_MALFORMED', `"${pair}" is not NAME=value.`, 'Write --env NAME=value, once for each variable.');
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}

function healthCheckOf({ healthPath: path, upWithin: within_ms, staysUp: stays_up_ms }: OptionValues): Pick<AppSpec, 'health_check'> {
  const check = {
    ...(typeof path === 'string' ? { path } : {}),
    ...(typeof within_ms === 'string' ? { within_ms: Number(within_ms) } : {}),
    ...(typeof stays_up_ms === 'string' ? { stays_up_ms: Number(stays_up_ms) } : {}),
  };
  return Object.keys(check).length > 0 ? { health_check: check } : {};
}

function specOf(command: readonly string[], options: OptionValues): AppSpec | undefined {
  if (command.length === 0) return undefined;
  const env = environmentOf(options);
  return {
    command: [...command],
    // The platform runs elsewhere than this program, perhaps in another folder: a relative one would mean another there.
    cwd: resolve(typeof options['cwd'] === 'string' ? options['cwd'] : '.'),
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(typeof options['port'] === 'string' ? { port: Number(options['port']) } : {}),
    ...healthCheckOf(options),
  };
}

export const appCreate: CommandDefinition = {
  path: ['app', 'create'],
  summary: 'make an app',
  arguments: [
    { name: '<name>', description: '1 to 50 letters, digits, spaces, _ and -' },
    { name: '[command...]', description: 'the program and its arguments, after --' },
  ],
  options: [
    { flags: '--database <database>', description: 'its database, by name or id; default: the default database' },
    { flags: '--cwd <folder>', description: 'folder to run in; default: this one' },
    { flags: '--env <NAME=value>', description: 'a variable of its environment', isRepeatable: true },
    { flags: '--port <port>', description: 'given to it as PORT, and asked to see whether it is up' },
    { flags: '--health-path <path>', description: 'a path of it that answers 200 to 399 when it is up; default: it is up when it takes connections' },
    { flags: '--up-within <milliseconds>', description: 'how long it may take to come up; default 30000' },
    { flags: '--stays-up <milliseconds>', description: 'how long it has to go on running to count as up; default 1000 without a port, else 0' },
  ],
  examples: ['freehold app create notes --database shop --port 3000 -- node server.js'],
  run: async (context, [name, ...command], options) => {
    const client = context.client();
    const spec = specOf(command, options);
    const app = await client.apps.create({
      name: name!,
      ...(typeof options['database'] === 'string' ? { database_id: (await findDatabase(client, options['database'])).id } : {}),
      ...(spec === undefined ? {} : { spec }),
    });
    return { data: app, text: `${fields({ id: app.id, name: app.name, database: app.database_id ?? 'the default' })}\nStart it with \`freehold app deploy ${app.name}\`.` };
  },
};
