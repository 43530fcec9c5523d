// `dropAllUsersFromDatabase`. Source: the manual's page "dropAllUsersFromDatabase".
import { removeUsersOf } from '../auth/user-changes.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const dropAllUsersFromDatabase = defineCommand({
  name: 'dropAllUsersFromDatabase',
  help: 'Drops every user that the database defines.',
  fields: { dropAllUsersFromDatabase: 'any' },
  access: { kind: 'privileges', required: (_fields, database) => [{ resource: { database, collection: '' }, actions: ['dropUser'] }] },
  async run(_fields, { services, database }) {
    const n = await removeUsersOf(services.users, database);
    services.log.write('info', 'users.dropped', { database, count: n });
    return encodeDocument({ n });
  },
});
