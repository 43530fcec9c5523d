// `dropDatabase`. Source: the manual's page "dropDatabase".
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

const protectedDatabases: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

export const dropDatabase = defineCommand({
  name: 'dropDatabase',
  help: 'Removes all collections of the database.',
  fields: { dropDatabase: { kind: 'any', required: true } },
  access: { kind: 'privileges', required: (_fields, database) => [{ resource: { database, collection: '' }, actions: ['dropDatabase'] }] },
  stableApi: true,
  async run(_fields, context) {
    const { database } = context;
    if (protectedDatabases.has(database)) throw new CommandError('IllegalOperation', `Dropping the '${database}' database is prohibited.`);
    const count = await context.write((unit) => {
      const collections = unit.collections(database);
      if (collections.length > 0) unit.dropDatabase(database);
      return collections.length;
    });
    const writer = new DocumentWriter();
    if (count > 0) writer.string('dropped', database);
    return writer.finish();
  },
});
