// `dropAllRolesFromDatabase`. Source: the manual's page "dropAllRolesFromDatabase".
import { removeRolesOf } from '../auth/role-changes.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const dropAllRolesFromDatabase = defineCommand({
  name: 'dropAllRolesFromDatabase',
  help: 'Drops every role that the database defines.',
  fields: { dropAllRolesFromDatabase: 'any' },
  access: { kind: 'privileges', required: (_fields, database) => [{ resource: { database, collection: '' }, actions: ['dropRole'] }] },
  async run(_fields, { services, database }) {
    const n = await removeRolesOf(services.users, database);
    services.log.write('info', 'roles.dropped', { database, count: n });
    return encodeDocument({ n });
  },
});
