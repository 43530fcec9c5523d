// Keeps new databases off a cluster, or takes that back.
import type { CommandDefinition } from '../command.js';

export const clusterDrain: CommandDefinition = {
  path: ['cluster', 'drain'],
  summary: 'place no new databases on a cluster (operators)',
  description: 'Databases it holds go on. --undo takes it back.',
  arguments: [{ name: '<id>', description: 'its id' }],
  options: [{ flags: '--undo', description: 'place new databases on it again' }],
  run: async (context, [id], options) => {
    const isUndone = options['undo'] === true;
    const cluster = await context.client().clusters.update({ id: id!, state: isUndone ? 'active' : 'draining' });
    const text = isUndone ? `New databases are placed on ${cluster.name} again.` : `No new databases are placed on ${cluster.name}; the ${cluster.database_count} it holds go on. Take it back with --undo.`;
    return { data: cluster, text };
  },
};
