// `grantRolesToRole`. Source: the manual's page "grantRolesToRole".
import { parseRoles, privilegesOnRoles } from '../auth/command-arguments.js';
import { changeRole } from '../auth/role-changes.js';
import { rolesWith } from '../auth/user-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const grantRolesToRole = defineCommand({
  name: 'grantRolesToRole',
  help: 'Lets a role inherit further roles.',
  fields: { grantRolesToRole: { kind: 'string', required: true }, roles: { kind: 'array', required: true } },
  access: { kind: 'privileges', required: ({ roles }, database) => privilegesOnRoles('grantRole', parseRoles(roles, database)) },
  async run({ grantRolesToRole: role, roles }, { services, database }) {
    const changed = parseRoles(roles, database);
    await changeRole(services.users, { role, database }, (stored) => ({ roles: rolesWith(stored.roles, changed) }));
    services.log.write('info', 'role.roles_granted', { role, database });
    return emptyDocument;
  },
});
