// `createRole`. Source: the manual's page "createRole".
import { parsePrivileges, parseRestrictions, parseRoles, privilegesOnPrivileges, privilegesOnRoles } from '../auth/command-arguments.js';
import { builtInRole } from '../auth/built-in-roles.js';
import { insertRole } from '../auth/role-changes.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const createRole = defineCommand({
  name: 'createRole',
  help: 'Creates a role of privileges and of other roles.',
  fields: {
    createRole: { kind: 'string', required: true },
    privileges: { kind: 'documents', required: true },
    roles: { kind: 'array', required: true },
    authenticationRestrictions: 'documents',
  },
  access: {
    kind: 'privileges',
    required: ({ privileges, roles, authenticationRestrictions }, database) => [
      { resource: { database, collection: '' }, actions: authenticationRestrictions === undefined ? ['createRole'] : ['createRole', 'setAuthenticationRestriction'] },
      ...privilegesOnRoles('grantRole', parseRoles(roles, database)),
      ...privilegesOnPrivileges('grantRole', parsePrivileges(privileges)),
    ],
  },
  async run(fields, { services, database }) {
    const role = fields.createRole;
    if (role === '') throw new CommandError('BadValue', 'Role name must be non-empty');
    if (database === 'local' || database === '$external') throw new CommandError('BadValue', `Cannot create roles in the ${database} database`);
    const name = { role, database };
    if (builtInRole(name) !== undefined) throw new CommandError('BadValue', 'Cannot create roles with the same name as a built-in role');
    const restrictions = fields.authenticationRestrictions;
    await insertRole(services.users, name, {
      privileges: parsePrivileges(fields.privileges),
      roles: parseRoles(fields.roles, database),
      authenticationRestrictions: restrictions === undefined ? undefined : parseRestrictions(restrictions),
    });
    services.log.write('info', 'role.created', { role, database });
    return emptyDocument;
  },
});
