// Takes a move back.
import type { CommandDefinition } from '../command.js';

export const dbMoveBack: CommandDefinition = {
  path: ['db', 'move-back'],
  summary: 'take a move back: apps return to the source, as it was when the move ended',
  description: 'What was written to the target since stays there and is not copied back.',
  arguments: [{ name: '<operation>', description: 'the operation that moved it' }],
  run: async (context, [id]) => {
    const operation = await context.client().operations.backOut({ id: id! });
    return { data: operation, text: `Taken back by operation ${operation.id}.` };
  },
};
