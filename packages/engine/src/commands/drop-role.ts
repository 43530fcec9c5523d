// `dropRole`. Source: the manual's page "dropRole".
import { removeRole } from '../auth/role-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const dropRole = defineCommand({
  name: 'dropRole',
  help: 'Drops a role and takes it from everybody who has it.',
  fields: { dropRole: { kind: 'string', required: true } },
  access: { kind: 'privileges', required: (_fields, database) => [{ resource: { database, collection: '' }, actions: ['dropRole'] }] },
  async run({ dropRole: role }, { services, database }) {
    await removeRole(services.users, { role, database });
    services.log.write('info', 'role.dropped', { role, database });
    return emptyDocument;
  },
});
