// The audit log: who did what to users, roles, collections and databases, who came in and who was turned away, in MongoDB's format.
// No record holds a secret: only the fields named here are taken over. Source: the manual's page "System Event Audit Messages".
import { CommandError } from '../errors.js';
import { decodePlain } from '../bson/values.js';
import type { WireRequest } from '../wire/request.js';
import type { AuthenticatedUser, Connection } from './connection.js';

export interface AuditRecord {
  readonly atype: string;
  readonly ts: { readonly $date: string };
  readonly local: Address;
  readonly remote: Address;
  readonly users: readonly { readonly user: string; readonly db: string }[];
  readonly roles: readonly string[];
  readonly param: Readonly<Record<string, unknown>>;
  /** 0, or the code of the error that the caller got. */
  readonly result: number;
}

interface Address {
  readonly ip: string;
  readonly port: number;
}

/** Where records go. */
export interface AuditSink {
  write(record: AuditRecord): void;
  /** Begins a new file and keeps the old one under another name. */
  rotate(): void;
}

interface AuditedCommand {
  readonly atype: string;
  /** What the command's first field says: a user, a role, a collection, or nothing that is recorded. */
  readonly subject: 'user' | 'role' | 'ns' | 'database' | 'none';
  readonly fields?: readonly string[];
}

const audited: ReadonlyMap<string, AuditedCommand> = new Map<string, AuditedCommand>(Object.entries({
  createUser: { atype: 'createUser', subject: 'user', fields: ['customData', 'roles'] },
  updateUser: { atype: 'updateUser', subject: 'user', fields: ['customData', 'roles'] },
  dropUser: { atype: 'dropUser', subject: 'user' },
  dropAllUsersFromDatabase: { atype: 'dropAllUsersFromDatabase', subject: 'none' },
  grantRolesToUser: { atype: 'grantRolesToUser', subject: 'user', fields: ['roles'] },
  revokeRolesFromUser: { atype: 'revokeRolesFromUser', subject: 'user', fields: ['roles'] },
  createRole: { atype: 'createRole', subject: 'role', fields: ['roles', 'privileges'] },
  updateRole: { atype: 'updateRole', subject: 'role', fields: ['roles', 'privileges'] },
  dropRole: { atype: 'dropRole', subject: 'role' },
  dropAllRolesFromDatabase: { atype: 'dropAllRolesFromDatabase', subject: 'none' },
  grantRolesToRole: { atype: 'grantRolesToRole', subject: 'role', fields: ['roles'] },
  revokeRolesFromRole: { atype: 'revokeRolesFromRole', subject: 'role', fields: ['roles'] },
  grantPrivilegesToRole: { atype: 'grantPrivilegesToRole', subject: 'role', fields: ['privileges'] },
  revokePrivilegesFromRole: { atype: 'revokePrivilegesFromRole', subject: 'role', fields: ['privileges'] },
  create: { atype: 'createCollection', subject: 'ns' },
  drop: { atype: 'dropCollection', subject: 'ns' },
  dropDatabase: { atype: 'dropDatabase', subject: 'database' },
  renameCollection: { atype: 'renameCollection', subject: 'none', fields: ['renameCollection', 'to'] },
  createIndexes: { atype: 'createIndex', subject: 'ns', fields: ['indexes'] },
  dropIndexes: { atype: 'dropIndex', subject: 'ns', fields: ['index'] },
  setParameter: { atype: 'setParameter', subject: 'none' },
  logout: { atype: 'logout', subject: 'none' },
  shutdown: { atype: 'shutdown', subject: 'none' },
}));

export class AuditTrail {
  constructor(
    private readonly sink: AuditSink,
    private readonly now_ms: () => number,
  ) {}

  rotate(): void {
    this.sink.rotate();
  }

  /** A command that ended, with its error if it had one. `caller` was authenticated when it began. */
  command(name: string, { connection, body }: WireRequest, caller: AuthenticatedUser | undefined, error?: unknown): void {
    const result = error === undefined ? 0 : error instanceof CommandError ? error.code : 8;
    const command = audited.get(name);
    if (command === undefined && result !== unauthorized) return;
    const given = decodePlain(body) as Readonly<Record<string, unknown>>;
    const database = typeof given['$db'] === 'string' ? given['$db'] : '';
    const first = Object.values(given)[0];
    const ns = typeof first === 'string' ? `${database}.${first}` : database;
    if (result === unauthorized) this.write('authCheck', connection, caller, { command: name, ns }, result);
    if (command === undefined) return;
    const subjects = { user: { user: first, db: database }, role: { role: first, db: database }, ns: { ns }, database: { ns: database }, none: { db: database } };
    const taken = (command.fields ?? []).filter((field) => given[field] !== undefined).map((field) => [field, given[field]] as const);
    this.write(command.atype, connection, caller, { ...subjects[command.subject], ...Object.fromEntries(taken) }, result);
  }

  /** An attempt to log in that ended. */
  authentication(connection: Connection, name: { readonly user: string; readonly database: string }, mechanism: string, result: number): void {
    this.write('authenticate', connection, result === 0 ? connection.user : undefined, { user: name.user, db: name.database, mechanism }, result);
  }

  private write(atype: string, connection: Connection, caller: AuthenticatedUser | undefined, param: AuditRecord['param'], result: number): void {
    const users = caller === undefined ? [] : [{ user: caller.user, db: caller.database }];
    this.sink.write({
      atype, ts: { $date: new Date(this.now_ms()).toISOString() },
      local: addressOf(connection.localAddress), remote: addressOf(connection.remoteAddress),
      users, roles: [], param, result,
    });
  }
}

const unauthorized = 13;

function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { ip: text.slice(0, colon).replace(/^\[|\]$/gu, '').replace(/^::ffff:/u, ''), port: Number(text.slice(colon + 1)) };
}
