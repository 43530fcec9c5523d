// For operators: gives the database of a legacy user the name that new databases have.
import type { CommandDefinition } from '../command.js';
import { followMove } from '../follow-operation.js';
import { moveOptions, moveWishOf } from '../move-wish.js';

export const dbRenameStorage: CommandDefinition = {
  path: ['db', 'rename-storage'],
  summary: 'for operators: give a legacy user\'s database the name that new databases have',
  description:
    'Copies `user_{user}` to `user_{user}_{database}` on the same cluster, with indexes and options, compares both byte by byte, and changes over. The old one is dropped when ' +
    'the move cannot be taken back any more.',
  arguments: [{ name: '<database>', description: 'its id' }],
  options: [moveOptions.online, moveOptions.backOutHours],
  examples: ['freehold db rename-storage 3f2a9c01 --online'],
  run: async (context, [id], options) => {
    const { operation_id } = await context.client().admin.renameStorage({ id: id!, ...moveWishOf(options) });
    return followMove(context, operation_id);
  },
};
