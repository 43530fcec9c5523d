// `updateRole`. Source: the manual's page "updateRole".
import { parsePrivileges, parseRestrictions, parseRoles, privilegesOnPrivileges, privilegesOnRoles } from '../auth/command-arguments.js';
import { changeRole } from '../auth/role-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const updateRole = defineCommand({
  name: 'updateRole',
  help: "Replaces a role's privileges, inherited roles or restrictions.",
  fields: {
    updateRole: { kind: 'string', required: true },
    privileges: 'documents',
    roles: 'array',
    authenticationRestrictions: 'documents',
  },
  access: {
    kind: 'privileges',
    required: ({ privileges = [], roles = [], authenticationRestrictions }, database) => [
      { resource: { database: '', collection: '' }, actions: ['revokeRole'] },
      ...(authenticationRestrictions === undefined ? [] : [{ resource: { database, collection: '' }, actions: ['setAuthenticationRestriction'] }]),
      ...privilegesOnRoles('grantRole', parseRoles(roles, database)),
      ...privilegesOnPrivileges('grantRole', parsePrivileges(privileges)),
    ],
  },
  async run(fields, { services, database }) {
    const { updateRole: role, privileges, roles, authenticationRestrictions } = fields;
    if (privileges === undefined && roles === undefined && authenticationRestrictions === undefined) {
      throw new CommandError('BadValue', 'Must specify at least one field to update in updateRole');
    }
    await changeRole(services.users, { role, database }, () => ({
      privileges: privileges === undefined ? undefined : parsePrivileges(privileges),
      roles: roles === undefined ? undefined : parseRoles(roles, database),
      authenticationRestrictions: authenticationRestrictions === undefined ? undefined : parseRestrictions(authenticationRestrictions),
    }));
    services.log.write('info', 'role.updated', { role, database });
    return emptyDocument;
  },
});
