// Follows an operation to its end.
import type { CommandDefinition } from '../command.js';
import { followOperation } from '../follow-operation.js';

export const operationWatch: CommandDefinition = {
  path: ['operation', 'watch'],
  summary: 'follow an operation until it has ended',
  description: 'Prints the steps of an operation whenever one of them changes, and ends with it: with exit code 0 where it succeeded.',
  arguments: [{ name: '<operation>', description: 'its id' }],
  run: (context, [id]) => followOperation(context, id!),
};
