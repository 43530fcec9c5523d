// Ends the time in which a move can be taken back.
import type { CommandDefinition } from '../command.js';

const ends: Readonly<Record<string, string>> = {
  drop_place: 'What the database had left behind is dropped.', delete_source: 'The source is deleted; it can be restored for 7 days.', free_source: 'The source can be written to again.', nothing: 'There was nothing left to be done.',
};

export const dbMoveFinish: CommandDefinition = {
  path: ['db', 'move-finish'],
  summary: 'end the time in which a move can be taken back',
  arguments: [{ name: '<operation>', description: 'the operation that moved it' }],
  run: async (context, [id]) => {
    const operation = await context.client().operations.finish({ id: id! });
    return { data: operation, text: ends[String(operation.result?.['what'])] ?? 'Done.' };
  },
};
