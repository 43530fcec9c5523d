// Running operations and idle connections as documents, for the command `currentOp` and the stage `$currentOp`.
// Source: the manual's page "$currentOp (aggregation)", Output Fields.
import { Long, UUID, Binary, type Document } from 'bson';
import type { RawDocument } from '../bson/raw-value.js';
import { documentValue } from '../bson/raw-value.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { shownCommand } from './command-text.js';
import type { Connection } from './connection.js';
import { connectionFields } from './connection-fields.js';
import { operationClass } from './operation-classes.js';
import type { RunningOperation } from './operations.js';
import type { CommandServices } from './services.js';

export interface OperationSelection {
  /** Operations of all users, or of the caller alone. */
  readonly allUsers: boolean;
  readonly idleConnections: boolean;
}

/** One document per operation, then one per idle connection if asked for. */
export function operationDocuments(services: CommandServices, caller: Connection, selection: OperationSelection): RawDocument[] {
  const isShown = (connection: Connection): boolean => selection.allUsers || isSameUser(connection, caller);
  const busy = new Set<Connection>();
  const documents: RawDocument[] = [];
  for (const operation of services.operations.all()) {
    busy.add(operation.connection);
    if (isShown(operation.connection)) documents.push(operationDocument(operation, services));
  }
  if (!selection.idleConnections) return documents;
  for (const connection of services.connections.all()) {
    if (!busy.has(connection) && isShown(connection)) documents.push(idleDocument(connection, services));
  }
  return documents;
}

function progressFields({ message, done, total }: NonNullable<RunningOperation['progress']>): Record<string, unknown> {
  return { msg: `${message}: ${done}/${total} ${Math.floor((done * 100) / Math.max(total, 1))}%`, progress: { done: Long.fromNumber(done), total: Long.fromNumber(total) } };
}

function isSameUser(a: Connection, b: Connection): boolean {
  return a.user?.user === b.user?.user && a.user?.database === b.user?.database;
}

function appendConnection(writer: DocumentWriter, type: 'op' | 'idle', connection: Connection, { server }: CommandServices): void {
  append(writer, { type, ...connectionFields(connection, server), active: type === 'op' });
  if (connection.clientMetadata !== undefined) writer.document('clientMetadata', connection.clientMetadata);
}

function operationDocument(operation: RunningOperation, services: CommandServices): RawDocument {
  const now_ms = services.clock.now_ms();
  const running_ms = Math.max(0, now_ms - operation.started_ms);
  const writer = new DocumentWriter();
  appendConnection(writer, 'op', operation.connection, services);
  append(writer, {
    currentOpTime: new Date(now_ms).toISOString(),
    opid: operation.id,
    ...(operation.sessionKey === undefined ? {} : { lsid: sessionDocument(operation.sessionKey) }),
    secs_running: Long.fromNumber(Math.floor(running_ms / 1000)),
    microsecs_running: Long.fromNumber(running_ms * 1000),
    op: operationClass(operation.commandName).counter,
    ns: operation.namespace,
  });
  writer.append('command', documentValue(shownCommand(operation.commandName, operation.body)));
  append(writer, {
    ...(operation.planSummary === undefined ? {} : { planSummary: operation.planSummary }),
    ...(operation.progress === undefined ? {} : progressFields(operation.progress)),
    ...(operation.interruptedBy === undefined ? {} : { killPending: true }),
    numYields: 0, locks: {}, waitingForLock: false, lockStats: {}, waitingForFlowControl: false, flowControlStats: {},
  });
  return writer.finish();
}

function idleDocument(connection: Connection, services: CommandServices): RawDocument {
  const now_ms = services.clock.now_ms();
  const writer = new DocumentWriter();
  appendConnection(writer, 'idle', connection, services);
  append(writer, {
    currentOpTime: new Date(now_ms).toISOString(),
    op: 'none',
    ns: '',
    command: {},
    // Not MongoDB's: how long nothing has happened on the connection.
    idleMillis: Long.fromNumber(Math.max(0, now_ms - connection.lastUsed_ms)),
  });
  return writer.finish();
}

/** A session key as the `lsid` that it was made from. */
export function sessionDocument(sessionKey: string): Document {
  const uuidHexDigits = 32;
  return {
    id: new UUID(sessionKey.slice(0, uuidHexDigits)),
    uid: new Binary(Buffer.from(sessionKey.slice(uuidHexDigits), 'hex')),
  };
}

function append(writer: DocumentWriter, fields: Document): void {
  const document = encodeDocument(fields);
  writer.appendElements(document, 4, document.length - 1);
}
