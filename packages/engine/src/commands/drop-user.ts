// `dropUser`. Source: the manual's page "dropUser".
import { removeUser } from '../auth/user-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const dropUser = defineCommand({
  name: 'dropUser',
  help: "Drops a user; the user's open connections lose their rights with the next command.",
  fields: { dropUser: { kind: 'string', required: true } },
  access: { kind: 'privileges', required: (_fields, database) => [{ resource: { database, collection: '' }, actions: ['dropUser'] }] },
  async run({ dropUser: user }, { services, database }) {
    await removeUser(services.users, { user, database });
    services.log.write('info', 'user.dropped', { user, database });
    return emptyDocument;
  },
});
