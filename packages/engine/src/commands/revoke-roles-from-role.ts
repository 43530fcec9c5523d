// `revokeRolesFromRole`. Source: the manual's page "revokeRolesFromRole".
import { parseRoles, privilegesOnRoles } from '../auth/command-arguments.js';
import { changeRole } from '../auth/role-changes.js';
import { rolesWithout } from '../auth/user-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const revokeRolesFromRole = defineCommand({
  name: 'revokeRolesFromRole',
  help: 'Takes inherited roles from a role.',
  fields: { revokeRolesFromRole: { kind: 'string', required: true }, roles: { kind: 'array', required: true } },
  access: { kind: 'privileges', required: ({ roles }, database) => privilegesOnRoles('revokeRole', parseRoles(roles, database)) },
  async run({ revokeRolesFromRole: role, roles }, { services, database }) {
    const changed = parseRoles(roles, database);
    await changeRole(services.users, { role, database }, (stored) => ({ roles: rolesWithout(stored.roles, changed) }));
    services.log.write('info', 'role.roles_revoked', { role, database });
    return emptyDocument;
  },
});
