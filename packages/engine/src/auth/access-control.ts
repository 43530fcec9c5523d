// Who may do what on a connection. The dispatcher asks once per command; commands ask for what they learn only as they run
// (foreign namespaces of a pipeline, what a list may show).
import type { RawDocument } from '../bson/raw-value.js';
import type { Connection } from '../dispatch/connection.js';
import type { Privilege } from './privileges.js';

/** What is asked about; a CommandContext is one. */
export interface AccessRequest {
  readonly connection: Connection;
  readonly database: string;
  /** The command, for the words of the error. */
  readonly body: RawDocument;
}

export interface AccessControl {
  /** Whether anybody may do anything here (an engine without authorization). */
  readonly isOpen: boolean;
  /** Whether a user is authenticated on the connection who still exists; forgets one who does not. */
  isAuthenticated(connection: Connection): boolean;
  /** Whether this peer may create the first user without authenticating. */
  mayUseLocalhostException(connection: Connection): boolean;
  /** Throws Unauthorized (13) "not authorized on db to execute command {...}" unless the caller holds every privilege. */
  authorize(request: AccessRequest, privileges: readonly Privilege[]): void;
  /** Whether the connection's user holds the privilege. */
  isAuthorized(connection: Connection, privilege: Privilege): boolean;
  /** Whether the user holds any privilege at all in the database: what `listDatabases` shows to those who may not see all. */
  mayUseDatabase(connection: Connection, database: string): boolean;
  /** Names of collections of the database that the user holds a privilege for by name; 'all' where it is the whole database. */
  authorizedCollections(connection: Connection, database: string): ReadonlySet<string> | 'all';
}
