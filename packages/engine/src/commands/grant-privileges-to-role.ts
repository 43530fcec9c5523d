// `grantPrivilegesToRole`. Source: the manual's page "grantPrivilegesToRole".
import { parsePrivileges, privilegesOnPrivileges } from '../auth/command-arguments.js';
import { changeRole, privilegesWith } from '../auth/role-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const grantPrivilegesToRole = defineCommand({
  name: 'grantPrivilegesToRole',
  help: 'Gives further privileges to a role.',
  fields: { grantPrivilegesToRole: { kind: 'string', required: true }, privileges: { kind: 'documents', required: true } },
  access: { kind: 'privileges', required: ({ privileges }) => privilegesOnPrivileges('grantRole', parsePrivileges(privileges)) },
  async run({ grantPrivilegesToRole: role, privileges }, { services, database }) {
    const changed = parsePrivileges(privileges);
    await changeRole(services.users, { role, database }, (stored) => ({ privileges: privilegesWith(stored.privileges, changed) }));
    services.log.write('info', 'role.privileges_granted', { role, database });
    return emptyDocument;
  },
});
