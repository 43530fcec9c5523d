// Access control over the user directory: the one place that decides whether a command may run.
import { ElementReader } from '../bson/reader.js';
import type { Connection } from '../dispatch/connection.js';
import { commandText } from '../dispatch/command-text.js';
import { CommandError } from '../errors.js';
import type { AccessControl, AccessRequest } from './access-control.js';
import { PrivilegeSet } from './privilege-set.js';
import type { Privilege } from './privileges.js';
import type { UserDirectory } from './user-directory.js';

/** What a local peer may do while there is no user. Source: the manual's page "Localhost Exception". */
const localhostPrivileges = new PrivilegeSet([
  { resource: { database: 'admin', collection: '' }, actions: ['createUser', 'createRole', 'grantRole'] },
  { resource: { database: '', collection: '' }, actions: ['grantRole'] },
]);

const nobody = new PrivilegeSet([]);

/** Access control of an engine with users. */
export class Authorization implements AccessControl {
  readonly isOpen = false;

  constructor(private readonly users: UserDirectory) {}

  isAuthenticated(connection: Connection): boolean {
    const { user } = connection;
    if (user === undefined) return false;
    if (this.users.find(user)?.identity === user.identity) return true;
    connection.user = undefined;
    connection.mechanism = undefined;
    return false;
  }

  mayUseLocalhostException(connection: Connection): boolean {
    return connection.isLocal && connection.user === undefined && !this.users.hasUsers();
  }

  authorize(request: AccessRequest, privileges: readonly Privilege[]): void {
    const held = this.privilegesOf(request.connection);
    if (privileges.every((privilege) => held.has(privilege))) return;
    throw unauthorized(request);
  }

  isAuthorized(connection: Connection, privilege: Privilege): boolean {
    return this.privilegesOf(connection).has(privilege);
  }

  mayUseDatabase(connection: Connection, database: string): boolean {
    return this.privilegesOf(connection).touches(database);
  }

  authorizedCollections(connection: Connection, database: string): ReadonlySet<string> | 'all' {
    return this.privilegesOf(connection).collectionsIn(database);
  }

  private privilegesOf(connection: Connection): PrivilegeSet {
    if (this.mayUseLocalhostException(connection)) return localhostPrivileges;
    const { user } = connection;
    const known = user === undefined ? undefined : this.users.find(user);
    return known !== undefined && known.identity === user?.identity ? known.privileges : nobody;
  }
}

/** Access control of an engine without users: everybody may do everything. */
export const openAccess: AccessControl = {
  isOpen: true,
  isAuthenticated: (connection) => connection.user !== undefined,
  mayUseLocalhostException: () => false,
  authorize: () => undefined,
  isAuthorized: () => true,
  mayUseDatabase: () => true,
  authorizedCollections: () => 'all',
};

function unauthorized({ database, body }: AccessRequest): CommandError {
  const reader = new ElementReader(body);
  const name = reader.next() ? reader.name() : '';
  return new CommandError('Unauthorized', `not authorized on ${database} to execute command ${commandText(name, body)}`);
}
