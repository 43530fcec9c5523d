// Changes what is said of a database: its name, its description, its quota, whether it is the default one.
import { databaseEnvironments, type UpdateDatabase } from '@freehold/api';
import type { CommandDefinition, OptionValues } from '../command.js';
import { CommandFailure } from '../failures.js';
import { quotaWords } from '../present.js';
import { findDatabase } from '../resolve.js';

function changeOf(options: OptionValues): UpdateDatabase {
  const { name, description, environment, quotaMb } = options;
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof description === 'string' ? { description: description === '' ? null : description } : {}),
    ...(typeof environment === 'string' ? { environment: environment as NonNullable<UpdateDatabase['environment']> } : {}),
    ...(options['default'] === true ? { is_default: true } : {}),
    ...(typeof quotaMb === 'string' ? { quota_mb: quotaMb === 'none' ? null : Number(quotaMb) } : {}),
  };
}

export const dbUpdate: CommandDefinition = {
  path: ['db', 'update'],
  summary: 'change the name, the quota or another field of a database',
  description: 'Changes what is named, at once. The connection URI stays what it is.',
  arguments: [{ name: '<database>', description: 'its name or id' }],
  options: [
    { flags: '-n, --name <name>', description: 'what to call it: 1 to 50 letters, digits, spaces, _ and -' },
    { flags: '-d, --description <text>', description: 'what it is for; "" takes it away' },
    { flags: '-e, --environment <environment>', description: 'what it is used in', choices: databaseEnvironments },
    { flags: '--default', description: 'make it the database of apps that name none, instead of the one that is' },
    { flags: '--quota-mb <megabytes>', description: 'how much it may hold; `none`: as much as your total allows' },
  ],
  examples: ['freehold db update shop --name storefront --default', 'freehold db update shop --quota-mb 4096'],
  run: async (context, [nameOrId], options) => {
    const change = changeOf(options);
    if (Object.keys(change).length === 0) throw new CommandFailure('usage', 'NOTHING_TO_CHANGE', 'Nothing is to be changed.', 'Name at least one option; see --help.');
    const client = context.client();
    const { id } = await findDatabase(client, nameOrId!);
    const database = await client.databases.update({ id, ...change });
    return { data: database, text: `${database.name} (${database.id}): ${database.environment}, quota ${quotaWords(database)}${database.is_default ? ', the default one' : ''}.` };
  },
};
