// How commands are counted: in `opcounters`, in `opLatencies`, and in `top`. What has no row counts as a command.
import type { OperationKind, UsageKind } from './metrics.js';

export interface OperationClass {
  readonly counter: OperationKind;
  readonly latency: 'reads' | 'writes' | 'commands';
  readonly usage: UsageKind;
  /** The field with the command's statements: each counts. */
  readonly statements?: string;
}

const plainCommand: OperationClass = { counter: 'command', latency: 'commands', usage: 'commands' };

const classes: Readonly<Record<string, OperationClass>> = {
  find: { counter: 'query', latency: 'reads', usage: 'queries' },
  getMore: { counter: 'getmore', latency: 'reads', usage: 'getmore' },
  aggregate: { counter: 'command', latency: 'reads', usage: 'commands' },
  count: { counter: 'command', latency: 'reads', usage: 'commands' },
  distinct: { counter: 'command', latency: 'reads', usage: 'commands' },
  insert: { counter: 'insert', latency: 'writes', usage: 'insert', statements: 'documents' },
  update: { counter: 'update', latency: 'writes', usage: 'update', statements: 'updates' },
  delete: { counter: 'delete', latency: 'writes', usage: 'remove', statements: 'deletes' },
  findAndModify: { counter: 'command', latency: 'writes', usage: 'update' },
  bulkWrite: { counter: 'command', latency: 'writes', usage: 'update' },
};

export function operationClass(commandName: string): OperationClass {
  return Object.hasOwn(classes, commandName) ? classes[commandName]! : plainCommand;
}
