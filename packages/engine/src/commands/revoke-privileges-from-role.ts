// `revokePrivilegesFromRole`. Source: the manual's page "revokePrivilegesFromRole".
import { parsePrivileges, privilegesOnPrivileges } from '../auth/command-arguments.js';
import { changeRole, privilegesWithout } from '../auth/role-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const revokePrivilegesFromRole = defineCommand({
  name: 'revokePrivilegesFromRole',
  help: 'Takes privileges from a role.',
  fields: { revokePrivilegesFromRole: { kind: 'string', required: true }, privileges: { kind: 'documents', required: true } },
  access: { kind: 'privileges', required: ({ privileges }) => privilegesOnPrivileges('revokeRole', parsePrivileges(privileges)) },
  async run({ revokePrivilegesFromRole: role, privileges }, { services, database }) {
    const changed = parsePrivileges(privileges);
    await changeRole(services.users, { role, database }, (stored) => ({ privileges: privilegesWithout(stored.privileges, changed) }));
    services.log.write('info', 'role.privileges_revoked', { role, database });
    return emptyDocument;
  },
});
