// `_mergeAuthzCollections`: how mongorestore brings users and roles back, which it has put into collections of its own.
// Source: mongorestore's documentation of the command.
import { emptyDocument } from '../bson/writer.js';
import { mergeAuthorizationRecords } from '../auth/merged-records.js';
import type { Privilege } from '../auth/privileges.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

const userAdministration = ['createRole', 'createUser', 'dropRole', 'dropUser', 'grantRole', 'revokeRole'];
const prefix = 'admin.';

/** The collection's name; its namespace is in `admin`. */
function collectionOf(namespace: string): string {
  if (!namespace.startsWith(prefix)) throw new CommandError('BadValue', `Cannot merge users and roles from outside of admin: ${namespace}`);
  return namespace.slice(prefix.length);
}

export const mergeAuthzCollections = defineCommand({
  name: '_mergeAuthzCollections',
  help: 'Merges users and roles of collections that a restore made into those that are in force.',
  fields: { _mergeAuthzCollections: 'any', tempUsersCollection: 'string', tempRolesCollection: 'string', db: { kind: 'string', required: true }, drop: { kind: 'boolean', required: true } },
  access: {
    kind: 'privileges',
    required: ({ tempUsersCollection, tempRolesCollection }): Privilege[] => [
      { resource: { database: '', collection: '' }, actions: userAdministration },
      ...[tempUsersCollection, tempRolesCollection].flatMap((namespace) => (namespace === undefined || namespace === '' ? [] : [{ resource: { database: 'admin', collection: collectionOf(namespace) }, actions: ['find'] }])),
    ],
  },
  adminOnly: true,
  async run({ tempUsersCollection = '', tempRolesCollection = '', db, drop }, { services: { users } }) {
    if (tempUsersCollection === '' && tempRolesCollection === '') throw new CommandError('BadValue', 'Must provide at least one of "tempUsersCollection" and "tempRolescollection"');
    const ofDatabase = db === '' ? undefined : db;
    // Roles first: users are given them.
    if (tempRolesCollection !== '') await mergeAuthorizationRecords(users, { kind: 'roles', from: collectionOf(tempRolesCollection), ofDatabase, drop });
    if (tempUsersCollection !== '') await mergeAuthorizationRecords(users, { kind: 'users', from: collectionOf(tempUsersCollection), ofDatabase, drop });
    return emptyDocument;
  },
});
