// `createUser`. Source: the manual's page "createUser".
import { parseMechanisms, parseRestrictions, parseRoles, privilegesOnRoles } from '../auth/command-arguments.js';
import { insertUser } from '../auth/user-changes.js';
import { deriveCredentials, newUserDocument } from '../auth/user-documents.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const createUser = defineCommand({
  name: 'createUser',
  help: 'Creates a user in the database that the command runs on.',
  fields: {
    createUser: { kind: 'string', required: true },
    pwd: 'string',
    roles: { kind: 'array', required: true },
    customData: 'object',
    digestPassword: 'boolean',
    mechanisms: 'array',
    authenticationRestrictions: 'documents',
  },
  access: {
    kind: 'privileges',
    required: ({ roles, authenticationRestrictions }, database) => [
      { resource: { database, collection: '' }, actions: authenticationRestrictions === undefined ? ['createUser'] : ['createUser', 'setAuthenticationRestriction'] },
      ...privilegesOnRoles('grantRole', parseRoles(roles, database)),
    ],
  },
  async run(fields, { services, database }) {
    const { createUser: user, pwd, customData, digestPassword = true } = fields;
    checkName(user, database);
    if (pwd === undefined) {
      throw new CommandError('BadValue', "Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db");
    }
    if (pwd === '') throw new CommandError('BadValue', 'User passwords must not be empty');
    const roles = parseRoles(fields.roles, database);
    const authenticationRestrictions = fields.authenticationRestrictions === undefined ? undefined : parseRestrictions(fields.authenticationRestrictions);
    const mechanisms = parseMechanisms(fields.mechanisms, digestPassword);
    const credentials = await deriveCredentials({ user, password: pwd, mechanisms, digestPassword });
    const name = { user, database };
    const document = newUserDocument({ name, credentials, roles, customData, authenticationRestrictions });
    await insertUser(services.users, name, roles, document);
    services.log.write('info', 'user.created', { user, database, roles });
    return emptyDocument;
  },
});

function checkName(user: string, database: string): void {
  if (user === '') throw new CommandError('BadValue', "User document needs 'user' field to be non-empty");
  if (user.includes('\0')) throw new CommandError('BadValue', 'Username cannot contain NULL characters');
  if (database === 'local') throw new CommandError('BadValue', 'Cannot create users in the local database');
  if (database === '$external') throw new CommandError('CommandNotSupported', 'users of external systems (X.509, LDAP, Kerberos) are not supported');
}
