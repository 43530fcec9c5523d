// Tries a cluster now, as registering does.
import type { CommandDefinition } from '../command.js';
import { describeCluster } from '../present-cluster.js';

export const clusterProbe: CommandDefinition = {
  path: ['cluster', 'probe'],
  summary: 'try a cluster now (operators)',
  description: 'Makes, uses and drops a user, a role and a database there, and measures. Exits with 6 where the cluster cannot be used.',
  arguments: [{ name: '<id>', description: 'its id' }],
  run: async (context, [id]) => {
    const cluster = await context.client().clusters.probe({ id: id! });
    return { data: cluster, text: describeCluster(cluster), ...(cluster.last_probe?.succeeded === false ? { exit: 'unavailable' as const } : {}) };
  },
};
