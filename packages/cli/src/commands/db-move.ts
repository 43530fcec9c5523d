// Moves a database's data and apps: into another database, or, for operators, to another cluster.
import type { CommandDefinition } from '../command.js';
import { CommandFailure } from '../failures.js';
import { followMove } from '../follow-operation.js';
import { moveOptions, moveWishOf } from '../move-wish.js';
import { findDatabase } from '../resolve.js';

export const dbMove: CommandDefinition = {
  path: ['db', 'move'],
  summary: 'move the data and the apps of a database elsewhere',
  description:
    'Copies everything, compares it byte by byte, and only then changes over; what goes wrong before is taken back. Afterwards the source is kept as it was for a day, ' +
    'and `freehold db move-back` returns to it.',
  arguments: [{ name: '<database>', description: 'its name or id; with --to-cluster, the id of anybody\'s' }],
  options: [
    { flags: '--to <database>', description: 'another database of yours' },
    { flags: '--to-cluster <cluster>', description: 'for operators: to this cluster; id and password stay' },
    moveOptions.online,
    { flags: '--overwrite', description: 'with --to: collections of the same names may be there; they are put aside' },
    { flags: '--delete-source', description: 'with --to: delete the source when the move cannot be taken back any more' },
    moveOptions.backOutHours,
  ],
  examples: ['freehold db move shop --to archive', 'freehold db move shop --to shop-2 --online --back-out-hours 48', 'freehold db move 3f2a9c01 --to-cluster eu-2 --online'],
  run: async (context, [nameOrId], options) => {
    const wish = moveWishOf(options);
    const client = context.client();
    const { to, toCluster } = options;
    if ((typeof to === 'string') === (typeof toCluster === 'string')) throw new CommandFailure('usage', 'TARGET_UNCLEAR', 'A move has one target.', 'Give --to or --to-cluster.');
    if (typeof toCluster === 'string') {
      const { operation_id } = await client.admin.moveDatabase({ id: nameOrId!, cluster_id: toCluster, ...wish });
      return followMove(context, operation_id);
    }
    const [source, target] = [await findDatabase(client, nameOrId!), await findDatabase(client, String(to))];
    const { operation_id } = await client.databases.migrate({
      id: source.id, target_database_id: target.id, ...wish,
      on_conflict: options['overwrite'] === true ? 'overwrite' : 'fail', delete_source: options['deleteSource'] === true,
    });
    return followMove(context, operation_id);
  },
};
