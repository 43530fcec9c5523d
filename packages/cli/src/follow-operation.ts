// Follows an operation to its end, printing its steps whenever one of them changes.
import type { Operation } from '@freehold/api';
import type { CommandContext, CommandResult } from './command.js';

const marks: Readonly<Record<string, string>> = { pending: ' ', running: '>', done: '+', undoing: '<', undone: '-', failed: '!' };

function progressOf({ progress }: Operation): string {
  if (progress === null) return '';
  const of = (done: number, total: number | null): string => (total === null ? String(done) : `${done} of ${total}`);
  const stop = progress.copied_whole.length === 0 ? '' : `, read whole while writers are stopped: ${progress.copied_whole.join(' ')}`;
  return `, ${of(progress.documents_done, progress.documents_total)} documents, ${of(progress.bytes_done, progress.bytes_total)} bytes${stop}`;
}

function show(operation: Operation): string {
  const steps = operation.steps.map(({ name, state }) => `[${marks[state] ?? '?'}] ${name}`).join('  ');
  return `${operation.kind} ${operation.state}${progressOf(operation)}: ${steps}`;
}

/** The same for a move, with how to take it back. */
export async function followMove(context: CommandContext, id: string): Promise<CommandResult | undefined> {
  const ended = await followOperation(context, id);
  if (ended?.exit !== 'ok') return ended;
  return { ...ended, text: `${ended.text}\nIt can be taken back: freehold db move-back ${id}` };
}

/** Ends with exit code 0 where the operation succeeded. */
export async function followOperation(context: CommandContext, id: string): Promise<CommandResult | undefined> {
  let last: Operation | undefined;
  for await (const operation of context.client().operations.events({ id })) {
    if (last !== undefined) context.print(context.isJson ? JSON.stringify(last) : show(last));
    last = operation;
  }
  if (last === undefined) return undefined;
  return { data: last, text: show(last), exit: last.state === 'succeeded' ? 'ok' : 'failed' };
}
