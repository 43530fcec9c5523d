// Follows an operation to its end.
import type { Operation } from '@freehold/api';
import type { CommandDefinition } from '../command.js';

const marks: Readonly<Record<string, string>> = { pending: ' ', running: '>', done: '+', undoing: '<', undone: '-', failed: '!' };

function progressOf({ progress }: Operation): string {
  if (progress === null) return '';
  const of = (done: number, total: number | null): string => (total === null ? String(done) : `${done} of ${total}`);
  return `, ${of(progress.documents_done, progress.documents_total)} documents, ${of(progress.bytes_done, progress.bytes_total)} bytes`;
}

function show(operation: Operation): string {
  const steps = operation.steps.map(({ name, state }) => `[${marks[state] ?? '?'}] ${name}`).join('  ');
  return `${operation.kind} ${operation.state}${progressOf(operation)}: ${steps}`;
}

export const operationWatch: CommandDefinition = {
  path: ['operation', 'watch'],
  summary: 'follow an operation until it has ended',
  description: 'Prints the steps of an operation whenever one of them changes, and ends with it: with exit code 0 where it succeeded.',
  arguments: [{ name: '<operation>', description: 'its id' }],
  run: async (context, [id]) => {
    let last: Operation | undefined;
    for await (const operation of context.client().operations.events({ id: id! })) {
      if (last !== undefined) context.print(context.isJson ? JSON.stringify(last) : show(last));
      last = operation;
    }
    if (last === undefined) return undefined;
    return { data: last, text: show(last), exit: last.state === 'succeeded' ? 'ok' : 'failed' };
  },
};
