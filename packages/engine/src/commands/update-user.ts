// `updateUser`. Source: the manual's page "updateUser".
import { externalDatabase } from '../auth/certificate-authentication.js';
import { parseMechanisms, parseRestrictions, parseRoles, privilegesOnRoles } from '../auth/command-arguments.js';
import { valueOf, withFields, type FieldChanges } from '../auth/document-fields.js';
import { changeUserDocument, requireRoles } from '../auth/user-changes.js';
import { deriveCredentials, roleDocuments } from '../auth/user-documents.js';
import type { ScramCredential, ScramMechanism } from '../auth/scram.js';
import type { StoredUser } from '../auth/stored-user.js';
import type { Privilege } from '../auth/privileges.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { CommandError } from '../errors.js';

export const updateUser = defineCommand({
  name: 'updateUser',
  help: "Changes a user's password, roles, custom data, mechanisms or restrictions.",
  fields: {
    updateUser: { kind: 'string', required: true },
    pwd: 'string',
    roles: 'array',
    customData: 'object',
    digestPassword: 'boolean',
    mechanisms: 'array',
    authenticationRestrictions: 'documents',
  },
  // Who may do it depends on whose user it is: `authorize` below.
  access: { kind: 'authenticated' },
  async run(fields, context) {
    const { database, services } = context;
    const { updateUser: user, pwd, customData, digestPassword = true } = fields;
    const roles = fields.roles === undefined ? undefined : parseRoles(fields.roles, database);
    const hasChange = pwd !== undefined || roles !== undefined || customData !== undefined || fields.mechanisms !== undefined || fields.authenticationRestrictions !== undefined;
    if (!hasChange) throw new CommandError('BadValue', 'Must specify at least one field to update in updateUser');
    const restricts = fields.authenticationRestrictions !== undefined;
    authorize(context, { user, changesPassword: pwd !== undefined || fields.mechanisms !== undefined, changesData: customData !== undefined, restricts });
    if (roles !== undefined) services.access.authorize(context, [...privilegesOnRoles('grantRole', roles), revokeAnywhere]);
    if (database === externalDatabase && (pwd !== undefined || fields.mechanisms !== undefined)) throw new CommandError('BadValue', "Cannot set the password for users defined on the '$external' database");
    if (pwd === '') throw new CommandError('BadValue', 'User passwords must not be empty');
    const mechanisms = fields.mechanisms === undefined && pwd === undefined ? undefined : parseMechanisms(fields.mechanisms, digestPassword, services.mechanisms.scramMechanisms());
    const credentials = pwd === undefined || mechanisms === undefined ? undefined : await deriveCredentials({ user, password: pwd, mechanisms, digestPassword, iterationCounts: services.mechanisms.iterationCounts() });
    const name = { user, database };
    await changeUserDocument(services.users, name, (stored, unit) => {
      if (roles !== undefined) requireRoles(unit, roles);
      const restrictions = fields.authenticationRestrictions;
      return withFields(stored.document, {
        ...credentialChange(stored, credentials, mechanisms),
        ...(roles === undefined ? {} : { roles: valueOf(roleDocuments(roles)) }),
        ...customDataChange(customData),
        ...(restrictions === undefined ? {} : { authenticationRestrictions: valueOf(parseRestrictions(restrictions)) }),
      });
    });
    services.log.write('info', 'user.updated', { user, database, passwordChanged: pwd !== undefined, ...(roles === undefined ? {} : { roles }) });
    return emptyDocument;
  },
});

const revokeAnywhere: Privilege = { resource: { database: '', collection: '' }, actions: ['revokeRole'] };

interface Change {
  readonly user: string;
  readonly changesPassword: boolean;
  readonly changesData: boolean;
  readonly restricts: boolean;
}

/** Others' users need the database's privileges; one's own needs `changeOwnPassword` and `changeOwnCustomData`. */
function authorize(context: CommandContext, { user, changesPassword, changesData, restricts }: Change): void {
  const { services, connection, database } = context;
  const resource = { database, collection: '' };
  const isOwn = connection.user?.user === user && connection.user.database === database;
  const mayOwn = (own: string): boolean => isOwn && services.access.isAuthorized(connection, { resource, actions: [own] });
  const actions = [
    ...(changesPassword && !mayOwn('changeOwnPassword') ? ['changePassword'] : []),
    ...(changesData && !mayOwn('changeOwnCustomData') ? ['changeCustomData'] : []),
    ...(restricts ? ['setAuthenticationRestriction'] : []),
  ];
  if (actions.length > 0) services.access.authorize(context, [{ resource, actions }]);
}

/** A new password makes new credentials; mechanisms alone may only take some of the old ones away. */
function credentialChange(
  stored: StoredUser,
  fresh: Readonly<Record<string, ScramCredential>> | undefined,
  mechanisms: readonly ScramMechanism[] | undefined,
): FieldChanges {
  if (fresh !== undefined) return { credentials: valueOf(fresh) };
  if (mechanisms === undefined) return {};
  if (mechanisms.some((mechanism) => stored.credentials[mechanism] === undefined)) {
    throw new CommandError('BadValue', 'mechanisms field must be a subset of previously set mechanisms');
  }
  return { credentials: valueOf(Object.fromEntries(mechanisms.map((mechanism) => [mechanism, stored.credentials[mechanism]]))) };
}

/** An empty document takes the custom data away. */
function customDataChange(customData: RawDocument | undefined): FieldChanges {
  if (customData === undefined) return {};
  return { customData: customData.length === emptyDocument.length ? null : documentValue(customData) };
}
