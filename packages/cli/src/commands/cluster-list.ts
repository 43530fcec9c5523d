// Lists clusters, with what each holds and may hold.
import { clusterStates, type ClusterState } from '@freehold/api';
import type { CommandDefinition } from '../command.js';
import { storageOf, usedOf } from '../present-cluster.js';
import { table } from '../present.js';

export const clusterList: CommandDefinition = {
  path: ['cluster', 'list'],
  summary: 'list clusters and their room (operators)',
  options: [
    { flags: '--state <state>', description: 'only those in this state', choices: clusterStates },
    { flags: '--limit <count>', description: 'how many at most', defaultValue: '100' },
    { flags: '--offset <count>', description: 'how many to skip', defaultValue: '0' },
  ],
  run: async (context, _positional, options) => {
    const page = await context.client().clusters.list({
      limit: Number(options['limit']), offset: Number(options['offset']), ...(typeof options['state'] === 'string' ? { state: options['state'] as ClusterState } : {}),
    });
    const rows = page.items.map((cluster) => [
      cluster.id, cluster.name, cluster.state, String(cluster.database_count), usedOf(cluster.capacity.users), storageOf(cluster), usedOf(cluster.capacity.connections), cluster.version ?? '?',
    ]);
    return { data: page, text: table(['id', 'name', 'state', 'databases', 'users', 'storage', 'connections', 'version'], rows, 'No clusters.') };
  },
};
