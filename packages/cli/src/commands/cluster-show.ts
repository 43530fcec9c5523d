// Shows one cluster.
import type { CommandDefinition } from '../command.js';
import { describeCluster } from '../present-cluster.js';

export const clusterShow: CommandDefinition = {
  path: ['cluster', 'show'],
  summary: 'show one cluster (operators)',
  arguments: [{ name: '<id>', description: 'its id' }],
  run: async (context, [id]) => {
    const cluster = await context.client().clusters.get({ id: id! });
    return { data: cluster, text: describeCluster(cluster) };
  },
};
