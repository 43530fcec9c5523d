// A span for each command that a client sends while something is traced: its name and where it went, never what was in it.
import type { CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent, MongoClient } from 'mongodb';
import type { Span, Tracing } from '../../ports/tracing.js';

/** More are not waited for at a time: a command whose end the driver never tells would stay for good. */
const largestPendingCount = 10_000;

/** What the first value of a command is: the name of a collection, for the commands that have one. */
function collectionOf({ command, commandName }: CommandStartedEvent): string | undefined {
  const target: unknown = commandName === 'getMore' ? command['collection'] : command[commandName];
  // The names of users and roles stand in the same place.
  return typeof target === 'string' && !/user|role/iu.test(commandName) ? target : undefined;
}

function addressOf(address: string): { readonly 'server.address': string; readonly 'server.port'?: number } {
  const match = /^(.*):(\d+)$/u.exec(address);
  return match === null ? { 'server.address': address } : { 'server.address': match[1]!, 'server.port': Number(match[2]) };
}

function failureOf({ failure }: CommandFailedEvent): string {
  const { code, name } = failure as Error & { readonly code?: unknown };
  return typeof code === 'number' || typeof code === 'string' ? String(code) : name;
}

/** The client has to be one that monitors commands. */
export function traceCommands(client: MongoClient, tracing: Tracing): void {
  const pending = new Map<string, Span<'command'>>();
  const keyOf = ({ connectionId, requestId, address }: CommandStartedEvent | CommandSucceededEvent | CommandFailedEvent): string => `${address} ${String(connectionId)} ${requestId}`;
  const finish = (event: CommandSucceededEvent | CommandFailedEvent, failure?: string): void => {
    const key = keyOf(event);
    const span = pending.get(key);
    if (span === undefined) return;
    pending.delete(key);
    if (failure !== undefined) span.fail(failure);
    span.end();
  };
  client.on('commandStarted', (event) => {
    // What nobody asked for, such as a look for something to do, is no trace of its own.
    if (tracing.current() === undefined || pending.size >= largestPendingCount) return;
    const collection = collectionOf(event);
    pending.set(keyOf(event), tracing.start('command', collection === undefined ? event.commandName : `${event.commandName} ${collection}`, {
      'db.system.name': 'mongodb', 'db.operation.name': event.commandName, 'db.namespace': event.databaseName,
      ...(collection === undefined ? {} : { 'db.collection.name': collection }), ...addressOf(event.address),
    }));
  });
  client.on('commandSucceeded', (event) => finish(event));
  client.on('commandFailed', (event) => finish(event, failureOf(event)));
}
