// `usersInfo`. Source: the manual's page "usersInfo".
import { parseUser } from '../auth/command-arguments.js';
import { scanAuthorizationRecords } from '../auth/authorization-records.js';
import { withFields, valueOf, type FieldChanges } from '../auth/document-fields.js';
import { userId, type UserName } from '../auth/names.js';
import { privilegeDocuments } from '../auth/role-changes.js';
import { readUser } from '../auth/stored-user.js';
import { roleDocuments } from '../auth/user-documents.js';
import { arrayValues, getField } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { BsonType, isNumericType } from '../bson/types.js';
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { CommandError } from '../errors.js';
import { environmentOf } from '../execution/environment.js';
import { compileFilter } from '../query/match/compile-filter.js';

/** Whose users are asked for. */
type Selection =
  | { readonly kind: 'named'; readonly names: readonly UserName[] }
  | { readonly kind: 'database' }
  | { readonly kind: 'all' };

interface Shown {
  readonly credentials: boolean;
  readonly customData: boolean;
  readonly privileges: boolean;
  readonly restrictions: boolean;
}

export const usersInfo = defineCommand({
  name: 'usersInfo',
  help: 'Shows users: by name, of the database, or of all databases.',
  fields: {
    usersInfo: { kind: 'any', required: true },
    showCredentials: 'boolean',
    showCustomData: 'boolean',
    showPrivileges: 'boolean',
    showAuthenticationRestrictions: 'boolean',
    filter: 'object',
  },
  // Everybody may see their own user: `authorize` below.
  access: { kind: 'authenticated' },
  run(fields, context) {
    const selection = parseSelection(fields.usersInfo, context.database);
    const shown: Shown = {
      credentials: fields.showCredentials === true,
      customData: fields.showCustomData !== false,
      privileges: fields.showPrivileges === true,
      restrictions: fields.showAuthenticationRestrictions === true || fields.showPrivileges === true,
    };
    if (selection.kind !== 'named' && (shown.privileges || fields.showAuthenticationRestrictions === true)) {
      throw new CommandError('IllegalOperation', 'Privilege or restriction details require exact-match usersInfo queries.');
    }
    authorize(selection, context);
    const matcher = fields.filter === undefined ? undefined : compileFilter(fields.filter, environmentOf(context));
    const found = documentsOf(selection, context).map((document) => shownUser(document, shown, context));
    const users = matcher === undefined ? found : found.filter((document) => matcher.matches(documentValue(document)));
    const writer = new DocumentWriter().openArray('users');
    users.forEach((document, index) => writer.document(String(index), document));
    return writer.close().finish();
  },
});

function parseSelection(value: RawValue, database: string): Selection {
  if (isNumericType(value.type)) {
    if (value.number() === 1) return { kind: 'database' };
    throw new CommandError('BadValue', 'UsersInfo argument must be a name, a document, an array, or 1');
  }
  if (value.type === BsonType.array) return { kind: 'named', names: arrayValues(value).map((item) => parseUser(item, database)) };
  if (value.type === BsonType.object) {
    const all = getField(value, 'forAllDBs');
    if (all?.type === BsonType.bool && all.boolean()) return { kind: 'all' };
  }
  return { kind: 'named', names: [parseUser(value, database)] };
}

function authorize(selection: Selection, context: CommandContext): void {
  const { access } = context.services;
  const own = context.connection.user;
  const view = (database: string): void => access.authorize(context, [{ resource: { database, collection: '' }, actions: ['viewUser'] }]);
  if (selection.kind === 'all') access.authorize(context, [{ resource: { cluster: true }, actions: ['viewUser'] }]);
  else if (selection.kind === 'database') view(context.database);
  else {
    for (const name of selection.names) {
      if (own === undefined || userId(own) !== userId(name)) view(name.database);
    }
  }
}

function documentsOf(selection: Selection, { services, database }: CommandContext): RawDocument[] {
  if (selection.kind === 'named') {
    return selection.names.flatMap((name) => services.users.find(name)?.document ?? []);
  }
  const users = services.users.read((unit) => [...scanAuthorizationRecords(unit, 'users')].map(readUser));
  const chosen = selection.kind === 'all' ? users : users.filter(({ name }) => name.database === database);
  chosen.sort((a, b) => order(a.name.user, b.name.user) || order(a.name.database, b.name.database));
  return chosen.map(({ document }) => document);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function shownUser(document: RawDocument, shown: Shown, { services }: CommandContext): RawDocument {
  const user = readUser(document);
  const changes: Record<string, FieldChanges[string]> = { mechanisms: valueOf(user.mechanisms) };
  if (!shown.credentials) changes['credentials'] = null;
  if (!shown.customData) changes['customData'] = null;
  if (!shown.restrictions) changes['authenticationRestrictions'] = null;
  const effective = shown.restrictions ? services.users.find(user.name) : undefined;
  if (effective === undefined) return withFields(document, changes);
  const { resolved, privileges, restrictions } = effective;
  if (shown.privileges) {
    changes['inheritedRoles'] = valueOf(roleDocuments(resolved.roles));
    changes['inheritedPrivileges'] = valueOf(privilegeDocuments(privileges.list()));
  }
  const own = restrictions.length === 0 ? [] : [restrictions];
  changes['inheritedAuthenticationRestrictions'] = valueOf([...own, ...resolved.restrictions]);
  if (restrictions.length === 0) changes['authenticationRestrictions'] = valueOf([]);
  return withFields(document, changes);
}
