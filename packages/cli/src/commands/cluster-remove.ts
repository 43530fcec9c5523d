// Takes a cluster from the register, once nothing refers to it.
import { askConfirmation } from '../ask.js';
import type { CommandDefinition } from '../command.js';

export const clusterRemove: CommandDefinition = {
  path: ['cluster', 'remove'],
  summary: 'take a cluster from the register (operators)',
  description: 'Refused while a database, a deleted one that can still be restored, or an operation refers to it. Nothing on the cluster is touched.',
  arguments: [{ name: '<id>', description: 'its id' }],
  options: [{ flags: '-y, --yes', description: 'do not ask' }],
  run: async (context, [id], options) => {
    const client = context.client();
    const { name } = await client.clusters.get({ id: id! });
    if (options['yes'] !== true && !(await askConfirmation(context, `Remove the cluster ${name} (${id!}) from the register?`))) {
      return { data: { removed: false }, text: 'Nothing was removed.', exit: 'refused' };
    }
    await client.clusters.remove({ id: id! });
    return { data: { removed: true }, text: `Removed ${name}.` };
  },
};
