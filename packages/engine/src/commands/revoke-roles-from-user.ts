// `revokeRolesFromUser`. Source: the manual's page "revokeRolesFromUser".
import { parseRoles, privilegesOnRoles } from '../auth/command-arguments.js';
import { changeUserDocument, requireRoles, rolesWithout, withRoles } from '../auth/user-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const revokeRolesFromUser = defineCommand({
  name: 'revokeRolesFromUser',
  help: 'Takes roles from a user.',
  fields: { revokeRolesFromUser: { kind: 'string', required: true }, roles: { kind: 'array', required: true } },
  access: { kind: 'privileges', required: ({ roles }, database) => privilegesOnRoles('revokeRole', parseRoles(roles, database)) },
  async run({ revokeRolesFromUser: user, roles }, { services, database }) {
    const revoked = parseRoles(roles, database);
    const missing = `Could not find user "${user}" for db "${database}"`;
    await changeUserDocument(services.users, { user, database }, (stored, unit) => {
      requireRoles(unit, revoked);
      return withRoles(stored, rolesWithout(stored.roles, revoked));
    }, missing);
    services.log.write('info', 'user.roles_revoked', { user, database, roles: revoked });
    return emptyDocument;
  },
});
