// Makes a database and shows its connection URI, which has been proven to work by then.
import { databaseEnvironments, type CreateDatabase } from '@freehold/api';
import type { CommandDefinition } from '../command.js';
import { fields } from '../present.js';

export const dbCreate: CommandDefinition = {
  path: ['db', 'create'],
  summary: 'make a database and print its connection URI',
  arguments: [{ name: '<name>', description: '1 to 50 letters, digits, spaces, _ and -' }],
  options: [
    { flags: '-d, --description <text>', description: 'what it is for' },
    { flags: '-e, --environment <environment>', description: 'what it is used in', choices: databaseEnvironments, defaultValue: 'development' },
    { flags: '--default', description: 'make it the database of apps that name none' },
    { flags: '--quota-mb <megabytes>', description: 'how much it may hold' },
  ],
  examples: ['freehold db create shop', 'freehold db create shop-live --environment production --quota-mb 2048'],
  run: async (context, [name], options) => {
    const input: CreateDatabase = {
      name: name!,
      environment: options['environment'] as CreateDatabase['environment'],
      ...(typeof options['description'] === 'string' ? { description: options['description'] } : {}),
      ...(options['default'] === true ? { is_default: true } : {}),
      ...(typeof options['quotaMb'] === 'string' ? { quota_mb: Number(options['quotaMb']) } : {}),
    };
    const database = await context.client().databases.create(input);
    const shown = fields({ id: database.id, name: database.name, environment: database.environment, default: database.is_default ? 'yes' : 'no', uri: database.connection_uri });
    return { data: database, text: shown };
  },
};
