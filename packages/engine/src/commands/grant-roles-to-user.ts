// `grantRolesToUser`. Source: the manual's page "grantRolesToUser".
import { parseRoles, privilegesOnRoles } from '../auth/command-arguments.js';
import { changeUserDocument, requireRoles, rolesWith, withRoles } from '../auth/user-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const grantRolesToUser = defineCommand({
  name: 'grantRolesToUser',
  help: 'Gives further roles to a user.',
  fields: { grantRolesToUser: { kind: 'string', required: true }, roles: { kind: 'array', required: true } },
  access: { kind: 'privileges', required: ({ roles }, database) => privilegesOnRoles('grantRole', parseRoles(roles, database)) },
  async run({ grantRolesToUser: user, roles }, { services, database }) {
    const granted = parseRoles(roles, database);
    const missing = `Could not find user "${user}" for db "${database}"`;
    await changeUserDocument(services.users, { user, database }, (stored, unit) => {
      requireRoles(unit, granted);
      return withRoles(stored, rolesWith(stored.roles, granted));
    }, missing);
    services.log.write('info', 'user.roles_granted', { user, database, roles: granted });
    return emptyDocument;
  },
});
