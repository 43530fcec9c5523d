// `createUser`. Source: the manual's page "createUser".
import { parseMechanisms, parseRestrictions, parseRoles, privilegesOnRoles } from '../auth/command-arguments.js';
import { externalDatabase } from '../auth/certificate-authentication.js';
import type { MechanismSettings } from '../auth/mechanism-settings.js';
import { insertUser } from '../auth/user-changes.js';
import { deriveCredentials, newUserDocument, type NewUser } from '../auth/user-documents.js';
import type { RawValue } from '../bson/raw-value.js';
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
    const roles = parseRoles(fields.roles, database);
    const authenticationRestrictions = fields.authenticationRestrictions === undefined ? undefined : parseRestrictions(fields.authenticationRestrictions);
    const credentials = await credentialsOf({ user, database, password: pwd, digestPassword, wanted: fields.mechanisms }, services.mechanisms);
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
}

interface Credentials {
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly digestPassword: boolean;
  readonly wanted: readonly RawValue[] | undefined;
}

/** Of a password; users of `$external` have none. */
async function credentialsOf({ user, database, password, digestPassword, wanted }: Credentials, settings: MechanismSettings): Promise<NewUser['credentials']> {
  if (database === externalDatabase) {
    if (password !== undefined) throw new CommandError('BadValue', "Cannot set the password for users defined on the '$external' database");
    if (wanted !== undefined) throw new CommandError('BadValue', 'Cannot set mechanisms for users defined on the $external database');
    return { external: true };
  }
  if (password === undefined) {
    throw new CommandError('BadValue', "Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db");
  }
  if (password === '') throw new CommandError('BadValue', 'User passwords must not be empty');
  const mechanisms = parseMechanisms(wanted, digestPassword, settings.scramMechanisms());
  return deriveCredentials({ user, password, mechanisms, digestPassword, iterationCounts: settings.iterationCounts() });
}
